//! Why a task does not run: the limit that holds it up and who holds that, over REST and on the command line.

use flowpilot::domain::{
    id::ExecutionId,
    limit::{Breaker, Concurrency, ConcurrencyPolicy, Rate, TaskConcurrency, TaskLimits},
    retry::RetryPolicy,
    task::Kind,
    workflow::{Edge, Node, Point, Settings, Workflow},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Gate;
use crate::{
    support::{self, TestServer},
    trigger_desk::Desk,
};

/// start → call, which calls the gate under these limits.
fn calling(gate: &Gate, limits: TaskLimits, settings: Settings) -> Workflow {
    let start = Node::new("start".into(), "Start", Kind::Manual, Point::default());
    let call = Node { limits, retry: RetryPolicy::NONE, ..gate.call("call") };
    let edges = vec![Edge::between("start", "call")];
    Workflow { name: "Calling".to_owned(), nodes: vec![start, call], edges, settings, ..Workflow::default() }
}

async fn start(server: &TestServer, workflow: &str) -> String {
    let answer =
        server.call(Method::POST, "/api/v1/executions").json(&json!({ "workflow_id": workflow })).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn publish(server: &TestServer, workflow: Workflow) -> String {
    Desk::of(server).publish(workflow).await.to_string()
}

async fn why(server: &TestServer, execution: &str) -> Value {
    let path = format!("/api/v1/executions/{execution}/nodes/call/why");
    let answer = server.call(Method::GET, &path).send().await.unwrap();
    let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// The first reason, once it is this one.
async fn reason(server: &TestServer, execution: &str, because: &str) -> Value {
    let found = async || why(server, execution).await["reasons"][0].clone();
    let reached = Desk::of(server).until(async || found().await["because"] == because).await;
    let reason = found().await;
    assert!(reached.is_ok(), "{reason}");
    reason
}

#[tokio::test]
async fn a_task_names_the_key_and_who_holds_it() {
    let (server, gate) = (support::server().await, Gate::open().await);
    let concurrency = Some(TaskConcurrency { key: "crm".to_owned(), limit: 1 });
    let limits = TaskLimits { concurrency, ..TaskLimits::default() };
    let workflow = publish(&server, calling(&gate, limits, Settings::default())).await;
    let first = start(&server, &workflow).await;
    let call = gate.next().await;
    let second = start(&server, &workflow).await;
    let reason = reason(&server, &second, "key").await;
    assert_eq!((&reason["key"], &reason["holders"][0]["execution"]), (&json!("crm"), &json!(first)));
    assert_eq!(reason["holders"][0]["run"], "call");
    assert_eq!(
        reason["sentence"],
        "It waits for the concurrency key “crm”, of which 1 may run. 1 hold it, and 0 wait before this one."
    );
    assert_eq!(why(&server, &first).await["reasons"][0]["because"], "runs");
    assert!(call.is_of(first.parse::<ExecutionId>().unwrap()));
}

#[tokio::test]
async fn a_queued_execution_names_its_key_for_all_its_tasks() {
    let (server, gate) = (support::server().await, Gate::open().await);
    let concurrency = Some(Concurrency { key: String::new(), limit: 1, policy: ConcurrencyPolicy::Queue });
    let settings = Settings { concurrency, ..Settings::default() };
    let workflow = publish(&server, calling(&gate, TaskLimits::default(), settings)).await;
    let first = start(&server, &workflow).await;
    let _call = gate.next().await;
    let second = start(&server, &workflow).await;
    // It is queued a moment before it stands in the line.
    let found = async || why(&server, &second).await["reasons"][0].clone();
    Desk::of(&server).until(async || found().await["holders"][0].is_object()).await.expect("it stands in the line");
    let reason = found().await;
    assert_eq!(reason["because"], "queued");
    assert_eq!((&reason["holders"][0]["execution"], &reason["holders"][0]["run"]), (&json!(first), &Value::Null));
    assert_eq!(reason["before"], 0);
}

#[tokio::test]
async fn a_task_names_its_bucket_and_its_breaker_with_the_time() {
    let (server, gate) = (support::server().await, Gate::open().await);
    let rate = Some(Rate { key: "mail".to_owned(), per_second: 0.01, burst: 1 });
    let limits = TaskLimits { rate, ..TaskLimits::default() };
    let workflow = publish(&server, calling(&gate, limits, Settings::default())).await;
    start(&server, &workflow).await;
    gate.next().await.answer(200).await;
    let second = start(&server, &workflow).await;
    let bucket = reason(&server, &second, "rate").await;
    assert_eq!(bucket["key"], "mail");
    assert!(bucket["refills_at"].as_str().is_some_and(|at| at > chrono::Utc::now().to_rfc3339().as_str()), "{bucket}");

    let breaker = Some(Breaker { service: "crm".to_owned(), failures: 1, open_secs: 600 });
    let limits = TaskLimits { breaker, ..TaskLimits::default() };
    let workflow = publish(&server, calling(&gate, limits, Settings::default())).await;
    start(&server, &workflow).await;
    gate.next().await.answer(500).await;
    let listed = async || {
        let answer = server.call(Method::GET, "/api/v1/breakers").send().await.unwrap();
        answer.json::<Value>().await.unwrap()["breakers"][0].clone()
    };
    Desk::of(&server).until(async || listed().await["state"] == "open").await.expect("it opens");
    let third = start(&server, &workflow).await;
    let breaker = reason(&server, &third, "breaker").await;
    assert_eq!((&breaker["service"], &breaker["retry_at"]), (&json!("crm"), &listed().await["retry_at"]));
    let reset =
        server.call(Method::POST, "/api/v1/breakers/reset").json(&json!({ "service": "crm" })).send().await.unwrap();
    assert_eq!(reset.json::<Value>().await.unwrap(), json!({ "reset": true }));
    gate.next().await.answer(200).await;
}

#[tokio::test]
async fn a_task_names_the_slots_that_are_taken_and_the_priority_decides_who_is_next() {
    let (server, gate) = (support::server_on(support::database().await, &["--slots=1"]).await, Gate::open().await);
    let of = |priority: &str| {
        let priority = flowpilot::domain::limit::Priority::parse(priority).unwrap();
        calling(&gate, TaskLimits::default(), Settings { priority, ..Settings::default() })
    };
    let first = start(&server, &publish(&server, of("normal")).await).await;
    let call = gate.next().await;
    let low = start(&server, &publish(&server, of("low")).await).await;
    let waits = reason(&server, &low, "slot").await;
    assert_eq!((&waits["slots"], &waits["taken"], &waits["before"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!((&waits["holders"][0]["execution"], &waits["holders"][0]["run"]), (&json!(first), &json!("call")));
    let high = start(&server, &publish(&server, of("high")).await).await;
    reason(&server, &high, "slot").await;
    assert_eq!(why(&server, &low).await["reasons"][0]["before"], 1);
    call.answer(200).await;
    let call = gate.next().await;
    assert!(call.is_of(high.parse::<ExecutionId>().unwrap()), "the higher priority goes first");
    call.answer(200).await;
    let call = gate.next().await;
    assert!(call.is_of(low.parse::<ExecutionId>().unwrap()));
    call.answer(200).await;
}

#[tokio::test]
async fn what_is_asked_of_a_task_that_is_none_is_refused() {
    let (server, gate) = (support::server().await, Gate::open().await);
    let workflow = publish(&server, calling(&gate, TaskLimits::default(), Settings::default())).await;
    let execution = start(&server, &workflow).await;
    let _call = gate.next().await;
    for (node, status) in [("nobody", StatusCode::NOT_FOUND), ("call%5Bx%5D", StatusCode::UNPROCESSABLE_ENTITY)] {
        let path = format!("/api/v1/executions/{execution}/nodes/{node}/why");
        assert_eq!(server.call(Method::GET, &path).send().await.unwrap().status(), status, "{node}");
    }
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_flowpilot"));
    command.args(["execution", "why", &execution, "call"]);
    command.env("FLOWPILOT_URL", &server.url).env("FLOWPILOT_TOKEN", &server.owner.token);
    let told = command.output().await.unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.starts_with("call is running.\n  It runs: attempt 1 began at "), "{told}");
}
