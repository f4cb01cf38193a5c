//! HTTP requests.

use std::time::Duration;

use axum::http::Method;
use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::{
        config::EgressMode,
        egress::Egress,
        runners::{self, Call, RunError, Secret},
    },
};
use serde_json::{Value, json};

use super::{CANARY, call, done, failed, limited, object};
use crate::peer::Peer;

#[tokio::test]
async fn a_request_arrives_whole_and_its_answer_is_handed_on() {
    let mut peer = Peer::answering(201, &[("x-id", "7")], json!({"id": 7})).await;
    let call =
        http("POST", &peer.url("/contacts?x=1"), json!({"body": {"email": "ada@x.org"}, "headers": {"X-Plan": "pro"}}));
    let key = format!("{}/http_request_1", call.execution);
    let output = done(runners::run(call).await);
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!((seen.method, seen.uri.as_str()), (Method::POST, "/contacts?x=1"));
    assert_eq!(seen.headers["idempotency-key"], key.as_str());
    assert!(seen.headers["user-agent"].to_str().unwrap().starts_with("FlowPilot/"));
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.headers["x-plan"], "pro");
    assert_eq!(serde_json::from_slice::<Value>(&seen.body).unwrap(), json!({"email": "ada@x.org"}));
    assert_eq!((&output["status"], &output["body"]), (&json!(201), &json!({"id": 7})));
    assert_eq!(output["headers"]["x-id"], "7");
}

#[tokio::test]
async fn a_form_is_sent_where_the_content_type_asks_for_one() {
    let mut peer = Peer::answering(200, &[], json!(null)).await;
    let parameters =
        json!({"body": {"a": "1 2", "b": 3}, "headers": {"Content-Type": "application/x-www-form-urlencoded"}});
    done(runners::run(http("PUT", &peer.url("/"), parameters)).await);
    assert_eq!(peer.seen.recv().await.unwrap().body, "a=1+2&b=3");
}

#[tokio::test]
async fn a_get_sends_no_body_that_was_left_from_another_method() {
    let mut peer = Peer::answering(200, &[], json!(null)).await;
    done(runners::run(http("GET", &peer.url("/"), json!({"body": {"a": 1}}))).await);
    let seen = peer.seen.recv().await.unwrap();
    assert!(seen.body.is_empty() && !seen.headers.contains_key("content-type"));
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_again_when_it_says_so() {
    let peer = Peer::answering(503, &[("retry-after", "9")], json!({"error": "busy"})).await;
    let error = runners::run(http("POST", &peer.url("/"), json!({}))).await.unwrap_err();
    let RunError::Retry { message, details, after } = error else { panic!("{error:?}") };
    assert_eq!(message, "127.0.0.1 answered 503 Service Unavailable.");
    assert_eq!(after, Some(Duration::from_secs(9)));
    assert_eq!(details, json!({"status": 503, "body": r#"{"error":"busy"}"#}));
}

#[tokio::test]
async fn a_refusal_is_final_and_quoted() {
    let peer = Peer::answering(400, &[], json!({"error": "email is taken"})).await;
    let error = runners::run(http("POST", &peer.url("/"), json!({}))).await.unwrap_err();
    let RunError::Fail { details, .. } = error else { panic!("{error:?}") };
    assert_eq!(details, json!({"status": 400, "body": r#"{"error":"email is taken"}"#}));
}

#[tokio::test]
async fn private_addresses_are_refused_with_the_field_and_the_remedy() {
    let peer = Peer::answering(200, &[], json!(null)).await;
    let mut call = http("GET", &peer.url("/"), json!({}));
    call.egress = Egress::new(EgressMode::PublicOnly).unwrap();
    let (message, field) = failed(runners::run(call).await);
    assert_eq!(field.as_deref(), Some("url"));
    assert!(message.contains("Set FLOWPILOT_EGRESS=any"), "{message}");
}

#[tokio::test]
async fn bad_parameters_name_their_field() {
    for (field, parameters) in [
        ("url", json!({"url": ""})),
        ("url", json!({"url": "not a url"})),
        ("url", json!({"url": "ftp://crm.test/"})),
        ("url", json!({"url": "http://ada:secret@crm.test/"})),
        ("url", json!({"url": {"a": 1}})),
        ("method", json!({"url": "http://crm.test/", "method": "TRACE"})),
        ("headers", json!({"url": "http://crm.test/", "headers": {"a b": "c"}})),
        ("headers", json!({"url": "http://crm.test/", "headers": {"Host": "other"}})),
        ("headers", json!({"url": "http://crm.test/", "headers": {"X-A": "b\r\nX-C: d"}})),
        ("headers", json!({"url": "http://crm.test/", "headers": "X-A: b"})),
    ] {
        let (message, named) = failed(runners::run(http("GET", "", parameters.clone())).await);
        assert_eq!(named.as_deref(), Some(field), "{parameters}: {message}");
    }
}

#[tokio::test]
async fn a_credential_is_sent_and_masked_in_what_comes_back() {
    for status in [200, 400, 500] {
        let mut peer = Peer::echoing(status).await;
        let mut call = http("POST", &peer.url("/"), json!({}));
        call.credential = Some(token());
        let shown = format!("{:?}", runners::run(call).await);
        assert_eq!(peer.seen.recv().await.unwrap().headers["authorization"], format!("Bearer {CANARY}").as_str());
        assert!(shown.contains("••••"), "{shown}");
        assert!(!shown.contains(CANARY) && !shown.contains("canary-4f9b"), "{status}: {shown}");
    }
}

#[tokio::test]
async fn a_credential_goes_to_its_hosts_only() {
    let mut peer = Peer::answering(200, &[], json!(null)).await;
    let mut call = http("GET", &peer.url("/"), json!({}));
    call.credential = Some(limited(token(), "crm.example.com"));
    let (message, field) = failed(runners::run(call).await);
    assert_eq!(field.as_deref(), Some("credential"));
    assert_eq!(message, "This credential may be sent to crm.example.com only, not to 127.0.0.1.");
    assert!(peer.seen.try_recv().is_err(), "nothing was sent");
}

#[tokio::test]
async fn a_redirect_to_another_host_takes_no_credential_along() {
    for code in [301, 302, 303, 307, 308] {
        let mut thief = Peer::answering(200, &[], json!(null)).await;
        let elsewhere = thief.url("/").replace("127.0.0.1", "localhost");
        let peer = Peer::answering(code, &[("location", &elsewhere)], json!(null)).await;
        let mut call = http("POST", &peer.url("/"), json!({"headers": {"X-Api-Key": CANARY}}));
        call.credential = Some(limited(token(), "127.0.0.1"));
        done(runners::run(call).await);
        let seen = format!("{:?}", thief.seen.recv().await.unwrap());
        assert!(!seen.contains("canary"), "{code}: {seen}");
    }
}

fn http(method: &str, url: &str, more: Value) -> Call {
    let mut parameters = Kind::HttpRequest.default_parameters();
    parameters.extend(object(json!({"method": method, "url": url})));
    parameters.extend(object(more));
    call(Kind::HttpRequest, Value::Object(parameters))
}

fn token() -> Secret {
    Secret::of(CredentialKind::Token, [("header", "Authorization"), ("value", &format!("Bearer {CANARY}"))])
}
