//! Why a task does not run, asked on a replica that has nothing to do with it: the answer is the same as on the one that
//! has it in hand.

use std::time::{Duration, Instant};

use flowpilot::{
    domain::{
        explain::{self, Reason},
        id::ExecutionId,
        limit::{Breaker, Rate, TaskConcurrency, TaskLimits},
        retry::RetryPolicy,
        workflow::Node,
    },
    server::engine::{Engine, Settings},
};
use serde_json::{Value, json};

use super::{Gate, start};
use crate::{
    engine::{Bench, chain},
    offers,
};

async fn why(bench: &Bench, engine: &Engine, execution: ExecutionId) -> Vec<Reason> {
    let (state, task) = (bench.state(execution).await, &bench.definition.nodes[0]);
    let why = explain::why(&bench.definition, &state, task, &task.id.clone().into());
    engine.explain(bench.workspace, execution, task, why).await.expect("it can be explained").reasons
}

/// What both say once the owner names this reason first.
async fn same_on_both(bench: &Bench, owner: &Engine, other: &Engine, execution: ExecutionId, because: &str) -> Value {
    let limit = Instant::now() + Duration::from_secs(20);
    let mut watch = owner.watch(execution);
    loop {
        let (here, there) = (why(bench, owner, execution).await, why(bench, other, execution).await);
        let first = json!(here.first());
        if first["because"] == because && here == there {
            return first;
        }
        assert!(Instant::now() < limit, "{because}: {here:?} on its replica, {there:?} on another");
        watch.changed().await;
    }
}

/// A workflow of one call to the gate.
async fn calling(gate: &Gate, change: impl FnOnce(&mut Node)) -> Bench {
    let mut call = Node { retry: RetryPolicy::NONE, ..gate.call("call") };
    change(&mut call);
    Bench::with(chain(vec![call])).await
}

#[tokio::test]
async fn the_slots_of_another_replica_are_named_and_what_runs_there_runs() {
    let gate = Gate::open().await;
    let bench = calling(&gate, |_| {}).await;
    let (owner, other) = (bench.engine_with(1).await, bench.engine().await);
    let first = start(&bench, &owner, Value::Null).await;
    let _call = gate.next().await;
    same_on_both(&bench, &owner, &other, first, "runs").await;
    let second = start(&bench, &owner, Value::Null).await;
    let slot = same_on_both(&bench, &owner, &other, second, "slot").await;
    assert_eq!((&slot["slots"], &slot["holders"][0]["execution"]), (&json!(1), &json!(first)));
}

#[tokio::test]
async fn buckets_breakers_and_keys_are_named_from_afar_though_every_notice_is_dropped() {
    let deaf = || Settings { drop_notices: true, ..Settings::default() };
    let gate = Gate::open().await;
    let limits = |limits: TaskLimits| move |call: &mut Node| call.limits = limits;

    let rate = Some(Rate { key: "mail".to_owned(), per_second: 0.01, burst: 1 });
    let bench = calling(&gate, limits(TaskLimits { rate, ..TaskLimits::default() })).await;
    let (owner, other) = (bench.engine_set(8, deaf()).await, bench.engine_set(8, deaf()).await);
    start(&bench, &owner, Value::Null).await;
    gate.next().await.answer(200).await;
    let second = start(&bench, &owner, Value::Null).await;
    let limit = Instant::now() + Duration::from_secs(20);
    // The time of the next token moves by a millisecond with each look.
    while json!(why(&bench, &other, second).await)[0]["because"] != "rate" {
        assert!(Instant::now() < limit, "the bucket is not named");
    }

    let breaker = Some(Breaker { service: "crm".to_owned(), failures: 1, open_secs: 600 });
    let bench = calling(&gate, limits(TaskLimits { breaker, ..TaskLimits::default() })).await;
    let (owner, other) = (bench.engine_set(8, deaf()).await, bench.engine_set(8, deaf()).await);
    let failed = start(&bench, &owner, Value::Null).await;
    gate.next().await.answer(500).await;
    bench.finish(&owner, failed).await;
    let held_up = start(&bench, &owner, Value::Null).await;
    assert_eq!(same_on_both(&bench, &owner, &other, held_up, "breaker").await["service"], "crm");

    let concurrency = Some(TaskConcurrency { key: "erp".to_owned(), limit: 1 });
    let bench = calling(&gate, limits(TaskLimits { concurrency, ..TaskLimits::default() })).await;
    let (owner, other) = (bench.engine_set(8, deaf()).await, bench.engine_set(8, deaf()).await);
    let first = start(&bench, &owner, Value::Null).await;
    let _call = gate.next().await;
    let second = start(&bench, &owner, Value::Null).await;
    let key = same_on_both(&bench, &owner, &other, second, "key").await;
    assert_eq!((&key["key"], &key["holders"][0]["execution"]), (&json!("erp"), &json!(first)));
}

#[tokio::test]
async fn what_a_worker_waits_for_is_named_by_every_replica() {
    let gate = Gate::open().await;
    let rate = Some(Rate { key: "mail".to_owned(), per_second: 0.01, burst: 1 });
    let bench = calling(&gate, |call| {
        (call.group, call.limits.rate, call.heartbeat_timeout_secs) = (Some("gpu".into()), rate, Some(600));
    })
    .await;
    let (owner, other) = (bench.engine().await, bench.engine().await);
    let first = start(&bench, &owner, Value::Null).await;
    let _worker = offers::worker(&bench).await;
    let _call = gate.next().await;
    let reasons = same_on_both(&bench, &owner, &other, first, "offered").await;
    assert!(reasons["sentence"].as_str().is_some_and(|it| it.starts_with("A worker of the group “gpu” makes it, on ")));
    assert!(json!(why(&bench, &other, first).await)[1]["because"] == "heartbeat", "with its last sign of life");
    let second = start(&bench, &owner, Value::Null).await;
    let limit = Instant::now() + Duration::from_secs(20);
    while json!(why(&bench, &other, second).await)[0]["because"] != "rate" {
        assert!(Instant::now() < limit, "the worker's bucket is not named");
    }
}

#[tokio::test]
async fn a_replica_that_does_not_answer_is_named() {
    let gate = Gate::open().await;
    let bench = calling(&gate, |_| {}).await;
    let (owner, other) = (bench.engine().await, bench.engine().await);
    let execution = start(&bench, &owner, Value::Null).await;
    let _call = gate.next().await;
    // As if it stood still: who is asked for is a replica that lives and does nothing.
    let dumb = uuid::Uuid::now_v7();
    sqlx::query(
        "with r as (insert into replicas (id, host) values ($1, 'dumb'))
         update executions set replica_id = $1",
    )
    .bind(dumb)
    .execute(bench.pool())
    .await
    .expect("given away");
    let reasons = why(&bench, &other, execution).await;
    let expected =
        format!("It is on replica {dumb} (dumb), which does not answer; if it died, another one takes over.");
    assert_eq!((reasons.len(), &reasons[0].sentence), (1, &expected));
    let left: i64 =
        sqlx::query_scalar("select count(*) from questions").fetch_one(bench.pool()).await.expect("readable");
    assert_eq!(left, 0, "the question is taken back");
    drop(owner);
}
