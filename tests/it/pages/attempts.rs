//! How often a password may be tried at `/login`, by whom, and what a try may cost.

use axum::http::header;
use time::Duration;

use crate::support::{Browser, Flow, TestServer, browser::form, server::PASSWORD};

use super::login::{attempt, login_page};

#[tokio::test]
async fn se_13_se_14_so_many_guesses_and_no_more_whatever_name_is_typed() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = login_page(&server, &mut browser).await;
    for guess in 0..10 {
        let name = if guess % 2 == 0 { "ada" } else { " ADA@example.org" };
        assert_eq!(attempt(&mut browser, &page, name, "wrong").await.status, 400, "{guess}");
    }
    // Even the right password waits now; the same account by its other name, too (SE-14).
    for name in ["ada", "ada@example.org"] {
        assert_eq!(attempt(&mut browser, &page, name, PASSWORD).await.reason, Some("login.mismatch"), "{name}");
    }
    // A name that was typed too often is told to wait, whether or not it is anybody's.
    for name in ["ada", "nobody"] {
        for _ in 0..10 {
            attempt(&mut browser, &page, name, "wrong").await;
        }
        let answer = attempt(&mut browser, &page, name, PASSWORD).await;
        assert_eq!((answer.status, answer.reason), (429, Some("login.throttled")), "{name}");
        assert!(!answer.header(header::RETRY_AFTER).is_empty());
    }
    // Nobody else is locked out, and the window ends.
    assert_eq!(attempt(&mut Browser::new(&server), &page, "grace", "wrong").await.status, 403);
    server.wait(Duration::minutes(16));
    let page = login_page(&server, &mut browser).await;
    assert_eq!(attempt(&mut browser, &page, "ada", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn se_14_an_address_is_counted_whatever_it_says_it_is() {
    for (addresses, header, last) in [
        // A host has a whole network of IPv6, and what is not from a trusted proxy is only said.
        (["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3"], "", 429),
        (["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], "203.0.113.9", 429),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], "", 400),
    ] {
        let server = TestServer::start_with("login.attempts_per_address = 2").await;
        let mut browser = Browser::new(&server);
        let page = login_page(&server, &mut browser).await;
        let (action, fields) = form(&page, "login-submit", &[("username", "ada"), ("password", "wrong")]);
        let cookie = browser.cookie_header();
        let mut statuses = Vec::new();
        for (number, address) in addresses.into_iter().enumerate() {
            let said = format!("{header}{number}");
            let headers = [("cookie", cookie.clone()), ("x-forwarded-for", said.clone()), ("x-real-ip", said)];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            statuses.push(server.from(address.parse().unwrap()).post_with(&action, &fields, &headers).await.status);
        }
        assert_eq!(statuses, [400, 400, last], "{addresses:?}");
    }
}

#[tokio::test]
async fn se_11_nobody_learns_which_two_names_are_one_account() {
    let server = TestServer::start().await;
    let mut sequences = Vec::new();
    for (username, email) in [("ada", "ada@example.org"), ("ghost", "ghost@example.org")] {
        let mut browser = Browser::new(&server);
        let page = login_page(&server, &mut browser).await;
        let mut answers = Vec::new();
        for name in [[username; 10], [email; 10]].into_iter().flatten() {
            answers.push(attempt(&mut browser, &page, name, "wrong").await.status);
        }
        answers.push(attempt(&mut browser, &page, email, "wrong").await.status);
        sequences.push(answers);
    }
    assert_eq!(sequences[0], sequences[1]);
    assert_eq!((sequences[0][10], sequences[0][20]), (400, 429));
}

#[tokio::test]
async fn se_13_an_address_that_is_refused_takes_no_place_of_an_account() {
    let server = TestServer::start_with("login.attempts_per_address = 5").await;
    let mut browser = Browser::new(&server);
    let page = login_page(&server, &mut browser).await;
    for guess in 0..5 {
        assert_eq!(attempt(&mut browser, &page, &format!("nobody{guess}"), "wrong").await.status, 400);
    }
    for _ in 0..12 {
        assert_eq!(attempt(&mut browser, &page, "ada", "wrong").await.status, 429);
    }
    let elsewhere = server.from("203.0.113.9".parse().unwrap());
    let mut honest = Browser::new(&elsewhere);
    let page = login_page(&elsewhere, &mut honest).await;
    assert_eq!(attempt(&mut honest, &page, "ada", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn honest_sign_ins_never_lock_anyone() {
    let server = TestServer::start().await;
    for _ in 0..25 {
        let mut browser = Browser::new(&server);
        let page = login_page(&server, &mut browser).await;
        assert_eq!(attempt(&mut browser, &page, "ada", PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn se_16_a_huge_password_is_refused_unhashed_and_se_17_none_is_changed() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = login_page(&server, &mut browser).await;
    let huge = attempt(&mut browser, &page, "ada", &"x".repeat(1025)).await;
    assert_eq!((huge.status, huge.reason), (400, Some("login.too_long")));
    for near in [format!("{PASSWORD} "), format!(" {PASSWORD}"), PASSWORD.to_uppercase(), format!("{PASSWORD}x")] {
        assert_eq!(attempt(&mut browser, &page, "ada", &near).await.reason, Some("login.mismatch"), "{near}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn se_16_a_full_hashing_pool_refuses_and_costs_nobody_a_try() {
    let server = TestServer::start_with("login.hash_workers = 1\nlogin.hash_queue = 0\nlogin.hash_memory = 8192").await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let (action, fields) = form(&page, "login-submit", &[("username", "ada"), ("password", PASSWORD)]);
    let cookie = browser.cookie_header();
    let mut busy = 0;
    let mut rounds = 0;
    while busy <= 10 && rounds < 50 {
        rounds += 1;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (server, action, fields, cookie) = (server.clone(), action.clone(), fields.clone(), cookie.clone());
                tokio::spawn(async move { server.post_with(&action, &fields, &[("cookie", &cookie)]).await })
            })
            .collect();
        for task in tasks {
            let answer = task.await.unwrap();
            assert!(answer.status == 303 || answer.reason == Some("login.busy"), "{answer:?}");
            busy += usize::from(answer.reason == Some("login.busy"));
        }
    }
    assert!(busy > 10, "the pool was never full: {busy}");
}
