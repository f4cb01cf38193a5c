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

/// The execution, once it is over.
async fn finished(server: &TestServer, execution: &str) -> Value {
    // The feed ends with the execution.
    let feed = server.browse(Method::GET, &format!("/live/executions/{execution}")).send().await.unwrap();
    feed.text().await.unwrap();
    let read = server.call(Method::GET, &format!("/api/v1/executions/{execution}")).send().await.unwrap();
    read.json().await.unwrap()
}

/// The echo with a canary pinned to it, published.
async fn pinned(server: &TestServer) -> String {
    let mut workflow = echo();
    workflow["nodes"][1]["pinned"] = json!({ "name": "canary" });
    let made = server.call(Method::POST, "/api/v1/workflows").json(&workflow).send().await.unwrap();
    let id = made.json::<Value>().await.unwrap()["id"].as_str().expect("an id").to_owned();
    let publish = format!("/api/v1/workflows/{id}/publish");
    assert_eq!(server.call(Method::POST, &publish).json(&json!({})).send().await.unwrap().status(), StatusCode::OK);
    id
}

#[tokio::test]
async fn pinned_data_is_for_those_who_see_data_and_is_not_published() {
    let server = support::server().await;
    let id = pinned(&server).await;
    for role in Role::ALL {
        let person = server.person(&format!("the-{}@example.com", role.name()), "Test workspace", role).await;
        let rest = async |path: &str| {
            let path = format!("/api/v1/workflows/{id}{path}");
            let answer = server.anonymous(Method::GET, &path).bearer_auth(&person.token).send().await.unwrap();
            answer.text().await.unwrap()
        };
        let page = server.anonymous(Method::GET, &format!("/workflows/{id}")).header("cookie", &person.cookie);
        let page = page.header("accept", "text/html").send().await.unwrap().text().await.unwrap();
        let sees = role != Role::Viewer;
        assert_eq!(rest("").await.contains("canary"), sees, "{} reads the draft", role.name());
        assert_eq!(page.contains("canary"), sees, "{} opens the page", role.name());
        assert!(!rest("/versions/1").await.contains("canary"), "the version knows nothing of it");
    }
}

#[tokio::test]
async fn a_part_of_a_draft_runs_on_what_is_pinned() {
    let server = support::server().await;
    let id = pinned(&server).await;
    let ask = json!({ "workflow": id, "node": "after", "reach": "only", "input": {}, "past": null, "breakpoints": [] });
    let person = server.person("the-editor@example.com", "Test workspace", Role::Editor).await;
    let try_node = async || {
        let request = server.anonymous(Method::POST, &path_of("try_node")).header("cookie", &person.cookie);
        request.header("origin", &server.url).json(&ask).send().await.unwrap()
    };
    let answer = try_node().await;
    assert_eq!(answer.status(), StatusCode::CONFLICT, "there is no such node yet");
    assert!(answer.text().await.unwrap().contains("no node “after”"));

    let path = format!("/api/v1/workflows/{id}");
    let mut draft =
        server.call(Method::GET, &path).send().await.unwrap().json::<Value>().await.unwrap()["workflow"].take();
    let after =
        json!({ "id": "after", "name": "After", "kind": "transform", "parameters": { "output": "input.name" } });
    let broken = json!({ "id": "broken", "name": "Broken", "kind": "http_request" });
    draft["nodes"].as_array_mut().unwrap().extend([after, broken]);
    let edge = json!({ "from": { "node": "echo", "port": "out" }, "to": { "node": "after", "port": "in" } });
    draft["edges"].as_array_mut().unwrap().push(edge);
    let saved = server.call(Method::PUT, &format!("{path}?revision=1")).json(&draft).send().await.unwrap();
    assert_eq!(saved.status(), StatusCode::OK, "{}", saved.text().await.unwrap());

    let execution: String = try_node().await.json().await.unwrap();
    let handed_on = async |execution: &str| {
        let execution = finished(&server, execution).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        execution["state"]["task_runs"]["after"]["output"].clone()
    };
    assert_eq!(handed_on(&execution).await, "canary");

    let on =
        json!({ "workflow": id, "node": "after", "reach": "from", "input": {}, "past": execution, "breakpoints": [] });
    let request = server.anonymous(Method::POST, &path_of("try_node")).header("cookie", &person.cookie);
    let answer = request.header("origin", &server.url).json(&on).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "what is broken beside it does not matter");
    let again: String = answer.json().await.unwrap();
    assert_eq!(handed_on(&again).await, "canary");
}
