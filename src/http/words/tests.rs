//! Tests of the texts: both languages are complete, and every text that is asked for exists.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

/// Every message and attribute of a language, as templates name them.
fn keys(locale: Locale) -> BTreeSet<String> {
    let mut id = String::new();
    let mut keys = BTreeSet::new();
    for line in locale.source().lines() {
        if let Some((name, _)) = line.split_once(" =").filter(|(name, _)| !name.contains(' ') && !name.starts_with('#')) {
            id = name.to_owned();
            keys.insert(id.clone());
        } else if let Some((name, _)) = line.trim_start().strip_prefix('.').and_then(|line| line.split_once(" =")) {
            keys.insert(format!("{id}.{name}"));
        }
    }
    keys
}

/// The names of a text's arguments.
fn arguments(locale: Locale, key: &str) -> BTreeSet<String> {
    let id = key.split_once('.').map_or(key, |(id, _)| id);
    let start = locale.source().find(&format!("{id} =")).unwrap();
    let message = &locale.source()[start..];
    let message =
        message.split_inclusive('\n').enumerate().take_while(|(at, line)| *at == 0 || !line.starts_with(char::is_alphanumeric));
    let text: String = message.map(|(_, line)| line).collect();
    text.split('$').skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()).collect()
}

fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "html" || extension == "rs")
            && !path.ends_with("tests.rs")
        {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What stands in quotes after each of these openings.
fn literals<'a>(text: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(opening).skip(1).filter_map(|rest| rest.split_once('"')).map(|(literal, _)| literal)
}

#[test]
fn every_language_parses_without_a_fault() {
    for locale in Locale::ALL {
        let errors = FluentResource::try_new(locale.source().to_owned()).err().map(|(_, errors)| errors);
        assert_eq!(errors, None, "{locale:?}");
    }
}

#[test]
fn every_language_has_the_same_texts_with_the_same_arguments() {
    let english = keys(Locale::English);
    assert!(english.len() > 80);
    for locale in Locale::ALL {
        assert_eq!(keys(locale), english, "{locale:?}");
        for key in &english {
            assert_eq!(arguments(locale, key), arguments(Locale::English, key), "{locale:?} {key}");
        }
    }
}

#[test]
fn every_text_that_is_asked_for_exists_and_every_text_is_asked_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    files(&root.join("templates"), &mut sources);
    files(&root.join("src/http"), &mut sources);
    let known = keys(Locale::English);
    for (path, text) in &sources {
        for opening in ["say(\"", "say_with(\"", "say_bold(\""] {
            for key in literals(text, opening) {
                assert!(known.contains(key), "{path} asks for {key}");
            }
        }
    }
    for key in &known {
        let id = key.split_once('.').map_or(key.as_str(), |(id, _)| id);
        let quoted = |text: &str| text.contains(&format!("\"{id}\"")) || text.contains(&format!("\"{id}."));
        assert!(sources.iter().any(|(_, text)| quoted(text)), "nobody asks for {key}");
    }
}

#[test]
fn the_app_chooses_the_language_before_the_browser_does() {
    let cases = [
        (None, None, "en"),
        (None, Some("de"), "de"),
        (None, Some("de-AT,de;q=0.9,en;q=0.8"), "de"),
        (None, Some("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7"), "en"),
        (None, Some("fr, de"), "de"),
        (Some("de"), Some("en-US,en"), "de"),
        (Some("xx de-CH en"), None, "de"),
        (Some("en-GB de"), Some("de"), "en"),
        (Some("not!a?tag ja"), Some("de"), "de"),
        (Some("\u{0}"), Some(";;,,q="), "en"),
    ];
    for (ui_locales, accept_language, expected) in cases {
        assert_eq!(Words::negotiate(ui_locales, accept_language).locale(), expected, "{ui_locales:?} {accept_language:?}");
    }
}

#[test]
fn a_language_tag_of_any_length_is_read_in_no_time() {
    let variants: String = (0..70_000).map(|number| format!("-{number:04}")).collect();
    let began = std::time::Instant::now();
    assert_eq!(Words::negotiate(Some(&format!("de en{variants}")), Some(&format!("en{variants}"))).locale(), "de");
    assert_eq!(Words::negotiate(None, Some(&"\u{1f600}".repeat(100_000))).locale(), "en");
    assert!(began.elapsed() < std::time::Duration::from_millis(100), "{:?}", began.elapsed());
}

#[test]
fn arguments_appear_as_they_are_without_isolation_marks() {
    let words = Words::of(Locale::English);
    assert_eq!(words.say_with("login-continue-to", &[("app", "Grand Budget")]), "to continue to Grand Budget");
}

#[test]
fn bold_arguments_are_escaped_and_cannot_make_markup() {
    let words = Words::of(Locale::English);
    let html = words.say_bold("login-continue-to", &[("app", "<img src=x onerror=alert(1)>\u{3}\"'&\u{2}")]).to_string();
    assert_eq!(html, "to continue to <strong>&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;</strong>");
}

#[test]
fn durations_are_rounded_up_and_counted() {
    let words = Words::of(Locale::German);
    let cases =
        [(0, "0 Sekunden"), (1, "1 Sekunde"), (61, "61 Sekunden"), (101, "2 Minuten"), (900, "15 Minuten"), (7200, "2 Stunden")];
    for (seconds, expected) in cases {
        assert_eq!(words.duration(seconds), expected);
    }
}

#[test]
fn a_text_that_nobody_wrote_shows_its_key() {
    assert_eq!(Words::of(Locale::German).say("no-such-text.at-all"), "no-such-text.at-all");
}
