//! The load script: a release build of `keyward serve` on one core, 16 connections from the other, SQLite with full durability, and in
//! the same run the parts that bound each operation. `cargo bench --bench load` prints one Markdown table; `-- --quick` is a rough look,
//! `--keyward PATH` takes another binary. Needs two cores and `taskset`. It fails where something is below three quarters of its bar.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a script may stop at the first surprise"
)]

mod parts;
mod process;
mod wire;
mod world;

use std::{
    fs,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use parts::{BARE, Parts};
use process::{Pinned, Row};
use wire::{CONNECTIONS, CROWD, Connection, Crowded, crowd, form, rate};
use world::{ADDRESS, Browser, World, redeem};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let as_a_server = || tokio::runtime::Runtime::new().unwrap();
    match arguments.first().map(String::as_str) {
        Some("part-bare") => as_a_server().block_on(parts::bare()),
        Some("part-core") => as_a_server().block_on(parts::core(&arguments[1])),
        _ => return tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(drive(&arguments)),
    }
    ExitCode::SUCCESS
}

async fn drive(arguments: &[String]) -> ExitCode {
    let span = Duration::from_secs(if arguments.iter().any(|own| own == "--quick") { 1 } else { 10 });
    let at = arguments.iter().position(|own| own == "--keyward");
    let keyward = at.map_or(env!("CARGO_BIN_EXE_keyward"), |at| arguments[at + 1].as_str());
    rlimit::increase_nofile_limit(CROWD as u64 + 100).unwrap();
    Command::new("taskset").args(["-acp", "1", &std::process::id().to_string()]).output().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let world = World::make(keyward, folder);
    let (rs, es, web) = (world.machine("RS256"), world.machine("ES256"), world.web());

    let started = Instant::now();
    let server = Pinned::start(keyward, &["--config", &world.config, "serve"]);
    let start = server.wait_for(ADDRESS, "/healthz", started).await;
    let idle_mb = server.resident_mb();
    let browser = Browser::sign_in(&web).await;
    let mut connection = Connection::open(ADDRESS).await;
    let code = browser.authorize(&mut connection).await;
    let access = redeem(&web, &mut connection, &code).await["access_token"].as_str().unwrap().to_owned();

    let post = async |path: &'static str, body: String| {
        let call = || {
            let body = body.clone();
            async move |connection: &mut Connection| drop(connection.post(path, &body).await)
        };
        rate(ADDRESS, span, call).await
    };
    let get = async |path: &'static str, headers: String| {
        let call = || {
            let headers = headers.clone();
            async move |connection: &mut Connection| connection.get(path, &headers).await
        };
        rate(ADDRESS, span, call).await
    };
    let flow = async || {
        let call = || {
            let (browser, web) = (browser.clone(), web.clone());
            async move |connection: &mut Connection| {
                let code = browser.authorize(connection).await;
                drop(redeem(&web, connection, &code).await);
            }
        };
        rate(ADDRESS, span, call).await
    };
    let refresh = async || {
        let call = || {
            let (browser, web, mut token) = (browser.clone(), web.clone(), String::new());
            async move |connection: &mut Connection| {
                let answer = if token.is_empty() {
                    let code = browser.authorize(connection).await;
                    redeem(&web, connection, &code).await
                } else {
                    let grant = form(&[("grant_type", "refresh_token"), ("refresh_token", &token)]);
                    connection.post("/oauth/token", &format!("{}&{grant}", web.credentials)).await
                };
                token = answer["refresh_token"].as_str().unwrap().to_owned();
            }
        };
        rate(ADDRESS, span, call).await
    };
    let machine = |client: &world::Client| format!("{}&grant_type=client_credentials", client.credentials);
    let (token, signed) = ("/oauth/token", |part: &Parts| part.h + part.e);
    let looked_up = |part: &Parts| part.h + part.v + part.r;
    let bearer = format!("Authorization: Bearer {access}\r\n");
    let asked = format!("{}&token={access}", web.credentials);
    let rows = [
        server.measured("client_credentials, RS256", |part| part.h + part.s, 0.9, post(token, machine(&rs))).await,
        server.measured("client_credentials, ES256", signed, 0.7, post(token, machine(&es))).await,
        server.measured("code + PKCE, whole flows", |part| 2.0 * (part.h + part.s + part.w) + part.r, 0.8, flow()).await,
        server.measured("refresh with rotation", |part| part.h + 2.0 * part.s + part.w, 0.8, refresh()).await,
        server.measured("userinfo", looked_up, 0.8, get("/oauth/userinfo", bearer)).await,
        server.measured("introspection of a JWT", looked_up, 0.8, post("/oauth/introspect", asked)).await,
        server.measured("discovery", |part| part.h, 0.6, get("/.well-known/openid-configuration", String::new())).await,
        server.measured("JWKS", |part| part.h, 0.6, get("/.well-known/jwks.json", String::new())).await,
        server.measured("client_credentials, ES256, again", signed, 0.7, post(token, machine(&es))).await,
    ];
    let crowded = crowd(ADDRESS, span, token, &machine(&rs)).await;
    let (mut connection, mut codes) = (Connection::open(ADDRESS).await, Vec::new());
    for _ in 0..2000 {
        codes.push(browser.authorize(&mut connection).await.0);
    }
    fs::write(format!("{folder}/codes"), codes.join("\n")).unwrap();
    drop(server);

    let own = std::env::current_exe().unwrap();
    let own = own.to_str().unwrap();
    let bare = Pinned::start(own, &["part-bare"]);
    bare.wait_for(BARE, "/", Instant::now()).await;
    let call = || {
        let body = format!("{}&scope=reports", machine(&rs));
        async move |connection: &mut Connection| drop(connection.post("/", &body).await)
    };
    let h = 1.0 / rate(BARE, span, call).await;
    drop(bare);
    Command::new("taskset").args(["-c", "0", own, "part-core", folder]).status().unwrap();
    let mut parts: Parts = serde_json::from_slice(&fs::read(format!("{folder}/parts")).unwrap()).unwrap();

    parts.h = h;
    println!("Start to first answer {} ms, resident memory {idle_mb:.1} MB.\n", start.as_millis());
    let verdict = report(&parts, &rows);
    let Crowded { per_second, p99 } = crowded;
    let share = per_second / rows[0].per_second;
    println!(
        "\n{CROWD} connections that ask for an RS256 token without a pause: {per_second:.0} a second, {share:.2} of what {CONNECTIONS} get; \
         99 of 100 answers within {} ms.",
        p99.as_millis()
    );
    verdict
}

/// The table. A share is the rate against one over the sum of the parts.
fn report(parts: &Parts, rows: &[Row]) -> ExitCode {
    let Parts { h, s, e, v, r, w } = *parts;
    let us = |seconds: f64| format!("{:.1}", seconds * 1e6);
    println!("Parts in µs: H {}, S {}, E {}, V {}, R {}, W {}.\n", us(h), us(s), us(e), us(v), us(r), us(w));
    println!(
        "| operation | a second | sum of its parts, µs | share | at least | | server busy | resident |\n|---|--:|--:|--:|--:|---|--:|--:|"
    );
    let mut is_far_below = false;
    for Row { name, sum, bar, per_second, busy, resident_mb } in rows {
        let (sum, bar) = (sum(parts), *bar);
        let share = per_second * sum;
        is_far_below |= share < 0.75 * bar;
        let verdict = if share >= bar { "met" } else { "missed" };
        let busy = busy * 100.0;
        println!(
            "| {name} | {per_second:.0} | {} | {share:.2} | {bar} | {verdict} | {busy:.0} % | {resident_mb:.1} MB |",
            us(sum)
        );
    }
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("an unnamed processor");
    println!("\n{}, {processor}.", time::OffsetDateTime::from(std::time::SystemTime::now()).date());
    ExitCode::from(u8::from(is_far_below))
}
