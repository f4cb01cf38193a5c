//! What past executions tell, found out from real ones.

use flowpilot::{
    domain::{id::WorkflowId, role::Role},
    server::store::samples,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    operations::path_of,
    support::{self, TestServer},
};

/// Hands its input on, then waits a second; beside it something that takes no time.
fn drawn() -> Value {
    let node = |id: &str, kind: &str, parameters: Value| json!({ "id": id, "name": id, "kind": kind, "parameters": parameters });
    let edge =
        |from: &str, to: &str| json!({ "from": { "node": from, "port": "out" }, "to": { "node": to, "port": "in" } });
    json!({
        "name": "Telling",
        "nodes": [
            node("start", "manual", json!({})),
            node("echo", "transform", json!({ "output": "input" })),
            node("wait", "delay", json!({ "amount": "1", "unit": "seconds" })),
            node("quick", "transform", json!({ "output": "input.email.length" })),
        ],
        "edges": [edge("start", "echo"), edge("echo", "wait"), edge("echo", "quick")],
    })
}

async fn call(server: &TestServer, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let answer = server.call(method, &format!("/api/v1{path}")).json(&body).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

async fn created(server: &TestServer) -> String {
    let (_, made) = call(server, Method::POST, "/workflows", drawn()).await;
    made["id"].as_str().expect("an id").to_owned()
}

async fn published(server: &TestServer) -> String {
    let id = created(server).await;
    let (status, answer) = call(server, Method::POST, &format!("/workflows/{id}/publish"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    id
}

/// Starts it and waits for its end.
async fn run(server: &TestServer, workflow: &str, draft: bool, input: Value) {
    let start = json!({ "workflow_id": workflow, "draft": draft, "input": input });
    let (status, answer) = call(server, Method::POST, "/executions?wait=50", start).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn insight(server: &TestServer, workflow: &str, query: &str) -> Value {
    let (status, answer) = call(server, Method::GET, &format!("/workflows/{workflow}/insight{query}"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn past_executions_tell_times_schemas_and_what_decides_the_time() {
    let server = support::server().await;
    let id = published(&server).await;
    for input in [json!({ "email": "ada@example.com" }), json!({ "email": null }), json!({})] {
        run(&server, &id, false, input).await;
    }
    let told = insight(&server, &id, "").await;
    assert_eq!((&told["version"], &told["executions"], &told["is_partial"]), (&json!(1), &json!(3), &json!(false)));
    assert!(told["since"].is_string() && told["time"]["p50_ms"].as_u64() >= Some(1_000), "{told}");
    let places = &told["nodes"]["echo"]["outputs"]["out"]["places"];
    let email = json!({ "path": "email", "sorts": [{ "sort": "text", "count": 1 }], "null": 1, "missing": 1, "of": 3 });
    assert_eq!(places[1], email, "{places}");
    let nodes = &told["nodes"];
    assert_eq!((&nodes["quick"]["runs"], &nodes["quick"]["failed"]), (&json!(3), &json!(2)), "null has no length");
    assert!(nodes["wait"]["time"]["p95_ms"].as_u64() >= Some(1_000), "{nodes}");
    assert_eq!(nodes["start"]["time"], Value::Null);
    assert_eq!(told["critical_path"], json!(["start", "echo", "wait"]));
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_see_data_is_told_times_only() {
    let server = support::server().await;
    let id = published(&server).await;
    run(&server, &id, false, json!({ "email": "ada@example.com" })).await;
    for role in Role::ALL {
        let person = server.person(&format!("the-{}@example.com", role.name()), "Test workspace", role).await;
        let rest = server.anonymous(Method::GET, &format!("/api/v1/workflows/{id}/insight")).bearer_auth(&person.token);
        let browse = server.anonymous(Method::POST, &path_of("get_insight")).header("cookie", &person.cookie);
        let browse = browse.header("origin", &server.url).json(&json!({ "workflow": id, "version": null }));
        for request in [rest, browse] {
            let told: Value = request.send().await.unwrap().json().await.unwrap();
            let sees = role != Role::Viewer;
            assert_eq!(told["shows_data"], sees, "{}", role.name());
            assert_eq!(told.to_string().contains("email"), sees, "{}: {told}", role.name());
            assert_eq!(told["nodes"]["echo"]["runs"], 1, "{}", role.name());
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn drafts_and_each_version_are_told_apart() {
    let server = support::server().await;
    let id = created(&server).await;
    assert_eq!(insight(&server, &id, "").await["executions"], 0, "nothing ran yet");
    run(&server, &id, true, json!({ "email": "x" })).await;
    let drafts = insight(&server, &id, "?version=0&last=7").await;
    assert_eq!((&drafts["version"], &drafts["executions"]), (&json!(0), &json!(1)));
    call(&server, Method::POST, &format!("/workflows/{id}/publish"), json!({})).await;
    let live = insight(&server, &id, "").await;
    assert_eq!((&live["version"], &live["executions"], &live["time"]), (&json!(1), &json!(0), &Value::Null));
    for (query, expected) in [
        ("?version=9", StatusCode::NOT_FOUND),
        ("?version=-1", StatusCode::NOT_FOUND),
        ("?last=0", StatusCode::UNPROCESSABLE_ENTITY),
        ("?last=1001", StatusCode::UNPROCESSABLE_ENTITY),
        ("?last=all", StatusCode::BAD_REQUEST),
    ] {
        let (status, answer) = call(&server, Method::GET, &format!("/workflows/{id}/insight{query}"), json!({})).await;
        assert_eq!(status, expected, "{query}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_too_large_to_read_still_tells_its_times() {
    let server = support::server().await;
    let id = published(&server).await;
    run(&server, &id, false, json!({ "email": "x".repeat(200_000) })).await;
    let told = insight(&server, &id, "").await;
    assert_eq!((&told["executions"], &told["is_partial"]), (&json!(1), &json!(true)));
    for node in ["start", "echo", "wait"] {
        let node = &told["nodes"][node];
        assert_eq!((&node["runs"], &node["unread"], &node["outputs"]), (&json!(1), &json!(1), &json!({})), "{told}");
    }
    assert!(told["nodes"]["wait"]["time"]["p95_ms"].as_u64() >= Some(1_000), "{told}");
    assert_eq!(
        told["nodes"]["quick"]["outputs"]["out"]["places"][0]["sorts"],
        json!([{ "sort": "number", "count": 1 }])
    );
    assert_eq!(told["critical_path"], json!(["start", "echo", "wait"]));
    server.stop().await;
}

#[tokio::test]
async fn so_many_executions_are_looked_at_as_are_wished_for() {
    let server = support::server().await;
    let id = published(&server).await;
    let body = json!([
        { "type": "started", "cause": { "via": "test", "input": { "n": 1 } } },
        { "type": "attempt_started", "node": "echo", "attempt": 1 },
        { "type": "attempt_succeeded", "node": "echo", "attempt": 1, "output": { "n": 1 }, "port": "out" },
        { "type": "finished", "status": "succeeded" },
    ]);
    let workflow = WorkflowId(id.parse().expect("a UUID"));
    samples::add(&server.database.pool, server.owner.workspace, workflow, 45, &body.to_string()).await.unwrap();
    for (query, count) in [("", 45), ("?last=30", 30), ("?last=1", 1)] {
        let told = insight(&server, &id, query).await;
        assert_eq!((&told["executions"], &told["nodes"]["echo"]["runs"]), (&json!(count), &json!(count)), "{query}");
        assert_eq!(told["critical_path"], json!([]), "all at one moment");
    }
    server.stop().await;
}
