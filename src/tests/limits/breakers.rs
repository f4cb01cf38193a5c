//! Circuit breakers over two replicas: closed, open, half open.

use std::time::Duration;

use flowpilot::{
    domain::{
        breaker::BreakerState,
        execution::ExecutionStatus,
        limit::Breaker,
        retry::RetryPolicy,
        workflow::{Node, Workflow},
    },
    server::store::breakers,
};
use serde_json::json;

use super::{Gate, start};
use crate::engine::{Bench, chain};

fn with_breaker(gate: &Gate, failures: u32, open_secs: u32) -> Workflow {
    let mut call: Node = gate.call("call");
    call.limits.breaker = Some(Breaker { service: "crm".to_owned(), failures, open_secs });
    call.retry = RetryPolicy::NONE;
    chain(vec![call])
}

#[tokio::test]
async fn a_service_that_fails_is_left_alone_until_a_probe_finds_it_well() {
    let gate = Gate::open().await;
    let bench = Bench::with(with_breaker(&gate, 2, 2)).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    for engine in [&one, &two] {
        let execution = start(&bench, engine, json!(1)).await;
        gate.next().await.answer(500).await;
        assert_eq!(bench.finish(engine, execution).await.status, ExecutionStatus::Failed);
    }
    let summary = async || breakers::list(bench.pool(), bench.workspace).await.expect("readable");
    let open = summary().await;
    assert_eq!((open[0].service.as_str(), open[0].state, open[0].failures), ("crm", BreakerState::Open, 2));
    assert!(open[0].last_error.contains("500"), "{}", open[0].last_error);

    // Known to the replica that counted the last failure at once, to the other one within a second.
    let waiting = [start(&bench, &two, json!(2)).await, start(&bench, &two, json!(3)).await];
    assert!(gate.is_quiet(1_000).await, "nothing is attempted while it is open");
    let probe = gate.next().await;
    assert_eq!(summary().await[0].state, BreakerState::HalfOpen);
    assert!(gate.is_quiet(500).await, "one attempt probes");
    probe.answer(200).await;
    gate.next().await.answer(200).await;
    for execution in waiting {
        assert_eq!(bench.finish(&two, execution).await.status, ExecutionStatus::Succeeded);
    }
    assert_eq!(summary().await, []);
}

#[tokio::test]
async fn a_probe_that_fails_opens_the_breaker_again_and_a_reset_closes_it() {
    let gate = Gate::open().await;
    let bench = Bench::with(with_breaker(&gate, 1, 1)).await;
    let engine = bench.engine().await;
    for _ in 0..2 {
        let execution = start(&bench, &engine, json!(1)).await;
        gate.next().await.answer(503).await;
        bench.finish(&engine, execution).await;
    }
    let again = breakers::list(bench.pool(), bench.workspace).await.expect("readable");
    assert_eq!((again[0].state, again[0].failures), (BreakerState::Open, 2));
    sqlx::query("update breakers set open_secs = 3600").execute(bench.pool()).await.expect("set");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let execution = start(&bench, &engine, json!(1)).await;
    assert!(gate.is_quiet(1_200).await, "it stays open for an hour");
    assert!(engine.reset_breaker(bench.workspace, "crm").await.expect("written"));
    gate.next().await.answer(200).await;
    assert_eq!(bench.finish(&engine, execution).await.status, ExecutionStatus::Succeeded);
    assert!(!engine.reset_breaker(bench.workspace, "crm").await.expect("written"), "it is closed");
}

#[tokio::test]
async fn an_answer_that_blames_the_request_or_asks_for_patience_opens_nothing() {
    let gate = Gate::open().await;
    let mut workflow = with_breaker(&gate, 1, 60);
    workflow.nodes[0].limits = Default::default();
    let bench = Bench::with(workflow).await;
    let engine = bench.engine().await;
    for status in [404, 429] {
        let execution = start(&bench, &engine, json!(1)).await;
        gate.next().await.answer(status).await;
        bench.finish(&engine, execution).await;
    }
    assert_eq!(breakers::list(bench.pool(), bench.workspace).await.expect("readable"), []);
    let execution = start(&bench, &engine, json!(1)).await;
    gate.next().await.answer(500).await;
    bench.finish(&engine, execution).await;
    let counted = breakers::list(bench.pool(), bench.workspace).await.expect("readable");
    assert_eq!((counted[0].state, counted[0].failures), (BreakerState::Closed, 1));
    assert!(gate.url().contains(&counted[0].service), "by host without asking: {}", counted[0].service);
}
