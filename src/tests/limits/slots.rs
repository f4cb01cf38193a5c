//! Slots: nobody takes them all.

use flowpilot::{
    domain::{execution::ExecutionStatus, limit::Priority, retry::RetryPolicy, task::Kind},
    server::engine::Start,
};
use serde_json::{Value, json};

use crate::engine::{Bench, chain, node, three_transforms};

#[tokio::test]
async fn a_workspace_whose_tasks_hang_leaves_slots_to_the_others() {
    // Accepts connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", silent.local_addr().expect("bound"));
    let mut hang = node("hang", Kind::HttpRequest, json!({ "method": "GET", "url": url }));
    (hang.timeout_secs, hang.retry) = (3_600, RetryPolicy::NONE);
    let poison = Bench::with(chain(vec![hang])).await;
    let engine = poison.engine_with(5).await;
    for _ in 0..50 {
        engine.start(poison.start(Value::Null)).await.expect("accepted");
    }
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(silent.accept().await.expect("four of five slots are its"));
    }
    let other = poison.neighbour(three_transforms()).await;
    for n in 0..20 {
        let execution = engine.start(other.start(json!({ "n": n }))).await.expect("accepted");
        assert_eq!(other.finish(&engine, execution).await.status, ExecutionStatus::Succeeded);
    }
    let fifth = tokio::time::timeout(std::time::Duration::from_millis(200), silent.accept()).await;
    assert!(fifth.is_err(), "the last slot is for others");
}

#[tokio::test]
async fn the_priority_of_a_start_stays_with_its_execution() {
    let bench = Bench::with(three_transforms()).await;
    let engine = bench.engine().await;
    let mut start = bench.start(json!({ "n": 1 }));
    start.cause.priority = Some(Priority::High);
    let execution = engine.start(Start { idempotency_key: None, ..start }).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.cause.and_then(|cause| cause.priority), Some(Priority::High));
}
