//! Concurrency keys of executions and tasks, over two replicas.

use std::time::Duration;

use flowpilot::domain::{
    execution::ExecutionStatus,
    limit::{ConcurrencyPolicy, TaskConcurrency},
};
use serde_json::json;

use super::{Gate, keyed, start, until, until_queued};
use crate::{
    engine::{Bench, chain},
    offers,
};

#[tokio::test]
async fn executions_with_one_key_run_one_after_the_other_whichever_replica_started_them() {
    let gate = Gate::open().await;
    let bench = Bench::with(keyed(&gate, "{{ input.customer }}", 1, ConcurrencyPolicy::Queue)).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let first = start(&bench, &one, json!({ "customer": 7 })).await;
    let call = gate.next().await;
    let second = start(&bench, &two, json!({ "customer": 7 })).await;
    until_queued(&bench, &two, second).await;
    let other = start(&bench, &one, json!({ "customer": 8 })).await;
    let other_call = gate.next().await;
    assert!(call.is_of(first) && other_call.is_of(other), "another key is another line");
    assert!(gate.is_quiet(500).await, "the key is taken");
    assert_eq!(bench.state(second).await.status, ExecutionStatus::Queued);
    call.answer(200).await;
    let call = gate.next().await;
    assert!(call.is_of(second), "the key went over to the other replica");
    call.answer(200).await;
    other_call.answer(200).await;
    for execution in [first, second, other] {
        assert_eq!(bench.finish(&one, execution).await.status, ExecutionStatus::Succeeded);
    }
}

#[tokio::test]
async fn a_start_that_may_not_wait_is_skipped() {
    let gate = Gate::open().await;
    let bench = Bench::with(keyed(&gate, "", 1, ConcurrencyPolicy::Skip)).await;
    let engine = bench.engine().await;
    let first = start(&bench, &engine, json!(1)).await;
    let call = gate.next().await;
    let second = start(&bench, &engine, json!(2)).await;
    let state = bench.finish(&engine, second).await;
    assert_eq!(state.status, ExecutionStatus::Cancelled);
    assert!(state.error.is_some_and(|error| error.starts_with("Skipped: another execution")));
    assert!(state.task_runs.is_empty());
    call.answer(200).await;
    assert_eq!(bench.finish(&engine, first).await.status, ExecutionStatus::Succeeded);
    for number in 3..13 {
        let later = start(&bench, &engine, json!(number)).await;
        let call = gate.next().await;
        assert!(call.is_of(later), "the key is free as soon as the execution before is over");
        call.answer(200).await;
        assert_eq!(bench.finish(&engine, later).await.status, ExecutionStatus::Succeeded);
    }
}

#[tokio::test]
async fn a_start_on_another_replica_is_not_skipped_for_one_that_is_over() {
    let gate = Gate::open().await;
    let bench = Bench::with(keyed(&gate, "", 1, ConcurrencyPolicy::Skip)).await;
    let engine = bench.engine().await;
    let first = start(&bench, &engine, json!(1)).await;
    gate.next().await.answer(200).await;
    assert_eq!(bench.finish(&engine, first).await.status, ExecutionStatus::Succeeded);
    // Its replica has not come to free the key yet.
    sqlx::query("delete from holds").execute(bench.pool()).await.expect("writable");
    sqlx::query(
        "insert into holds (workspace_id, scope, key, most, execution_id, run, attempt, held_since)
         values ($1, $2, '', 1, $3, '', 0, now())",
    )
    .bind(bench.workspace.0)
    .bind(format!("workflow:{}", bench.workflow))
    .bind(first.0)
    .execute(bench.pool())
    .await
    .expect("writable");
    let second = start(&bench, &engine, json!(2)).await;
    let call = gate.next().await;
    assert!(call.is_of(second));
    call.answer(200).await;
    assert_eq!(bench.finish(&engine, second).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn a_later_start_takes_the_place_of_the_oldest_or_of_the_newest() {
    for (policy, cancelled) in [(ConcurrencyPolicy::CancelOldest, 0), (ConcurrencyPolicy::CancelNewest, 1)] {
        let gate = Gate::open().await;
        let bench = Bench::with(keyed(&gate, "", 2, policy)).await;
        let (one, two) = (bench.engine().await, bench.engine().await);
        let mut running = Vec::new();
        let mut calls = Vec::new();
        for engine in [&one, &two] {
            running.push(start(&bench, engine, json!(1)).await);
            calls.push(gate.next().await);
        }
        let third = start(&bench, &one, json!(3)).await;
        let call = gate.next().await;
        assert!(call.is_of(third));
        let state = bench.finish(&one, running[cancelled]).await;
        assert_eq!(state.status, ExecutionStatus::Cancelled, "{policy:?}");
        assert!(state.cancelled_by.is_some_and(|by| by == "a later start of this workflow"));
        let kept = running[1 - cancelled];
        assert_eq!(bench.state(kept).await.status, ExecutionStatus::Running);
    }
}

#[tokio::test]
async fn a_cancelled_start_leaves_the_line() {
    let gate = Gate::open().await;
    let bench = Bench::with(keyed(&gate, "", 1, ConcurrencyPolicy::Queue)).await;
    let engine = bench.engine().await;
    let first = start(&bench, &engine, json!(1)).await;
    let call = gate.next().await;
    let second = start(&bench, &engine, json!(2)).await;
    until_queued(&bench, &engine, second).await;
    let third = start(&bench, &engine, json!(3)).await;
    until_queued(&bench, &engine, third).await;
    engine.cancel(bench.workspace, second, "ada@example.com").await.expect("it waits");
    assert_eq!(bench.finish(&engine, second).await.status, ExecutionStatus::Cancelled);
    call.answer(200).await;
    let call = gate.next().await;
    assert!(call.is_of(third));
    call.answer(200).await;
    for execution in [first, third] {
        assert_eq!(bench.finish(&engine, execution).await.status, ExecutionStatus::Succeeded);
    }
}

#[tokio::test]
async fn what_waits_for_its_key_goes_on_after_its_replica_stopped() {
    let gate = Gate::open().await;
    let bench = Bench::with(keyed(&gate, "", 1, ConcurrencyPolicy::Queue)).await;
    let leaving = bench.engine().await;
    start(&bench, &leaving, json!(1)).await;
    let call = gate.next().await;
    let second = start(&bench, &leaving, json!(2)).await;
    until_queued(&bench, &leaving, second).await;
    let staying = bench.engine().await;
    leaving.stop(Duration::from_millis(10)).await;
    drop(call);
    // The first is made again by the other replica, still before the second.
    let again = gate.next().await;
    assert!(!again.is_of(second));
    again.answer(200).await;
    let call = gate.next().await;
    assert!(call.is_of(second));
    call.answer(200).await;
    assert_eq!(bench.finish(&staying, second).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn tasks_with_one_key_run_one_after_the_other_over_workflows_and_replicas() {
    let gate = Gate::open().await;
    let with_key = || {
        let mut call = gate.call("call");
        call.limits.concurrency = Some(TaskConcurrency { key: "crm".to_owned(), limit: 1 });
        chain(vec![call])
    };
    let bench = Bench::with(with_key()).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let mut executions = Vec::new();
    for number in 0..6 {
        executions.push(start(&bench, if number % 2 == 0 { &one } else { &two }, json!(number)).await);
    }
    for _ in 0..6 {
        let call = gate.next().await;
        assert!(gate.is_quiet(100).await, "one at a time");
        call.answer(200).await;
    }
    for execution in executions {
        assert_eq!(bench.finish(&one, execution).await.status, ExecutionStatus::Succeeded);
    }
}

#[tokio::test]
async fn the_key_of_a_task_is_free_when_its_replica_is_gone() {
    let gate = Gate::open().await;
    let mut call = gate.call("call");
    call.limits.concurrency = Some(TaskConcurrency { key: String::new(), limit: 1 });
    let bench = Bench::with(chain(vec![call])).await;
    let silent = bench.engine().await;
    let first = start(&bench, &silent, json!(1)).await;
    let held = gate.next().await;
    // As if it had died: nobody frees the key for it.
    let (other, dead) = (bench.engine().await, uuid::Uuid::now_v7());
    sqlx::query("update holds set replica_id = $1, execution_id = $1")
        .bind(dead)
        .execute(bench.pool())
        .await
        .expect("held");
    let second = start(&bench, &other, json!(2)).await;
    let call = gate.next().await;
    assert!(call.is_of(second));
    call.answer(200).await;
    assert_eq!(bench.finish(&other, second).await.status, ExecutionStatus::Succeeded);
    held.answer(200).await;
    until(&bench, &silent, first, |change| matches!(change, flowpilot::domain::event::Change::Finished { .. })).await;
    let left: i64 = sqlx::query_scalar("select count(*) from holds").fetch_one(bench.pool()).await.expect("readable");
    assert!(left <= 1, "the last one is leaving");
}

#[tokio::test]
async fn a_worker_without_lanes_hands_on_the_key_of_an_execution_that_is_gone() {
    let gate = Gate::open().await;
    let bench = Bench::with(keyed(&gate, "", 1, ConcurrencyPolicy::Queue)).await;
    sqlx::query(
        "insert into holds (workspace_id, scope, key, most, execution_id, held_since)
         values ($1, 'workflow:' || $2::text, '', 1, $3, now())",
    )
    .bind(bench.workspace.0)
    .bind(bench.workflow.0)
    .bind(uuid::Uuid::now_v7())
    .execute(bench.pool())
    .await
    .expect("held by nobody");
    let leaving = bench.engine().await;
    let execution = start(&bench, &leaving, json!(1)).await;
    until_queued(&bench, &leaving, execution).await;
    offers::until(&bench, "select count(*) = 2 from holds").await;
    leaving.stop(Duration::from_millis(10)).await;
    sqlx::query("update holds set held_since = held_since - interval '1 hour'")
        .execute(bench.pool())
        .await
        .expect("set");
    let worker = offers::worker(&bench).await;
    offers::until(&bench, "select exists (select from inbox where body like '%admitted%')").await;
    let staying = bench.engine().await;
    let call = gate.next().await;
    assert!(call.is_of(execution));
    call.answer(200).await;
    assert_eq!(bench.finish(&staying, execution).await.status, ExecutionStatus::Succeeded);
    worker.stop(Duration::from_secs(1)).await;
}
