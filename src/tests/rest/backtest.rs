//! Drafts on recorded inputs, over REST: nothing is asked again, nothing is written.

use flowpilot::domain::id::ExecutionId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, publish, refusal, schema::faults};
use crate::support::{self, TestServer};

/// start → ask (a person) → note (what they said).
fn workflow(message: &str, note: &str) -> Value {
    json!({
        "name": "Asking",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "ask", "name": "Ask", "kind": "approval", "parameters": { "message": message } },
            { "id": "note", "name": "Note", "kind": "transform", "parameters": { "output": note } },
        ],
        "edges": [
            { "from": { "node": "start", "port": "out" }, "to": { "node": "ask", "port": "in" } },
            { "from": { "node": "ask", "port": "approved" }, "to": { "node": "note", "port": "in" } },
        ],
    })
}

const MESSAGE: &str = "Order {{ input.order }}?";
const NOTE: &str = "{ ok: input.approved }";

/// An execution that somebody approved. Gives its id.
async fn approved(server: &TestServer, workflow: &str) -> String {
    let run = json!({ "workflow_id": workflow, "input": { "order": 7 } });
    let start = server.call(Method::POST, "/api/v1/executions").json(&run).send().await.unwrap();
    let execution = body(start, StatusCode::ACCEPTED).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/executions/{execution}");
    let read = async |path: &str| body(server.call(Method::GET, path).send().await.unwrap(), StatusCode::OK).await;
    let mut watch = server.app.engine.watch(execution.parse::<ExecutionId>().unwrap());
    while read(&path).await["state"]["task_runs"]["ask"]["status"] != "waiting" {
        watch.changed().await;
    }
    let decision = json!({ "node": "ask", "approved": true });
    let decide = server.call(Method::POST, &format!("{path}/decision")).json(&decision).send().await.unwrap();
    body(decide, StatusCode::ACCEPTED).await;
    assert_eq!(read(&format!("{path}?wait=30")).await["state"]["output"], json!({ "ok": true }));
    execution
}

async fn draw(server: &TestServer, id: &str, revision: i32, workflow: &Value) {
    let path = format!("/api/v1/workflows/{id}?revision={revision}");
    body(server.call(Method::PUT, &path).json(workflow).send().await.unwrap(), StatusCode::OK).await;
}

async fn backtest(server: &TestServer, id: &str, query: &str) -> reqwest::Response {
    server.call(Method::POST, &format!("/api/v1/workflows/{id}/backtest{query}")).send().await.unwrap()
}

async fn journal_rows(server: &TestServer) -> (i64, i64) {
    let rows = sqlx::query_as("select (select count(*) from executions), (select count(*) from journal)");
    rows.fetch_one(&server.database.pool).await.unwrap()
}

#[tokio::test]
async fn a_draft_is_compared_with_what_was_recorded_and_nothing_is_written() {
    let server = support::server().await;
    let id = create(&server, &serde_json::from_value(workflow(MESSAGE, NOTE)).unwrap()).await;
    publish(&server, &id).await;
    assert_eq!(body(backtest(&server, &id, "").await, StatusCode::OK).await, json!({ "tested": [], "left_out": 0 }));
    let execution = approved(&server, &id).await;
    let before = journal_rows(&server).await;

    let found = body(backtest(&server, &id, "?last=5").await, StatusCode::OK).await;
    let tested = &found["tested"][0];
    assert_eq!((&tested["execution"], &tested["was"]), (&json!(execution), &json!("succeeded")));
    assert_eq!((&tested["verdict"], &tested["changed_calls"]), (&json!({ "is": "same" }), &json!([])));

    draw(&server, &id, 1, &workflow("Really {{ input.order }}?", "{ ok: input.approved, order: trigger.body.order }"))
        .await;
    let found = body(backtest(&server, &id, "").await, StatusCode::OK).await;
    let differs = json!({ "is": "differs", "node": "note", "differences": [{ "path": "order", "after": 7 }] });
    let message = json!({ "path": "message", "before": "Order 7?", "after": "Really 7?" });
    assert_eq!(found["tested"][0]["verdict"], differs);
    assert_eq!(found["tested"][0]["changed_calls"], json!([{ "run": "ask", "differences": [message] }]));
    let document =
        body(server.anonymous(Method::GET, "/api/v1/openapi.json").send().await.unwrap(), StatusCode::OK).await;
    assert_eq!(faults(&document, &document["components"]["schemas"]["Backtest"], &found), [""; 0]);

    draw(&server, &id, 2, &workflow(MESSAGE, "input.nobody.knows")).await;
    let found = body(backtest(&server, &id, "").await, StatusCode::OK).await;
    let verdict = &found["tested"][0]["verdict"];
    assert_eq!((&verdict["is"], &verdict["node"]), (&json!("fails"), &json!("note")), "{verdict}");

    let mut asks_twice = workflow(MESSAGE, NOTE);
    let again = json!({ "id": "again", "name": "Again", "kind": "approval", "parameters": { "message": "Sure?" } });
    asks_twice["nodes"].as_array_mut().unwrap().push(again);
    let edge = json!({ "from": { "node": "note", "port": "out" }, "to": { "node": "again", "port": "in" } });
    asks_twice["edges"].as_array_mut().unwrap().push(edge);
    draw(&server, &id, 3, &asks_twice).await;
    let found = body(backtest(&server, &id, "").await, StatusCode::OK).await;
    let verdict = &found["tested"][0]["verdict"];
    assert_eq!((&verdict["is"], &verdict["node"]), (&json!("unknown"), &json!("again")), "{verdict}");
    assert_eq!(journal_rows(&server).await, before);
    server.stop().await;
}

#[tokio::test]
async fn how_many_inputs_is_bounded_and_a_draft_with_problems_is_not_tried() {
    let server = support::server().await;
    let id = create(&server, &serde_json::from_value(workflow(MESSAGE, NOTE)).unwrap()).await;
    for wrong in ["?last=0", "?last=51"] {
        refusal(backtest(&server, &id, wrong).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;
    }
    draw(&server, &id, 1, &workflow("", NOTE)).await;
    refusal(backtest(&server, &id, "").await, StatusCode::UNPROCESSABLE_ENTITY, "problems").await;
    server.stop().await;
}
