//! Variables and the library over REST, and what executions make of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{body, create, publish};
use crate::support::{self, TestServer};

async fn call(server: &TestServer, method: Method, path: &str, given: Value, status: StatusCode) -> Value {
    let request = server.call(method, &format!("/api/v1{path}"));
    let request = if given.is_null() { request } else { request.json(&given) };
    let response = request.send().await.unwrap();
    if status == StatusCode::NO_CONTENT {
        assert_eq!(response.status(), status);
        return Value::Null;
    }
    body(response, status).await
}

async fn set(server: &TestServer, name: &str, value: Value) {
    call(server, Method::PUT, &format!("/variables/{name}"), json!({ "value": value }), StatusCode::NO_CONTENT).await;
}

/// A workflow that hands on what the expression gives.
fn giving(expression: &str) -> flowpilot::domain::workflow::Workflow {
    serde_json::from_value(json!({
        "name": "Reads variables",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "give", "name": "Give", "kind": "transform", "parameters": { "output": expression } },
        ],
        "edges": [{ "from": { "node": "start", "port": "out" }, "to": { "node": "give", "port": "in" } }],
    }))
    .unwrap()
}

async fn run(server: &TestServer, workflow: &str) -> Value {
    let start = json!({ "workflow_id": workflow, "input": {} });
    call(server, Method::POST, "/executions?wait=30", start, StatusCode::OK).await["state"]["task_runs"]["give"]["output"].clone()
}

#[tokio::test]
async fn expressions_read_variables_as_they_are_at_the_attempt() {
    let server = support::server().await;
    let id = create(&server, &giving("{ url: vars.crm.url, twice: $vars.rate * 2 }")).await;
    let path = format!("/api/v1/workflows/{id}/publish");
    let refused = body(server.call(Method::POST, &path).send().await.unwrap(), StatusCode::UNPROCESSABLE_ENTITY).await;
    let message = refused["problems"][0]["message"].as_str().unwrap();
    assert!(message.contains("There is no variable “crm”"), "{message}");

    set(&server, "crm", json!({ "url": "https://crm.example.com" })).await;
    set(&server, "rate", json!(0.5)).await;
    publish(&server, &id).await;
    assert_eq!(run(&server, &id).await, json!({ "url": "https://crm.example.com", "twice": 1 }));
    set(&server, "rate", json!(4)).await;
    assert_eq!(run(&server, &id).await["twice"], 8);

    let listed = call(&server, Method::GET, "/variables", Value::Null, StatusCode::OK).await;
    let names: Vec<&str> =
        listed["variables"].as_array().unwrap().iter().filter_map(|variable| variable["name"].as_str()).collect();
    assert_eq!(names, ["crm", "rate"]);
    call(&server, Method::DELETE, "/variables/crm", Value::Null, StatusCode::NO_CONTENT).await;
    call(&server, Method::DELETE, "/variables/crm", Value::Null, StatusCode::NOT_FOUND).await;
    let wrong = json!({ "value": 1 });
    let refused = call(&server, Method::PUT, "/variables/9a", wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(refused["problems"][0]["field"], "name");
}

#[tokio::test]
async fn a_task_is_kept_in_versions_that_never_change() {
    let server = support::server().await;
    let wish = |url: &str| {
        json!({ "name": "Create customer", "definition": {
            "kind": "http_request", "description": "In the CRM.",
            "values": { "method": "POST", "url": url },
            "parameters": [{ "field": "body", "label": "Customer" }],
        } })
    };
    let made = call(&server, Method::POST, "/library", wish("https://a.example"), StatusCode::CREATED).await;
    let task = format!("/library/{}", made["id"].as_str().unwrap());
    call(&server, Method::POST, "/library", wish("https://b.example"), StatusCode::CONFLICT).await;
    let path = format!("{task}/versions");
    let second = call(&server, Method::POST, &path, wish("https://b.example"), StatusCode::CREATED).await;
    assert_eq!(second["version"], 2);
    let other = json!({ "name": "Create customer", "definition": { "kind": "no_op" } });
    let refused = call(&server, Method::POST, &path, other, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(refused["problems"][0]["field"], "kind");

    let versions = call(&server, Method::GET, &task, Value::Null, StatusCode::OK).await;
    let url = |index: usize| versions["tasks"][index]["definition"]["values"]["url"].clone();
    assert_eq!((url(0), url(1)), (json!("https://b.example"), json!("https://a.example")));
    let listed = call(&server, Method::GET, "/library", Value::Null, StatusCode::OK).await;
    assert_eq!((listed["tasks"].as_array().unwrap().len(), &listed["tasks"][0]["version"]), (1, &json!(2)));
    call(&server, Method::DELETE, &task, Value::Null, StatusCode::NO_CONTENT).await;
    call(&server, Method::GET, &task, Value::Null, StatusCode::NOT_FOUND).await;
}
