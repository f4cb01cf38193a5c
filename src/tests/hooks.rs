//! Webhooks over real HTTP: who gets in, what comes of it, and what stays out.

use flowpilot::{
    domain::{
        id::{ExecutionId, TriggerId, WorkflowId},
        role::Role,
        task::Kind,
    },
    server::triggers::list,
};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    support::{self, TestServer},
    trigger_desk::{Desk, with_trigger},
};

const SECRET: &str = "It's a Secret to Everybody";

fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn signed() -> Value {
    json!({"auth": "hmac_sha256", "signature_header": "X-Sign", "secret": "signing"})
}

/// A published webhook with these parameters; the secret is there under the name “signing”.
async fn published(server: &TestServer, parameters: Value) -> (WorkflowId, String) {
    let desk = Desk::of(server);
    desk.keep_secret("signing", SECRET).await;
    let workflow = desk.publish(with_trigger(Kind::Webhook, parameters)).await;
    (workflow, desk.address(workflow).await)
}

async fn post(server: &TestServer, url: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let call = headers.iter().fold(server.http.post(url), |call, (name, value)| call.header(*name, *value));
    call.body(body.to_owned()).send().await.unwrap()
}

/// The refusal's status and its detail; a refusal is always problem+json and leaves nothing behind.
async fn refused(server: &TestServer, call: RequestBuilder) -> (StatusCode, String) {
    let answer = call.send().await.unwrap();
    let status = answer.status();
    assert_eq!(answer.headers()["content-type"], "application/problem+json", "{status}");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(Desk::of(server).executions().await, 0, "{problem}");
    (status, problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_signed_call_is_answered_with_an_execution_that_exists() {
    let server = support::server().await;
    let (_, url) = published(&server, signed()).await;
    let body = r#"{ "email": "ada@example.com",   "plan": null }"#;
    let headers = [
        ("X-Sign", &*format!("sha256={}", sign(SECRET, body))),
        ("Authorization", "Bearer canary"),
        ("Cookie", "session=canary"),
        ("X-Event", "signup"),
    ];
    let answer = post(&server, &format!("{url}?source=test"), &headers, body).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let accepted: Value = answer.json().await.unwrap();
    let execution: ExecutionId = accepted["execution"].as_str().unwrap().parse().unwrap();
    assert!(accepted["url"].as_str().unwrap().ends_with(&format!("/executions/{execution}")));

    let journal = Desk::of(&server).journal(execution).await;
    assert!(journal.contains("ada@example.com") && journal.contains("signup") && journal.contains("source"));
    assert!(!journal.contains("canary"), "{journal}");
}

/// The address of a published webhook that waits for the result of this task.
async fn answering(server: &TestServer, kind: Kind, parameters: Value) -> String {
    let desk = Desk::of(server);
    let mut workflow = with_trigger(Kind::Webhook, json!({ "respond": "result" }));
    let task = workflow.nodes.last_mut().expect("a task");
    (task.kind, task.parameters) = (kind, parameters.as_object().cloned().expect("parameters"));
    desk.address(desk.publish(workflow).await).await
}

#[tokio::test]
async fn a_webhook_that_waits_answers_with_the_output() {
    let server = support::server().await;
    let url = answering(&server, Kind::Transform, json!({ "output": "{ total: input.price * 2 }" })).await;
    let answer = post(&server, &url, &[], r#"{"price": 21}"#).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["content-security-policy"], "sandbox; default-src 'none'");
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "total": 42 }));
    let named = [("idempotency-key", "order-1")];
    for price in [1, 2] {
        let again = post(&server, &url, &named, &json!({ "price": price }).to_string()).await;
        assert_eq!(again.json::<Value>().await.unwrap(), json!({ "total": 2 }), "one delivery, one result");
    }
}

#[tokio::test]
async fn a_failure_tells_a_waiting_caller_only_that_it_failed() {
    let server = support::server().await;
    let url = answering(&server, Kind::Transform, json!({ "output": "input.secret.length" })).await;
    let answer = post(&server, &url, &[], "{}").await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let problem: Value = answer.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.ends_with("ended without a result: it failed."), "{detail}");
}

#[tokio::test]
async fn a_caller_that_waits_long_enough_gets_the_execution_instead() {
    let server = support::server().await;
    let url = answering(&server, Kind::Delay, json!({ "amount": 1, "unit": "hours" })).await;
    let answer = post(&server, &url, &[("prefer", "wait=0")], "{}").await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let accepted: Value = answer.json().await.unwrap();
    assert!(accepted["execution"].as_str().is_some_and(|id| id.parse::<ExecutionId>().is_ok()), "{accepted}");
}

#[tokio::test]
async fn only_the_right_signature_of_the_very_bytes_gets_in() {
    let server = support::server().await;
    let (_, url) = published(&server, signed()).await;
    let body = r#"{"amount": 1.0, "to": "ada"}"#;
    let right = sign(SECRET, body);
    let reserialised = serde_json::from_str::<Value>(body).unwrap().to_string();
    let wrong: [(&str, String, &str); 9] = [
        ("empty", String::new(), body),
        ("another algorithm", format!("sha1={}", &right[..40]), body),
        ("truncated", right[..62].to_owned(), body),
        ("extra bytes", format!("{right}00"), body),
        ("another prefix", format!("sha512={right}"), body),
        ("another secret", sign("another secret", body), body),
        ("the secret itself", SECRET.to_owned(), body),
        ("another body", right.clone(), r#"{"amount": 1000.0, "to": "ada"}"#),
        ("the body serialised again", right.clone(), &reserialised),
    ];
    for (case, signature, body) in wrong {
        let call = server.http.post(&url).header("X-Sign", signature).body(body.to_owned());
        assert_eq!(refused(&server, call).await.0, StatusCode::UNAUTHORIZED, "{case}");
    }
    let unsigned = server.http.post(&url).body(body);
    assert_eq!(refused(&server, unsigned).await.0, StatusCode::UNAUTHORIZED);
    for value in [right.clone(), format!("sha256={right}"), right.to_uppercase()] {
        assert_eq!(post(&server, &url, &[("X-Sign", &value)], body).await.status(), StatusCode::ACCEPTED, "{value}");
    }
}

#[tokio::test]
async fn a_token_in_a_header_gets_in_and_does_not_stay() {
    let server = support::server().await;
    let auth = json!({"auth": "header_token", "header": "X-Token", "secret": "signing"});
    let (_, url) = published(&server, auth).await;
    let wrong = server.http.post(&url).header("X-Token", "guess").body("1");
    assert_eq!(refused(&server, wrong).await.0, StatusCode::UNAUTHORIZED);
    let answer = post(&server, &url, &[("X-Token", SECRET)], "1").await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let execution = answer.json::<Value>().await.unwrap()["execution"].as_str().unwrap().parse().unwrap();
    assert!(!Desk::of(&server).journal(execution).await.contains(SECRET));
}

#[tokio::test]
async fn a_deleted_secret_closes_the_webhook() {
    let server = support::server().await;
    let (_, url) = published(&server, signed()).await;
    sqlx::query("delete from credentials").execute(&server.database.pool).await.unwrap();
    let call = server.http.post(&url).header("X-Sign", sign("", "1")).body("1");
    assert_eq!(refused(&server, call).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_reason() {
    let server = support::server().await;
    let (_, url) = published(&server, json!({})).await;
    let post = || server.http.post(&url);
    let (status, detail) = refused(&server, post().body("{\"a\": 1,\n \"b\": }")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(detail.contains("line 2 column 7"), "{detail}");
    assert_eq!(refused(&server, post().body("[".repeat(70) + &"]".repeat(70))).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(refused(&server, post().body("\"\\u0000").header("x", "y")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        refused(&server, post().body("1").header("Content-Encoding", "gzip")).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let long = "k".repeat(300);
    let (status, detail) = refused(&server, post().body("1").header("Idempotency-Key", &long)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(detail.contains("idempotency-key"), "{detail}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_however_it_is_sent() {
    let server = support::server().await;
    let (_, url) = published(&server, json!({})).await;
    let string = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let limit = 1024 * 1024;
    let call = server.http.post(&url).body(string(limit + 1));
    assert_eq!(refused(&server, call).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let parts = futures_util::stream::iter(vec![Ok::<_, std::io::Error>(string(limit)), Ok("x".to_owned())]);
    let chunked = server.http.post(&url).body(reqwest::Body::wrap_stream(parts));
    assert_eq!(refused(&server, chunked).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&server, &url, &[], &string(limit)).await.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn forms_and_empty_bodies_start_executions_too() {
    let server = support::server().await;
    let (_, url) = published(&server, json!({})).await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(post(&server, &url, &form, "name=Ada+L&tag=a&tag=b").await.status(), StatusCode::ACCEPTED);
    assert_eq!(post(&server, &url, &[], "").await.status(), StatusCode::ACCEPTED);
    assert_eq!(Desk::of(&server).executions().await, 2);
}

#[tokio::test]
async fn the_same_delivery_starts_one_execution() {
    let server = support::server().await;
    let (_, url) = published(&server, json!({})).await;
    for header in ["Idempotency-Key", "X-GitHub-Delivery", "webhook-id"] {
        let name = format!("delivery of {header}");
        let calls = (0..8).map(|_| async { post(&server, &url, &[(header, &name)], "{}").await.json::<Value>().await });
        let answers = futures_util::future::join_all(calls).await;
        let first = answers[0].as_ref().unwrap()["execution"].clone();
        assert!(first.is_string());
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap()["execution"] == first), "{header}");
    }
    assert_eq!(Desk::of(&server).executions().await, 3);
    let another = post(&server, &url, &[("webhook-id", "another")], "{}").await;
    assert_eq!(another.status(), StatusCode::ACCEPTED);
    assert_eq!(Desk::of(&server).executions().await, 4);
}

#[tokio::test]
async fn the_same_delivery_name_at_two_webhooks_is_two_deliveries() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let one = desk.publish(with_trigger(Kind::Webhook, json!({}))).await;
    let other = desk.publish(with_trigger(Kind::Webhook, json!({}))).await;
    for workflow in [one, other] {
        let url = desk.address(workflow).await;
        assert_eq!(post(&server, &url, &[("webhook-id", "m1")], "").await.status(), StatusCode::ACCEPTED);
    }
    assert_eq!(desk.executions().await, 2);
}

#[tokio::test]
async fn an_unknown_address_and_one_that_is_not_live_look_the_same() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let draft = desk.create(with_trigger(Kind::Webhook, json!({}))).await;
    let drafted = desk.address(draft).await;
    let unknown = format!("{}/hooks/{}", server.url, "a".repeat(32));
    let odd = format!("{}/hooks/%20..%2f{}", server.url, "a".repeat(300));
    let mut answers = Vec::new();
    for url in [drafted, unknown, odd] {
        answers.push(refused(&server, server.http.post(url).body("not json")).await);
    }
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn other_methods_are_refused_with_the_one_that_is_not() {
    let server = support::server().await;
    let (_, url) = published(&server, json!({})).await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = server.http.request(method.clone(), &url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.headers()["allow"], "POST");
    }
    assert_eq!(Desk::of(&server).executions().await, 0);
}

#[tokio::test]
async fn too_many_calls_are_told_when_to_come_back() {
    let server = support::server_on(support::database().await, &["--webhook-rate=3"]).await;
    let (_, url) = published(&server, json!({})).await;
    let calls = (0..12).map(|_| post(&server, &url, &[], ""));
    let answers = futures_util::future::join_all(calls).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status() == StatusCode::ACCEPTED);
    assert!((6..12).contains(&taken.len()), "{}", taken.len());
    for answer in refused {
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        let seconds: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=2).contains(&seconds));
    }
    assert_eq!(Desk::of(&server).executions().await, taken.len() as i64);
}

#[tokio::test]
async fn a_draft_changes_nothing_of_what_is_live_until_it_is_published() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, url) = published(&server, signed()).await;
    desk.save(workflow, with_trigger(Kind::Webhook, json!({"auth": "none"}))).await;
    assert_eq!(refused(&server, server.http.post(&url).body("1")).await.0, StatusCode::UNAUTHORIZED);

    desk.publish_again(workflow).await;
    assert_eq!(desk.address(workflow).await, url, "the address stays");
    let opened = desk.until(async || post(&server, &url, &[], "1").await.status() == StatusCode::ACCEPTED);
    opened.await.expect("the webhook is open soon after the publication");
}

#[tokio::test]
async fn a_webhook_that_was_removed_is_gone_once_published_and_comes_back_at_its_address() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, url) = published(&server, json!({})).await;
    desk.save(workflow, with_trigger(Kind::Schedule, json!({}))).await;
    assert_eq!(post(&server, &url, &[], "1").await.status(), StatusCode::ACCEPTED, "the draft is not live");

    desk.publish_again(workflow).await;
    let gone = desk.until(async || post(&server, &url, &[], "1").await.status() == StatusCode::NOT_FOUND);
    gone.await.expect("the webhook is gone");
    assert!(desk.triggers(workflow).await.iter().all(|trigger| trigger.url.is_none()));

    desk.save(workflow, with_trigger(Kind::Webhook, json!({}))).await;
    desk.publish_again(workflow).await;
    assert_eq!(desk.address(workflow).await, url);
    let back = desk.until(async || post(&server, &url, &[], "1").await.status() == StatusCode::ACCEPTED);
    back.await.expect("the webhook is back");
}

#[tokio::test]
async fn a_replaced_address_works_and_the_old_one_stops() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, old) = published(&server, json!({})).await;
    let id = desk.triggers(workflow).await[0].id;
    let shown = list::rotate(&desk.caller(), id).await.unwrap();
    let new = desk.address(workflow).await;
    assert_ne!(new, old);
    assert_eq!(new.split("/hooks/").last(), shown.split("/hooks/").last());
    assert_eq!(post(&server, &new, &[], "1").await.status(), StatusCode::ACCEPTED);
    let gone = desk.until(async || post(&server, &old, &[], "1").await.status() == StatusCode::NOT_FOUND);
    gone.await.expect("the old address is gone");
    let missing = list::rotate(&desk.caller(), TriggerId(uuid::Uuid::nil())).await.unwrap_err();
    assert_eq!(missing.to_string(), "There is no such webhook in this workspace.");
}

#[tokio::test]
async fn addresses_are_for_those_who_may_see_them() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, _) = published(&server, json!({})).await;
    let viewer = server.person("viewer@example.com", "Test workspace", Role::Viewer).await;
    let seen = list::list(&desk.caller_of(&viewer, Role::Viewer), Some(workflow)).await.unwrap();
    assert!(seen.len() == 1 && seen[0].url.is_none());

    let stranger = server.person("stranger@example.com", "Another workspace", Role::Owner).await;
    let caller = desk.caller_of(&stranger, Role::Owner);
    assert_eq!(list::list(&caller, Some(workflow)).await.unwrap(), []);
    let id = desk.triggers(workflow).await[0].id;
    assert!(list::rotate(&caller, id).await.is_err());
}

#[tokio::test]
async fn a_deleted_workflow_is_called_no_more() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, url) = published(&server, json!({})).await;
    assert_eq!(post(&server, &url, &[], "1").await.status(), StatusCode::ACCEPTED);
    desk.delete(workflow).await;
    let gone = desk.until(async || post(&server, &url, &[], "1").await.status() == StatusCode::NOT_FOUND);
    gone.await.expect("the webhook is gone");
    assert_eq!(desk.triggers(workflow).await, []);
}

#[tokio::test]
async fn a_draft_may_hold_triggers_that_cannot_be_read_yet() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let mut odd = with_trigger(Kind::Webhook, signed());
    odd.nodes.push(odd.nodes[0].clone());
    odd.nodes[1].parameters.insert("if".to_owned(), "".into());
    let mut unread = odd.nodes[0].clone();
    unread.id = "unread".into();
    unread.parameters.insert("secret".to_owned(), "".into());
    odd.nodes.push(unread);
    let workflow = desk.create(odd.clone()).await;
    let url = desk.address(workflow).await;
    desk.save(workflow, odd).await;
    assert_eq!(desk.address(workflow).await, url);
    assert_eq!(desk.triggers(workflow).await.len(), 1);
}
