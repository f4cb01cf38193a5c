//! Breakpoints of one run: held, looked at, edited, stepped and released over REST.

use flowpilot::domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, publish, refusal};
use crate::support::{self, TestServer};

fn edge(from: &str, to: &str) -> Value {
    json!({ "from": { "node": from, "port": "out" }, "to": { "node": to, "port": "in" } })
}

/// start → a (adds one) → b (times ten) → c (what it got, and what a handed on).
async fn chain(server: &TestServer) -> String {
    let task = |id: &str, output: &str| json!({ "id": id, "name": id, "kind": "transform", "parameters": { "output": output } });
    let workflow = json!({
        "name": "Chain",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            task("a", "{ n: input.n + 1 }"),
            task("b", "{ n: input.n * 10 }"),
            task("c", r#"{ n: input.n, a: nodes["a"].output.n }"#),
        ],
        "edges": [edge("start", "a"), edge("a", "b"), edge("b", "c")],
    });
    let id = create(server, &serde_json::from_value(workflow).unwrap()).await;
    publish(server, &id).await;
    id
}

async fn start(server: &TestServer, workflow: &str, breakpoints: Value) -> reqwest::Response {
    let run = json!({ "workflow_id": workflow, "input": { "n": 1 }, "breakpoints": breakpoints });
    server.call(Method::POST, "/api/v1/executions").json(&run).send().await.unwrap()
}

/// Starts it and waits until b is held.
async fn held(server: &TestServer, workflow: &str) -> String {
    let accepted = body(start(server, workflow, json!([edge("a", "b")])).await, StatusCode::ACCEPTED).await;
    let execution = accepted["id"].as_str().unwrap().to_owned();
    until_held(server, &execution, "b").await;
    execution
}

/// Reads the feed until it tells that this node is held.
async fn until_held(server: &TestServer, execution: &str, node: &str) {
    let mut feed = server.call(Method::GET, &format!("/live/executions/{execution}")).send().await.unwrap();
    let (mut told, wanted) = (String::new(), format!(r#""type":"held","node":"{node}""#));
    while !told.contains(&wanted) {
        let chunk = feed.chunk().await.unwrap().expect("the execution goes on");
        told.push_str(&String::from_utf8_lossy(&chunk));
    }
}

async fn get(server: &TestServer, token: &str, path: &str) -> Value {
    let request = server.anonymous(Method::GET, &format!("/api/v1/executions/{path}")).bearer_auth(token);
    body(request.send().await.unwrap(), StatusCode::OK).await
}

async fn release(server: &TestServer, token: &str, execution: &str, wish: Value) -> reqwest::Response {
    let path = format!("/api/v1/executions/{execution}/release");
    server.anonymous(Method::POST, &path).bearer_auth(token).json(&wish).send().await.unwrap()
}

#[tokio::test]
async fn a_run_is_held_looked_at_edited_stepped_and_goes_on() {
    let server = support::server().await;
    let (workflow, token) = (chain(&server).await, server.owner.token.clone());
    let execution = held(&server, &workflow).await;
    let found = get(&server, &token, &execution).await;
    assert_eq!((&found["status"], &found["state"]["task_runs"]["b"]["status"]), (&json!("waiting"), &json!("waiting")));
    assert_eq!(get(&server, &token, &format!("{execution}/nodes/b/input")).await, json!({ "n": 2 }));
    let why = get(&server, &token, &format!("{execution}/nodes/b/why")).await;
    assert_eq!((&why["reasons"][0]["because"], &why["reasons"][0]["edge"]), (&json!("held"), &edge("a", "b")));
    let sentence = why["reasons"][0]["sentence"].as_str().unwrap();
    assert!(sentence.contains("the breakpoint between “a” and “b”"), "{sentence}");

    let step = json!({ "node": "b", "payload": { "n": 7 }, "step": true });
    body(release(&server, &token, &execution, step.clone()).await, StatusCode::ACCEPTED).await;
    until_held(&server, &execution, "c").await;
    refusal(release(&server, &token, &execution, step).await, StatusCode::CONFLICT, "not_held").await;
    assert_eq!(get(&server, &token, &format!("{execution}/nodes/c/input")).await, json!({ "n": 70 }));
    body(release(&server, &token, &execution, json!({ "node": "c" })).await, StatusCode::ACCEPTED).await;
    let end = get(&server, &token, &format!("{execution}?wait=30")).await;
    assert_eq!((&end["status"], &end["state"]["output"]), (&json!("succeeded"), &json!({ "n": 70, "a": 2 })));

    let again = format!("/api/v1/executions/{execution}/retry");
    let again = body(server.call(Method::POST, &again).send().await.unwrap(), StatusCode::ACCEPTED).await;
    let end = get(&server, &token, &format!("{}?wait=30", again["id"].as_str().unwrap())).await;
    assert_eq!(end["state"]["output"], json!({ "n": 20, "a": 2 }), "breakpoints are of one run");
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_edit_lets_it_go_on_but_puts_nothing_else_in() {
    let server = support::server().await;
    let workflow = chain(&server).await;
    let operator = server.person("operator@example.com", "Test workspace", Role::Operator).await;
    let viewer = server.person("viewer@example.com", "Test workspace", Role::Viewer).await;
    let execution = held(&server, &workflow).await;
    assert_eq!(get(&server, &viewer.token, &format!("{execution}/nodes/b/input")).await, json!({ "n": "‹number›" }));
    let go_on = json!({ "node": "b" });
    refusal(release(&server, &viewer.token, &execution, go_on.clone()).await, StatusCode::FORBIDDEN, "forbidden").await;
    let edited = json!({ "node": "b", "payload": null });
    refusal(release(&server, &operator.token, &execution, edited).await, StatusCode::FORBIDDEN, "forbidden").await;
    body(release(&server, &operator.token, &execution, go_on).await, StatusCode::ACCEPTED).await;
    let end = get(&server, &server.owner.token, &format!("{execution}?wait=30")).await;
    assert_eq!(end["state"]["output"], json!({ "n": 20, "a": 2 }));
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_edge_or_too_large_is_refused_and_cancelling_ends_the_hold() {
    let server = support::server().await;
    let (workflow, token) = (chain(&server).await, server.owner.token.clone());
    let unknown = start(&server, &workflow, json!([edge("a", "c")])).await;
    refusal(unknown, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
    let execution = held(&server, &workflow).await;
    let large = json!({ "node": "b", "payload": "x".repeat(1 << 20) });
    refusal(release(&server, &token, &execution, large).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
    refusal(release(&server, &token, &execution, json!({ "node": "a" })).await, StatusCode::CONFLICT, "not_held").await;
    let cancel = server.call(Method::POST, &format!("/api/v1/executions/{execution}/cancel"));
    body(cancel.send().await.unwrap(), StatusCode::ACCEPTED).await;
    let end = get(&server, &token, &format!("{execution}?wait=30")).await;
    assert_eq!((&end["status"], &end["state"]["task_runs"]["b"]["status"]), (&json!("cancelled"), &json!("cancelled")));
    server.stop().await;
}
