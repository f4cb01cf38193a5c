//! Three broken builds, each of which the suite has to find out. `CHAOS_BROKEN` says how many of them run.

use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::task::JoinSet;

use super::{
    CALLERS, LONG_STOP, Scene,
    fleet::{Faults, Fleet, until},
    ledger::Ledger,
    load::Load,
    times,
    verdict::{self, Counts},
};

#[tokio::test(flavor = "multi_thread")]
async fn broken_builds_are_found_out() {
    let how_many = times("CHAOS_BROKEN", 1);
    if how_many > 0 {
        let counts = answers_before_the_commit().await;
        assert!(counts.lost > 0, "an answer before the commit went unnoticed: {counts:?}");
    }
    if how_many > 1 {
        let counts = letters_leave_before_they_count().await;
        assert!(counts.lost > 0, "a lost letter went unnoticed: {counts:?}");
    }
    if how_many > 2 {
        let counts = no_fence().await;
        assert!(counts.lost > 0, "a missing fence went unnoticed: {counts:?}");
    }
}

fn broken(setting: &'static str) -> Faults {
    Faults { setting: Some(setting), point: None }
}

/// A kill between answer and commit: the callers believe in executions that never were.
async fn answers_before_the_commit() -> Counts {
    let mut scene = Scene::set(0).await;
    scene.fleet.join(broken("answer_first,before_commit=pause:100")).await;
    let load = Load::begin(&scene.target, &scene.ledger, CALLERS);
    accepted(&scene.ledger, 30).await;
    scene.fleet.kill_9(0);
    load.break_off().await;
    scene.fleet.restart(0, Faults::default()).await;
    conclude(scene.fleet, &scene.ledger, "broken_answer_first").await
}

/// Whoever takes the letter out dies with it in its hand.
async fn letters_leave_before_they_count() -> Counts {
    let mut scene = Scene::set(0).await;
    scene.fleet.join(broken("letters_first,letter_delivered=pause:5000")).await;
    let execution = scene.target.start_sleeper("sleeper").await;
    scene.ledger.accept("sleeper".into(), execution);
    let pool = scene.fleet.pool.clone();
    until("it sleeps", Duration::from_secs(10), async || sleepers(&pool).await == Some(1)).await;
    scene.target.cancel(execution).await;
    scene.ledger.cancel(execution);
    until("the letter is taken out", Duration::from_secs(5), async || letters(&pool).await == Some(0)).await;
    scene.fleet.kill_9(0);
    scene.fleet.restart(0, Faults::default()).await;
    conclude(scene.fleet, &scene.ledger, "broken_letters_first").await
}

/// A stopped replica goes on under its forgotten name: what it accepts then belongs to nobody once it dies.
async fn no_fence() -> Counts {
    let mut scene = Scene::set(0).await;
    for _ in 0..2 {
        scene.fleet.join(broken("no_fence")).await;
    }
    let pool = scene.fleet.pool.clone();
    scene.fleet.signal(0, Signal::SIGSTOP);
    tokio::time::sleep(LONG_STOP).await;
    until("it is forgotten", Duration::from_secs(20), async || replicas(&pool).await == Some(1)).await;
    scene.fleet.signal(0, Signal::SIGCONT);
    scene.fleet.only(0);
    let mut calls = JoinSet::new();
    for n in 0..10 {
        let (target, ledger) = (scene.target.clone(), scene.ledger.clone());
        calls.spawn(async move {
            let key = format!("call-{n}");
            let execution = target.start(4 * n + 3, &key).await;
            ledger.accept(key, execution);
        });
    }
    calls.join_all().await;
    scene.fleet.kill_9(0);
    scene.fleet.restart(0, Faults::default()).await;
    conclude(scene.fleet, &scene.ledger, "broken_no_fence").await
}

async fn accepted(ledger: &Ledger, count: usize) {
    until("executions are accepted", Duration::from_secs(30), async || ledger.accepted().len() >= count).await;
}

async fn sleepers(pool: &sqlx::PgPool) -> Option<i64> {
    sqlx::query_scalar("select count(*) from executions where replica_id is null").fetch_one(pool).await.ok()
}

async fn letters(pool: &sqlx::PgPool) -> Option<i64> {
    sqlx::query_scalar("select count(*) from inbox").fetch_one(pool).await.ok()
}

async fn replicas(pool: &sqlx::PgPool) -> Option<i64> {
    sqlx::query_scalar("select count(*) from replicas where host <> ''").fetch_one(pool).await.ok()
}

/// Gives adoption its time; what is not over by then is lost.
async fn conclude(fleet: Fleet, ledger: &Ledger, kind: &str) -> Counts {
    let pool = fleet.pool.clone();
    verdict::settle(&pool, Duration::from_secs(15)).await;
    let counts = Counts { cycles: 1, ..verdict::judge(&pool, ledger).await };
    counts.report(kind);
    fleet.disband().await;
    counts
}
