//! The REST interface over real HTTP.

mod backtest;
mod breakpoints;
mod executions;
mod library;
mod openapi;
mod restart;
mod roundtrip;
mod schema;
mod steering;
mod template;
mod workflows;

use flowpilot::domain::{
    task::Kind,
    workflow::{Edge, Node, Parameters, Point, Workflow},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::TestServer;

/// Manual start, then a delay of so many seconds.
fn delayed(name: &str, seconds: u32) -> Workflow {
    let mut delay = Node::new("delay_1".into(), "Wait", Kind::Delay, Point { x: 288.0, y: 0.0 });
    delay.parameters = Parameters::from_iter([
        ("amount".to_owned(), json!(seconds.to_string())),
        ("unit".to_owned(), json!("seconds")),
    ]);
    Workflow {
        name: name.to_owned(),
        nodes: vec![Node::new("manual_1".into(), "Start", Kind::Manual, Point::default()), delay],
        edges: vec![Edge::between("manual_1", "delay_1")],
        ..Workflow::default()
    }
}

/// The body of an answer that has this status.
async fn body(response: Response, status: StatusCode) -> Value {
    let (is, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(is, status, "{text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// The body of a refusal: problem details with this status and code.
async fn refusal(response: Response, status: StatusCode, code: &str) -> Value {
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let body = body(response, status).await;
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{body}");
    assert_eq!((&body["status"], &body["code"]), (&json!(status.as_u16()), &json!(code)), "{body}");
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
    body
}

async fn create(server: &TestServer, workflow: &Workflow) -> String {
    let response = server.call(Method::POST, "/api/v1/workflows").json(workflow).send().await.unwrap();
    body(response, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned()
}

async fn publish(server: &TestServer, id: &str) -> Value {
    let path = format!("/api/v1/workflows/{id}/publish");
    body(server.call(Method::POST, &path).send().await.unwrap(), StatusCode::OK).await
}
