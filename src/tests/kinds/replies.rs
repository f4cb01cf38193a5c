//! The answer of a node to the call that started the execution.

use flowpilot::domain::{
    task::Kind,
    workflow::{Edge, Workflow},
};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    stand::node,
    support::{self, TestServer},
    trigger_desk::Desk,
};

/// A webhook, its answer, and a wait of an hour after it.
fn answering(parameters: Value) -> Workflow {
    let nodes = vec![
        node("hook", Kind::Webhook, json!({"respond": "node"})),
        node("answer", Kind::RespondToWebhook, parameters),
        node("later", Kind::Delay, json!({"amount": 1, "unit": "hours"})),
    ];
    let edges = vec![Edge::between("hook", "answer"), Edge::between("answer", "later")];
    Workflow { name: format!("Answers {}", uuid::Uuid::now_v7()), nodes, edges, ..Workflow::default() }
}

async fn called(server: &TestServer, workflow: Workflow) -> Response {
    let desk = Desk::of(server);
    let url = desk.address(desk.publish(workflow).await).await;
    server.http.post(url).json(&json!({"id": 7})).send().await.unwrap()
}

#[tokio::test]
async fn the_caller_gets_what_the_node_says_while_the_execution_goes_on() {
    let server = support::server().await;
    let headers = json!({"Location": "/orders/{{ input.id }}", "X-Order": "7"});
    let answer =
        called(&server, answering(json!({"status": 201, "json": "{ order: input.id }", "headers": headers}))).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("location").as_deref(), Some("/orders/7"));
    assert_eq!(header("x-order").as_deref(), Some("7"));
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("content-security-policy").as_deref(), Some("sandbox; default-src 'none'"));
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"order": 7}));
    server.stop().await;
}

#[tokio::test]
async fn text_bytes_and_nothing_are_answers_too_and_a_page_is_a_file() {
    let server = support::server().await;
    let page = json!({"body_type": "text", "text": "<script>", "headers": {"Content-Type": "text/html"}});
    let answer = called(&server, answering(page)).await;
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert_eq!(answer.text().await.unwrap(), "<script>");
    let bytes = json!({"body_type": "binary", "binary": "{ base64: 'AP8B', content_type: 'image/png' }"});
    let answer = called(&server, answering(bytes)).await;
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.bytes().await.unwrap().as_ref(), [0, 255, 1]);
    let answer = called(&server, answering(json!({"status": 204, "body_type": "none"}))).await;
    assert_eq!((answer.status(), answer.bytes().await.unwrap().len()), (StatusCode::NO_CONTENT, 0));
    server.stop().await;
}

#[tokio::test]
async fn headers_that_harm_and_odd_statuses_are_refused_and_the_output_stands_in_for_no_answer() {
    let server = support::server().await;
    for (parameters, words) in [
        (json!({"headers": {"Set-Cookie": "a=b"}}), "failed"),
        (json!({"headers": {"X-Frame-Options": "ALLOWALL"}}), "failed"),
        (json!({"status": "{{ input.id * 100 + 0.5 }}"}), "failed"),
    ] {
        let mut workflow = answering(parameters);
        workflow.nodes.truncate(2);
        workflow.edges.truncate(1);
        let answer = called(&server, workflow).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.text().await.unwrap().contains(words));
    }
    let mut silent = answering(json!({}));
    silent.nodes[1] = node("answer", Kind::Condition, json!({"if": "true"}));
    silent.nodes[2] = node("later", Kind::RespondToWebhook, json!({}));
    silent.edges[1] = Edge::from_port("answer", "false", "later");
    assert_eq!(called(&server, silent).await.status(), StatusCode::OK);
    server.stop().await;
}

#[test]
fn a_webhook_that_waits_for_an_answer_needs_a_node_that_gives_one() {
    let mut workflow = answering(json!({}));
    let is_told = |workflow: &Workflow| workflow.problems().iter().any(|p| p.field.as_deref() == Some("respond"));
    assert!(!is_told(&workflow));
    workflow.nodes[1].kind = Kind::NoOp;
    assert!(is_told(&workflow));
}
