//! What waits for somebody: approvals, events, resume URLs; and executions that are paused.

use flowpilot::domain::id::ExecutionId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, publish, refusal};
use crate::support::{self, TestServer};

/// Manual → one node of this kind.
fn with(kind: &str, parameters: Value) -> Value {
    json!({
        "name": format!("With {kind}"),
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "first", "name": "First", "kind": "transform", "parameters": { "output": "{ url: execution.resume_url }" } },
            { "id": "wait", "name": "Wait", "kind": kind, "parameters": parameters },
        ],
        "edges": [
            { "from": { "node": "start", "port": "out" }, "to": { "node": "first", "port": "in" } },
            { "from": { "node": "first", "port": "out" }, "to": { "node": "wait", "port": "in" } },
        ],
    })
}

async fn read(server: &TestServer, execution: &str) -> Value {
    let path = format!("/api/v1/executions/{execution}");
    body(server.call(Method::GET, &path).send().await.unwrap(), StatusCode::OK).await
}

/// Starts it and waits until its node waits. Gives the execution's id and what it looks like then.
async fn waiting(server: &TestServer, workflow: &Value) -> (String, Value) {
    let id = create(server, &serde_json::from_value(workflow.clone()).unwrap()).await;
    publish(server, &id).await;
    let start =
        server.call(Method::POST, "/api/v1/executions").json(&json!({ "workflow_id": id, "input": { "order": 7 } }));
    let accepted = body(start.send().await.unwrap(), StatusCode::ACCEPTED).await;
    let execution = accepted["id"].as_str().unwrap().to_owned();
    let mut watch = server.app.engine.watch(execution.parse::<ExecutionId>().unwrap());
    loop {
        let found = read(server, &execution).await;
        if found["state"]["task_runs"]["wait"]["status"] == "waiting" {
            return (execution, found);
        }
        watch.changed().await;
    }
}

async fn end(server: &TestServer, execution: &str) -> Value {
    let path = format!("/api/v1/executions/{execution}?wait=30");
    let found = body(server.call(Method::GET, &path).send().await.unwrap(), StatusCode::OK).await;
    found["state"].clone()
}

#[tokio::test]
async fn a_call_of_the_resume_url_hands_its_body_on_once() {
    let server = support::server().await;
    let (execution, found) = waiting(&server, &with("wait_for_event", json!({ "waits_for": "call" }))).await;
    let url = found["state"]["task_runs"]["first"]["output"]["url"].as_str().unwrap().to_owned();
    let path = &url[url.find("/resume/").unwrap()..];
    let call = |path: &str, text: &'static str| server.anonymous(Method::POST, path).body(text).send();
    let wrong = format!("{}x", &path[..path.len() - 1]);
    refusal(call(&wrong, "{}").await.unwrap(), StatusCode::NOT_FOUND, "not_found").await;
    assert_eq!(call(path, "{").await.unwrap().status(), StatusCode::BAD_REQUEST);
    let answered = body(call(path, r#"{"paid": true}"#).await.unwrap(), StatusCode::ACCEPTED).await;
    assert_eq!(answered, json!({ "answered": 1 }));
    let state = end(&server, &execution).await;
    assert_eq!((&state["status"], &state["output"]), (&json!("succeeded"), &json!({ "paid": true })));
    refusal(call(path, "{}").await.unwrap(), StatusCode::CONFLICT, "not_waiting").await;
    server.stop().await;
}

#[tokio::test]
async fn an_approval_is_decided_by_its_node_and_only_once() {
    let server = support::server().await;
    let (execution, found) =
        waiting(&server, &with("approval", json!({ "message": "Order {{ trigger.body.order }}?" }))).await;
    assert_eq!(found["state"]["task_runs"]["wait"]["waits_for"]["message"], "Order 7?");
    let decide = |node: &str| {
        let path = format!("/api/v1/executions/{execution}/decision");
        let decision = json!({ "node": node, "approved": false, "comment": "too much" });
        server.call(Method::POST, &path).json(&decision).send()
    };
    refusal(decide("first").await.unwrap(), StatusCode::CONFLICT, "not_waiting").await;
    body(decide("wait").await.unwrap(), StatusCode::ACCEPTED).await;
    let state = end(&server, &execution).await;
    assert_eq!(state["task_runs"]["wait"]["port"], "rejected");
    let output = &state["output"];
    assert_eq!(
        (&output["approved"], &output["comment"], &output["by"]),
        (&json!(false), &json!("too much"), &json!("owner@example.com"))
    );
    refusal(decide("wait").await.unwrap(), StatusCode::CONFLICT, "not_waiting").await;
    server.stop().await;
}

#[tokio::test]
async fn an_approval_with_a_form_takes_what_keeps_to_it_and_hands_it_on() {
    let server = support::server().await;
    let form = json!({ "type": "object", "required": ["amount"], "properties": { "amount": { "type": "number" } } });
    let (execution, found) = waiting(&server, &with("approval", json!({ "message": "How much?", "form": form }))).await;
    assert_eq!(found["state"]["task_runs"]["wait"]["waits_for"]["form"], form);
    let decide = |values: Value| {
        let path = format!("/api/v1/executions/{execution}/decision");
        let decision = json!({ "node": "wait", "approved": true, "values": values });
        server.call(Method::POST, &path).json(&decision).send()
    };
    for wrong in [Value::Null, json!({}), json!({ "amount": "5" })] {
        let refused = refusal(decide(wrong).await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
        assert_eq!(refused["problems"][0]["field"], "values");
    }
    body(decide(json!({ "amount": 5 })).await.unwrap(), StatusCode::ACCEPTED).await;
    let state = end(&server, &execution).await;
    assert_eq!((&state["output"]["approved"], &state["output"]["values"]), (&json!(true), &json!({ "amount": 5 })));
    server.stop().await;
}

#[tokio::test]
async fn an_event_reaches_what_waits_for_its_name_and_key() {
    let server = support::server().await;
    let wait = json!({ "name": "paid", "key": "order-{{ trigger.body.order }}" });
    let (execution, _) = waiting(&server, &with("wait_for_event", wait)).await;
    let send = |key: &'static str| {
        let event = json!({ "name": "paid", "key": key, "data": { "sum": 5 } });
        server.call(Method::POST, "/api/v1/events").json(&event).send()
    };
    assert_eq!(body(send("order-8").await.unwrap(), StatusCode::OK).await, json!({ "answered": 0 }));
    assert_eq!(body(send("order-7").await.unwrap(), StatusCode::OK).await, json!({ "answered": 1 }));
    assert_eq!(end(&server, &execution).await["output"], json!({ "sum": 5 }));
    server.stop().await;
}

#[tokio::test]
async fn an_execution_is_paused_and_resumed() {
    let server = support::server().await;
    let (execution, _) = waiting(&server, &with("wait_for_event", json!({ "name": "never" }))).await;
    let ask = |what: &'static str| server.call(Method::POST, &format!("/api/v1/executions/{execution}/{what}")).send();
    body(ask("pause").await.unwrap(), StatusCode::ACCEPTED).await;
    assert_eq!(read(&server, &execution).await["status"], "paused");
    body(ask("resume").await.unwrap(), StatusCode::ACCEPTED).await;
    assert_eq!(read(&server, &execution).await["status"], "waiting");
    body(ask("cancel").await.unwrap(), StatusCode::ACCEPTED).await;
    assert_eq!(end(&server, &execution).await["status"], "cancelled");
    refusal(ask("pause").await.unwrap(), StatusCode::CONFLICT, "finished").await;
    server.stop().await;
}
