//! What a viewer sees of the data that executions carry: its shape, by whichever door.

use flowpilot::domain::{payload::BLURRED, role::Role};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    operations::path_of,
    support::{self, Person, TestServer},
};

/// Hands its input on.
fn echo() -> Value {
    json!({
        "name": "Echo",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "echo", "name": "Echo", "kind": "transform", "parameters": { "output": "input" } },
        ],
        "edges": [{ "from": { "node": "start", "port": "out" }, "to": { "node": "echo", "port": "in" } }],
    })
}

/// An execution that was given a canary.
async fn executed(server: &TestServer) -> String {
    let post = async |path: &str, body: Value| -> Value {
        let request = server.call(Method::POST, &format!("/api/v1{path}")).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let made = post("/workflows", echo()).await;
    let id = made["id"].as_str().expect("an id");
    post(&format!("/workflows/{id}/publish"), json!({})).await;
    let input = json!({ "name": "canary", "total": 4711 });
    let over = post("/executions?wait=50", json!({ "workflow_id": id, "input": input })).await;
    over["id"].as_str().expect("an id").to_owned()
}

/// What every door that shows data answers this person.
async fn doors(server: &TestServer, person: &Person, execution: &str) -> Vec<(String, String)> {
    let browse = |method: Method, path: &str| {
        let request = server.anonymous(method, path).header("cookie", &person.cookie);
        request.header("origin", &server.url)
    };
    let rest = |path: &str| server.anonymous(Method::GET, &format!("/api/v1{path}")).bearer_auth(&person.token);
    let of_node = json!({ "execution": execution, "node": "echo" });
    let mut answers = Vec::new();
    for (door, request) in [
        ("the REST execution", rest(&format!("/executions/{execution}"))),
        ("the REST journal", rest(&format!("/executions/{execution}/events"))),
        ("the feed", browse(Method::GET, &format!("/live/executions/{execution}"))),
        ("the page's beginning", browse(Method::POST, &path_of("get_execution")).json(&json!({ "id": execution }))),
        ("an output", browse(Method::POST, &path_of("get_output")).json(&of_node)),
        ("an input", browse(Method::POST, &path_of("get_input")).json(&of_node)),
        ("the page", browse(Method::GET, &format!("/executions/{execution}")).header("accept", "text/html")),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{door}");
        answers.push((door.to_owned(), answer.text().await.unwrap()));
    }
    answers
}

#[tokio::test]
async fn a_viewer_sees_the_shape_of_data_and_everybody_else_the_data() {
    let server = support::server().await;
    let execution = executed(&server).await;
    for role in Role::ALL {
        let email = format!("the-{}@example.com", role.name());
        let person = server.person(&email, "Test workspace", role).await;
        for (door, text) in doors(&server, &person, &execution).await {
            let is_told = text.contains("canary") || text.contains("4711");
            assert_eq!(is_told, role != Role::Viewer, "{} at {door}: {text}", role.name());
            assert!(text.contains("total"), "{} at {door}: the shape is there", role.name());
            assert_eq!(text.contains(BLURRED[0]), role == Role::Viewer, "{} at {door}", role.name());
        }
    }
}
