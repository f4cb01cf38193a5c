//! Who may call a webhook from where, how fast and how many at a time.

use flowpilot::domain::task::Kind;
use reqwest::{Body, StatusCode};
use serde_json::json;

use crate::{
    support::{self, TestServer, server_on},
    trigger_desk::{Desk, with_trigger},
};

async fn published(server: &TestServer, parameters: serde_json::Value) -> String {
    let desk = Desk::of(server);
    let workflow = desk.publish(with_trigger(Kind::Webhook, parameters)).await;
    desk.address(workflow).await
}

async fn from(server: &TestServer, url: &str, source: &str) -> StatusCode {
    server.http.post(url).header("x-forwarded-for", source).body("1").send().await.unwrap().status()
}

#[tokio::test]
async fn only_addresses_on_the_list_get_in() {
    let server = server_on(support::database().await, &["--trusted-proxies=127.0.0.0/8,10.0.0.0/8"]).await;
    let url = published(&server, json!({"sources": "192.0.2.7, 198.51.100.0/24 2001:db8::/32"})).await;
    for source in ["192.0.2.7", "198.51.100.255", "2001:db8::1", "::ffff:192.0.2.7", "203.0.113.1, 192.0.2.7, 10.1.1.1"]
    {
        assert_eq!(from(&server, &url, source).await, StatusCode::ACCEPTED, "{source}");
    }
    for source in [
        "192.0.2.8",
        "198.51.101.0",
        "2001:db9::1",
        "127.0.0.1",
        "nonsense",
        "",
        "192.0.2.7, 203.0.113.1",
        "192.0.2.7,",
    ] {
        assert_eq!(from(&server, &url, source).await, StatusCode::FORBIDDEN, "{source}");
    }
    let answer = server.http.post(&url).header("x-forwarded-for", "203.0.113.9").send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("203.0.113.9"), "the refusal names the address that was seen");
    assert_eq!(Desk::of(&server).executions().await, 5);
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_chooses_their_own_address() {
    let server = support::server().await;
    let url = published(&server, json!({"sources": "192.0.2.7"})).await;
    assert_eq!(from(&server, &url, "192.0.2.7").await, StatusCode::FORBIDDEN);
    let here = published(&server, json!({"sources": "127.0.0.0/8"})).await;
    assert_eq!(from(&server, &here, "192.0.2.7").await, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_source_that_calls_too_fast_is_told_when_to_come_back_and_others_are_not_held_up() {
    let server =
        server_on(support::database().await, &["--trusted-proxies=127.0.0.0/8", "--webhook-source-rate=2"]).await;
    let url = published(&server, json!({})).await;
    let unknown = format!("{}/hooks/{}", server.url, "a".repeat(32));
    let calls = (0..20).map(|i| {
        server.http.post(if i % 2 == 0 { &url } else { &unknown }).header("x-forwarded-for", "192.0.2.7").send()
    });
    let answers = futures_util::future::join_all(calls).await;
    let refused: Vec<_> =
        answers.iter().flatten().filter(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS).collect();
    assert!(refused.len() >= 5, "{}", refused.len());
    for answer in refused {
        assert_eq!(answer.headers()["retry-after"], "1");
    }
    assert_eq!(from(&server, &url, "192.0.2.8").await, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn so_many_calls_of_one_webhook_are_under_way_and_no_more() {
    let server = server_on(support::database().await, &["--webhook-concurrency=2"]).await;
    let url = published(&server, json!({})).await;
    let other = published(&server, json!({})).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let (sender, parts) = tokio::sync::mpsc::channel::<Result<&str, std::io::Error>>(1);
        let parts = futures_util::stream::unfold(parts, |mut parts| async { Some((parts.recv().await?, parts)) });
        let call = tokio::spawn(server.http.post(&url).body(Body::wrap_stream(parts)).send());
        sender.send(Ok("[")).await.unwrap();
        held.push((sender, call));
    }
    let desk = Desk::of(&server);
    // Both are there as soon as a third is refused.
    let full = desk.until(async || from(&server, &url, "").await == StatusCode::SERVICE_UNAVAILABLE);
    full.await.expect("both places are taken");
    let refused = server.http.post(&url).body("1").send().await.unwrap();
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    assert_eq!(from(&server, &other, "").await, StatusCode::ACCEPTED, "another webhook has places of its own");
    for (sender, call) in held {
        sender.send(Ok("]")).await.unwrap();
        drop(sender);
        assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::ACCEPTED);
    }
    assert_eq!(from(&server, &url, "").await, StatusCode::ACCEPTED, "the places are given back");
}
