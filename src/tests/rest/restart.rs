//! Executions that are over and start again from a node.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, delayed, publish, refusal};
use crate::support::{self, TestServer};

/// Start → first → second → third, all transforms; `second` as given.
fn three(second: &str) -> Value {
    let node = |id: &str, output: &str| json!({ "id": id, "name": id, "kind": "transform", "parameters": { "output": output } });
    let edge =
        |from: &str, to: &str| json!({ "from": { "node": from, "port": "out" }, "to": { "node": to, "port": "in" } });
    json!({
        "name": "Three",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            node("first", "{ n: input.n, at: now }"), node("second", second), node("third", "input + 1"),
        ],
        "edges": [edge("start", "first"), edge("first", "second"), edge("second", "third")],
    })
}

async fn get(server: &TestServer, path: &str) -> Value {
    body(server.call(Method::GET, path).send().await.unwrap(), StatusCode::OK).await
}

/// Starts it with `{ "n": 7 }` and waits for its end.
async fn ran(server: &TestServer, workflow: &str) -> Value {
    let start = json!({ "workflow_id": workflow, "input": { "n": 7 } });
    let request = server.call(Method::POST, "/api/v1/executions?wait=30").json(&start);
    body(request.send().await.unwrap(), StatusCode::OK).await
}

async fn restart(server: &TestServer, execution: &Value, from: Value, key: &str) -> reqwest::Response {
    let path = format!("/api/v1/executions/{}/restart", execution["id"].as_str().unwrap());
    server.call(Method::POST, &path).header("idempotency-key", key).json(&from).send().await.unwrap()
}

async fn end(server: &TestServer, accepted: &Value) -> Value {
    get(server, &format!("/api/v1/executions/{}?wait=30", accepted["id"].as_str().unwrap())).await
}

#[tokio::test]
async fn a_restart_keeps_what_came_before_and_starts_once_per_key() {
    let server = support::server().await;
    let id = create(&server, &serde_json::from_value(three("input.n * 10")).unwrap()).await;
    publish(&server, &id).await;
    let execution = ran(&server, &id).await;
    let from = json!({ "node": "second" });
    let accepted = body(restart(&server, &execution, from.clone(), "again-1").await, StatusCode::ACCEPTED).await;
    let again = body(restart(&server, &execution, from, "again-1").await, StatusCode::ACCEPTED).await;
    assert_eq!(accepted["id"], again["id"]);
    assert_ne!(accepted["id"], execution["id"]);

    let restarted = end(&server, &accepted).await;
    assert_eq!((&restarted["status"], &restarted["started_via"]), (&json!("succeeded"), &json!("restart")));
    assert_eq!(restarted["state"]["output"], json!(71));
    let (before, kept) = (&execution["state"]["task_runs"]["first"], &restarted["state"]["task_runs"]["first"]);
    assert_eq!(kept["output"], before["output"], "it did not run at another time");
    assert_eq!((&kept["kept_from"], &kept["attempts"]), (&execution["id"], &json!([])));
    assert_eq!(restarted["state"]["task_runs"]["second"]["attempts"].as_array().unwrap().len(), 1);
    let cause = &restarted["state"]["cause"]["restart"];
    assert_eq!(cause, &json!({ "execution": execution["id"], "node": "second" }));
    server.stop().await;
}

#[tokio::test]
async fn a_failed_execution_goes_on_with_what_was_published_since() {
    let server = support::server().await;
    let id = create(&server, &serde_json::from_value(three("input.missing.field")).unwrap()).await;
    publish(&server, &id).await;
    let failed = ran(&server, &id).await;
    assert_eq!(failed["status"], "failed");
    let path = format!("/api/v1/workflows/{id}?revision=1");
    let fixed = server.call(Method::PUT, &path).json(&three("input.n * 100")).send().await.unwrap();
    assert!(fixed.status().is_success(), "{}", fixed.text().await.unwrap());
    publish(&server, &id).await;

    let again = restart(&server, &failed, json!({ "node": "second", "version": "original" }), "original").await;
    let again = end(&server, &body(again, StatusCode::ACCEPTED).await).await;
    assert_eq!((&again["status"], &again["version"]), (&json!("failed"), &json!(1)));
    let letter = get(&server, &format!("/api/v1/dead-letters/{}", failed["id"].as_str().unwrap())).await;
    let resolved = &letter["resolved"];
    assert_eq!((&resolved["how"], &resolved["replayed_as"]), (&json!("restarted"), &again["id"]), "it is dealt with");
    let open = get(&server, "/api/v1/dead-letters").await;
    assert_eq!(open["dead_letters"].as_array().unwrap().iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&again["id"]]);
    let current = restart(&server, &failed, json!({ "node": "third", "version": "current" }), "current").await;
    let current = end(&server, &body(current, StatusCode::ACCEPTED).await).await;
    assert_eq!((&current["version"], &current["state"]["output"]), (&json!(2), &json!(701)), "what changed runs too");
    assert_eq!(current["state"]["task_runs"]["first"]["kept_from"], failed["id"]);
    server.stop().await;
}

#[tokio::test]
async fn a_restart_that_cannot_be_says_what_to_do() {
    let server = support::server().await;
    let id = create(&server, &serde_json::from_value(three("input.missing.field")).unwrap()).await;
    publish(&server, &id).await;
    let failed = ran(&server, &id).await;
    for (from, status, code, words) in [
        (json!({ "node": "third" }), StatusCode::CONFLICT, "not_restartable", "Restart from “second”."),
        (json!({ "node": "start" }), StatusCode::CONFLICT, "not_restartable", "Run the execution again instead."),
        (json!({ "node": "gone" }), StatusCode::CONFLICT, "not_restartable", "no node “gone”"),
        (json!({ "node": "x[" }), StatusCode::UNPROCESSABLE_ENTITY, "invalid", ""),
        (json!({ "node": "third", "version": "newest" }), StatusCode::UNPROCESSABLE_ENTITY, "invalid", ""),
    ] {
        let error = refusal(restart(&server, &failed, from, "no").await, status, code).await;
        assert!(error["detail"].as_str().unwrap().contains(words), "{error}");
    }
    let id = create(&server, &delayed("Long", 86_400)).await;
    publish(&server, &id).await;
    let request = server.call(Method::POST, "/api/v1/executions").json(&json!({ "workflow_id": id }));
    let under_way = body(request.send().await.unwrap(), StatusCode::ACCEPTED).await;
    let response = restart(&server, &under_way, json!({ "node": "delay_1" }), "no").await;
    refusal(response, StatusCode::CONFLICT, "under_way").await;
    server.stop().await;
}
