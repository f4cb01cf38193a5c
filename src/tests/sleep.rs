//! Executions that only wait leave memory: they cost rows, and a timer or a letter brings them back, once.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use flowpilot::{
    domain::{
        event::{Change, Release},
        execution::ExecutionStatus,
        id::{ExecutionId, ReplicaId},
        task::Kind,
        workflow::Edge,
    },
    server::{
        engine::{Engine, Settings},
        store::{inbox, journal, replicas},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stand::{Bench, chain, node, three_transforms, waiting};

/// Starts so many executions and waits until none is in memory any more.
async fn asleep(bench: &Bench, engine: &Engine, count: usize) -> Vec<ExecutionId> {
    let mut executions = Vec::new();
    for _ in 0..count {
        executions.push(engine.start(bench.start(Value::Null)).await.expect("accepted"));
    }
    until_asleep(bench, engine, &executions).await;
    executions
}

async fn until_asleep(bench: &Bench, engine: &Engine, executions: &[ExecutionId]) {
    let mut watch = engine.watch(executions[0]);
    for _ in 0..30 {
        if engine.live() == 0 && sleeping(bench).await == executions.len() as i64 {
            return;
        }
        watch.changed().await;
    }
    panic!("{} executions stay in memory", engine.live());
}

async fn sleeping(bench: &Bench) -> i64 {
    let count = sqlx::query_scalar("select count(*) from executions where replica_id is null");
    count.fetch_one(bench.pool()).await.expect("readable")
}

async fn timers(bench: &Bench) -> i64 {
    sqlx::query_scalar("select count(*) from timers").fetch_one(bench.pool()).await.expect("readable")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_leaves_memory_and_is_back_in_time_on_one_replica() {
    const SECONDS: i64 = 7;
    let bench = Bench::with(waiting(SECONDS as u32)).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let executions = asleep(&bench, &one, 40).await;
    assert_eq!(timers(&bench).await, 40);
    for execution in executions {
        let state = bench.finish(&two, execution).await;
        assert_eq!(state.status, ExecutionStatus::Succeeded);
        let waited = state.finished_at.expect("over") - state.started_at.expect("begun");
        assert!(waited >= TimeDelta::seconds(SECONDS) && waited < TimeDelta::seconds(SECONDS + 1), "{waited}");
        assert_eq!(state.run(&"wait".into()).map(|run| run.attempts.len()), Some(1), "nothing was tried twice");
    }
    assert_eq!(timers(&bench).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_adopts_what_sleeps_and_a_letter_wakes_it_anywhere() {
    let bench = Bench::with(waiting(3_600)).await;
    let gone = bench.engine().await;
    let executions = asleep(&bench, &gone, 10).await;
    gone.stop(Duration::from_secs(1)).await;
    // A letter that comes while nobody is there.
    let letter = r#"{"type":"cancel","by":"ada@example.com"}"#;
    inbox::put(bench.pool(), executions[0], letter).await.expect("it is kept");
    let (one, two) = (bench.engine().await, bench.engine().await);
    assert_eq!(bench.finish(&one, executions[0]).await.status, ExecutionStatus::Cancelled);
    assert_eq!((one.live(), two.live(), sleeping(&bench).await), (0, 0, 9));
    // Several letters for one execution, on two replicas that could both take it.
    let cancel = |engine: &Engine, by: &'static str| {
        let (engine, workspace, execution) = (engine.clone(), bench.workspace, executions[1]);
        tokio::spawn(async move { engine.cancel(workspace, execution, by).await })
    };
    for cancelled in [cancel(&one, "one"), cancel(&two, "two"), cancel(&one, "three")] {
        // The last may find it over.
        let _ = cancelled.await.expect("it does not panic");
    }
    assert_eq!(bench.finish(&two, executions[1]).await.status, ExecutionStatus::Cancelled);
    let events = journal::all(bench.pool(), executions[1]).await.expect("readable");
    let asked = events.iter().filter(|event| matches!(event.change, Change::CancelRequested { .. })).count();
    assert_eq!(asked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_breakpoint_holds_sleeps_and_its_release_wakes_it_elsewhere() {
    let bench = Bench::with(three_transforms()).await;
    let first = bench.engine().await;
    let mut start = bench.start(json!({ "n": 1 }));
    start.cause.breakpoints = vec![Edge::between("a", "b")];
    let execution = first.start(start).await.expect("accepted");
    until_asleep(&bench, &first, &[execution]).await;
    first.stop(Duration::from_secs(1)).await;
    let second = bench.engine().await;
    let release = Release { by: "ada@example.com".to_owned(), payload: Some(json!({ "n": 5 })), step: false };
    second.release(bench.workspace, execution, "b".into(), release).await.expect("it is told");
    let state = bench.finish(&second, execution).await;
    assert_eq!(
        (state.status, state.output),
        (ExecutionStatus::Succeeded, Some(json!(52))),
        "5 × 10 and what a handed on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_execution_that_was_adopted_falls_asleep_again() {
    let bench = Bench::with(waiting(3_600)).await;
    let first = bench.engine().await;
    let executions = asleep(&bench, &first, 3).await;
    first.stop(Duration::from_secs(1)).await;
    // As if their replica had died before they slept.
    let dead = ReplicaId(Uuid::now_v7());
    replicas::register(bench.pool(), dead, 1, "test").await.expect("registered");
    sqlx::query("with t as (delete from timers) update executions set replica_id = $1")
        .bind(dead.0)
        .execute(bench.pool())
        .await
        .expect("they can be given away");
    replicas::step_down(bench.pool(), dead).await.expect("it retires");
    let second = bench.engine().await;
    let mut watch = second.watch(executions[0]);
    while second.live() < executions.len() {
        watch.changed().await;
    }
    until_asleep(&bench, &second, &executions).await;
    assert_eq!(timers(&bench).await, 3);
    let (due,): (bool,) = sqlx::query_as("select bool_and(due_at > now() + interval '3500 seconds') from timers")
        .fetch_one(bench.pool())
        .await
        .expect("readable");
    assert!(due, "their time is the same as before, {}", Utc::now());
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_takes_so_many_and_those_that_sleep_do_not_count() {
    // Of seven, one workspace gets five.
    let settings = Settings { max_live: 7, ..Settings::default() };
    let bench = Bench::with(waiting(3)).await;
    let engine = bench.engine_set(64, settings.clone()).await;
    let mut refused = 0;
    for _ in 0..8 {
        refused += usize::from(engine.start(bench.start(Value::Null)).await.is_err());
    }
    assert_eq!((engine.live(), refused), (5, 3), "what waits shortly stays in memory, and memory is full");
    let bench = Bench::with(waiting(3_600)).await;
    let engine = bench.engine_set(64, settings).await;
    for round in 1..=4 {
        asleep_more(&bench, &engine, 5, round * 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_timers_of_one_moment_are_digested_in_little_memory_each_once() {
    const COUNT: usize = 300;
    const MEMORY: usize = 30;
    let moment = Utc::now() + TimeDelta::seconds(25);
    let nodes = vec![
        node("wait", Kind::WaitUntil, json!({ "at": moment.to_rfc3339() })),
        node("after", Kind::Transform, json!({ "output": "1" })),
    ];
    let bench = Bench::with(chain(nodes)).await;
    let writer = bench.engine().await;
    asleep(&bench, &writer, COUNT).await;
    writer.stop(Duration::from_secs(1)).await;
    let settings = Settings { max_live: MEMORY, ..Settings::default() };
    let engines = [bench.engine_set(8, settings.clone()).await, bench.engine_set(8, settings).await];
    let mut most = 0;
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    let is_over = "select count(*) = 0 from executions where finished_at is null";
    while !sqlx::query_scalar::<_, bool>(is_over).fetch_one(bench.pool()).await.expect("readable") {
        looks.tick().await;
        most = engines.iter().map(Engine::live).fold(most, usize::max);
    }
    // What is read from the database is not in memory yet when the next look counts.
    assert!(most > 0 && most <= 2 * MEMORY, "{most} in memory at once");
    let attempts: Vec<(i64, i64)> = sqlx::query_as(
        "select count(*), count(distinct execution_id) from journal, json_array_elements(body::json) change
         where change ->> 'type' = 'attempt_started' and change ->> 'node' = 'after'",
    )
    .fetch_all(bench.pool())
    .await
    .expect("readable");
    assert_eq!(attempts, [(COUNT as i64, COUNT as i64)], "each once");
}

async fn asleep_more(bench: &Bench, engine: &Engine, count: usize, total: i64) {
    let mut watch = None;
    for _ in 0..count {
        let execution = engine.start(bench.start(Value::Null)).await.expect("there is room");
        watch = Some(engine.watch(execution));
    }
    let mut watch = watch.expect("at least one");
    while sleeping(bench).await < total || engine.live() > 0 {
        watch.changed().await;
    }
}
