//! The rules of ARCHITECTURE.md, held by reading every source file: who may import whom, what each file opens with, the specification index.

use std::{collections::BTreeMap, fs, path::Path};

use proc_macro2::{TokenStream, TokenTree};
use walkdir::WalkDir;

/// Module → modules of `src` it may import. Its own name is always allowed.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("protocol", &["model"]),
    ("storage", &["model", "config"]),
    ("outbound", &["model", "config"]),
    ("app", &["model", "config", "protocol", "storage", "outbound"]),
    ("services", &["model", "config", "protocol", "storage", "outbound", "app"]),
    ("http", &["model", "config", "protocol", "services", "app"]),
    ("jobs", &["model", "config", "services", "app"]),
    ("cli", &["model", "config", "services", "app"]),
];

/// Edges that single files may have beyond their module's: (file, module it may import).
const EXCEPTIONS: &[(&str, &str)] =
    &[("src/cli/serve.rs", "http"), ("src/cli/serve.rs", "jobs"), ("src/cli/dev.rs", "http"), ("src/cli/dev.rs", "jobs")];

/// Crate → places that alone may name it.
const ALONE_MAY_USE: &[(&str, &[&str])] = &[
    ("oxide_auth", &["src/protocol/oxide/", "src/http/"]),
    ("oxide_auth_axum", &["src/http/"]),
    ("sea_orm", &["src/storage/", "entity/", "migration/"]),
    ("sea_orm_migration", &["src/storage/", "migration/"]),
    ("sqlx", &["src/storage/"]),
    ("entity", &["src/storage/"]),
    ("migration", &["src/storage/"]),
    ("reqwest", &["src/outbound/"]),
    ("openidconnect", &["src/outbound/"]),
    ("opentelemetry", &["src/app/"]),
    ("opentelemetry_http", &["src/outbound/"]),
    ("opentelemetry_otlp", &["src/app/"]),
    ("opentelemetry_sdk", &["src/app/"]),
    ("tracing_opentelemetry", &["src/app/"]),
    ("axum", &["src/http/"]),
    ("axum_server", &["src/http/"]),
    ("askama", &["src/http/"]),
    ("clap", &["src/cli/"]),
    ("argon2", &["src/services/login/"]),
    ("rand", &["src/app/"]),
];

/// Words that a pure module may not contain.
const NOT_IN_PURE_MODULES: &[&str] = &["async", "tokio", "now_utc", "SystemTime", "Instant"];

struct Source {
    path: String,
    text: String,
    tokens: Vec<TokenTree>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in ["src", "entity/src", "migration/src"] {
        for entry in WalkDir::new(root.join(folder)).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.path().extension().is_some_and(|extension| extension == "rs") {
                let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                let text = fs::read_to_string(entry.path()).unwrap();
                let mut tokens = Vec::new();
                flatten(text.parse().unwrap(), &mut tokens);
                sources.push(Source { path, text, tokens });
            }
        }
    }
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

/// Every token in order, groups opened and macros too; a group itself stands before its content.
fn flatten(stream: TokenStream, into: &mut Vec<TokenTree>) {
    for tree in stream {
        into.push(tree.clone());
        if let TokenTree::Group(group) = tree {
            flatten(group.stream(), into);
        }
    }
}

fn is_punct(tree: Option<&TokenTree>, character: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// First segments of every path that begins with `crate::`, braces included.
fn imported_modules(tokens: &[TokenTree]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, tree) in tokens.iter().enumerate() {
        let begins = matches!(tree, TokenTree::Ident(ident) if ident == "crate");
        if !begins || !is_punct(tokens.get(at + 1), ':') {
            continue;
        }
        match tokens.get(at + 3) {
            Some(TokenTree::Ident(ident)) => found.push(ident.to_string()),
            Some(TokenTree::Group(group)) => {
                let mut starts = true;
                for tree in group.stream() {
                    match &tree {
                        TokenTree::Ident(ident) if starts => found.push(ident.to_string()),
                        _ => {}
                    }
                    starts = is_punct(Some(&tree), ',');
                }
            }
            _ => {}
        }
    }
    found
}

/// Crates named as the first segment of a path, or imported whole.
fn names_crate(tokens: &[TokenTree], name: &str) -> bool {
    tokens.iter().enumerate().any(|(at, tree)| {
        let is_name = matches!(tree, TokenTree::Ident(ident) if ident == name);
        let is_first = at == 0 || !is_punct(tokens.get(at - 1), ':');
        let leads_a_path = is_punct(tokens.get(at + 1), ':') && is_punct(tokens.get(at + 2), ':');
        is_name && is_first && leads_a_path
    })
}

fn module_of(path: &str) -> Option<&str> {
    let (module, _) = path.strip_prefix("src/")?.split_once('/')?;
    Some(module)
}

fn report(broken: Vec<String>) {
    assert!(broken.is_empty(), "the architecture does not hold:\n{}", broken.join("\n"));
}

#[test]
fn imports_point_down_only() {
    let table: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut broken = Vec::new();
    for source in sources() {
        let Some(module) = module_of(&source.path) else { continue };
        let Some(allowed) = table.get(module) else {
            broken.push(format!("{}: the module `{module}` is not in the table", source.path));
            continue;
        };
        for imported in imported_modules(&source.tokens) {
            let is_excepted = EXCEPTIONS.contains(&(source.path.as_str(), imported.as_str()));
            let is_module = table.contains_key(imported.as_str());
            if is_module && imported != module && !allowed.contains(&imported.as_str()) && !is_excepted {
                broken.push(format!("{}: `{module}` may not import `{imported}`", source.path));
            }
        }
    }
    report(broken);
}

#[test]
fn nothing_climbs_out_of_its_module() {
    let mut broken = Vec::new();
    for source in sources() {
        let squeezed: String = source.text.split_whitespace().collect();
        if squeezed.contains("super::super") {
            broken.push(format!("{}: `super::super`", source.path));
        }
    }
    report(broken);
}

#[test]
fn each_crate_has_its_place() {
    let mut broken = Vec::new();
    for source in sources() {
        for (name, places) in ALONE_MAY_USE {
            if names_crate(&source.tokens, name) && !places.iter().any(|place| source.path.starts_with(place)) {
                broken.push(format!("{}: only {} may use `{name}`", source.path, places.join(" and ")));
            }
        }
    }
    report(broken);
}

#[test]
fn model_and_protocol_are_pure() {
    let mut broken = Vec::new();
    for source in sources() {
        if !matches!(module_of(&source.path), Some("model" | "protocol")) {
            continue;
        }
        for word in NOT_IN_PURE_MODULES {
            if source.tokens.iter().any(|tree| matches!(tree, TokenTree::Ident(ident) if ident == word)) {
                broken.push(format!("{}: `{word}`", source.path));
            }
        }
    }
    report(broken);
}

#[test]
fn only_operations_touch_the_store() {
    let mut broken = Vec::new();
    for source in sources() {
        let squeezed: String = source.text.split_whitespace().collect();
        let is_edge = matches!(module_of(&source.path), Some("http" | "jobs" | "cli"));
        if is_edge && squeezed.contains(".store.") {
            broken.push(format!("{}: `.store` outside of services", source.path));
        }
    }
    report(broken);
}

#[test]
fn every_file_says_what_lives_in_it() {
    let broken = sources()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{}: does not open with `//!`", source.path))
        .collect();
    report(broken);
}

#[test]
fn the_specification_index_names_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let index = page.split("## Specifications").nth(1).expect("ARCHITECTURE.md has a section `## Specifications`");
    let files: Vec<_> = index.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs")).collect();
    assert!(files.len() > 5, "the index names no files");
    report(files.into_iter().filter(|file| !root.join(file).is_file()).map(|file| format!("no such file: {file}")).collect());
}
