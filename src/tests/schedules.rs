//! Schedules on the real clock and a real database: each time fires once, whoever fires it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use flowpilot::{
    domain::{
        event::Cause,
        id::{TriggerId, WorkflowId},
        task::Kind,
        trigger::FireOutcome,
    },
    server::{engine::Start, triggers::scheduler::Sweep},
};
use serde_json::{Value, json};

use crate::{
    kill::Program,
    support::{self, TestServer},
    trigger_desk::{Desk, far_from_now, with_trigger},
};

/// How many seconds the schedule of one second is watched.
const WATCHED: usize = 60;

async fn published(server: &TestServer, cron: &str) -> (WorkflowId, TriggerId) {
    let desk = Desk::of(server);
    let workflow = desk.publish(with_trigger(Kind::Schedule, json!({"cron": cron, "time_zone": "UTC"}))).await;
    (workflow, desk.triggers(workflow).await[0].id)
}

/// What is recorded of a schedule's times, oldest first: the time, whether it fired, and how many executions have
/// its key.
async fn recorded(server: &TestServer, trigger: TriggerId) -> Vec<(DateTime<Utc>, bool, i64)> {
    sqlx::query_as(
        "select f.scheduled_at, f.outcome = 'fired',
                (select count(*) from executions e
                 where e.idempotency_key = 'schedule:' || f.trigger_id || ':'
                     || to_char(f.scheduled_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))
         from trigger_fires f where f.trigger_id = $1 order by f.scheduled_at",
    )
    .bind(trigger.0)
    .fetch_all(&server.database.pool)
    .await
    .unwrap()
}

/// As if nobody had run since then.
async fn turn_back(server: &TestServer, trigger: TriggerId, next_at: DateTime<Utc>) {
    sqlx::query("update triggers set next_at = $2 where id = $1")
        .bind(trigger.0)
        .bind(next_at)
        .execute(&server.database.pool)
        .await
        .unwrap();
}

async fn is_ahead(server: &TestServer, trigger: TriggerId) -> bool {
    sqlx::query_scalar("select next_at > now() from triggers where id = $1")
        .bind(trigger.0)
        .fetch_one(&server.database.pool)
        .await
        .unwrap()
}

fn hourly() -> String {
    format!("0 {} * * * *", far_from_now().minute())
}

fn seconds_ago(seconds: i64) -> DateTime<Utc> {
    (Utc::now() - TimeDelta::seconds(seconds)).with_nanosecond(0).unwrap()
}

#[tokio::test]
async fn two_processes_fire_every_second_of_a_minute_once() {
    let server = support::server().await;
    let data_dir = server.app.config.database.data_dir().unwrap();
    let other = Program::start(&server.database.url, &data_dir).await;
    let (_, trigger) = published(&server, "* * * * * *").await;
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let all_there = async {
        while recorded(&server, trigger).await.len() < WATCHED {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(WATCHED as u64 + 20), all_there).await.expect("a time per second");

    let times = recorded(&server, trigger).await;
    assert!(times.iter().all(|(_, fired, executions)| *fired && *executions == 1), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1].0 - pair[0].0 == TimeDelta::seconds(1)), "{times:?}");
    other.ask_to_stop();
    other.stopped().await;
}

#[tokio::test]
async fn sweeps_at_the_same_time_fire_each_due_time_once() {
    let server = support::server().await;
    let (_, trigger) = published(&server, "* * * * * *").await;
    let from = seconds_ago(20);
    turn_back(&server, trigger, from).await;
    let sweep = || Sweep::new(server.database.pool.clone(), server.app.engine.clone());
    let sweeps: Vec<Sweep> = (0..4).map(|_| sweep()).collect();
    futures_util::future::try_join_all(sweeps.iter().map(Sweep::fire_due)).await.unwrap();
    Desk::of(&server).until(async || is_ahead(&server, trigger).await).await.expect("a next time");

    let times = recorded(&server, trigger).await;
    assert!(times.len() >= 20, "{times:?}");
    assert!(times.iter().all(|(_, fired, executions)| *fired && *executions == 1), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1].0 - pair[0].0 == TimeDelta::seconds(1)), "{times:?}");
}

#[tokio::test]
async fn a_start_that_a_crash_left_unrecorded_is_found_again() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, trigger) = published(&server, &hourly()).await;
    let at = far_from_now();
    // What a replica does before it dies between start and commit.
    let start = Start {
        workspace: server.owner.workspace,
        workflow,
        version: 1,
        definition: with_trigger(Kind::Schedule, json!({})).into(),
        idempotency_key: Some(format!("schedule:{trigger}:{}", at.format("%Y-%m-%dT%H:%M:%SZ"))),
        cause: Cause {
            trigger: Some("schedule".into()),
            via: "schedule".to_owned(),
            by: None,
            input: Value::Null,
            ..Cause::default()
        },
    };
    let started = server.app.engine.start(start).await.unwrap();
    turn_back(&server, trigger, at).await;
    desk.until(async || is_ahead(&server, trigger).await).await.expect("a next time");

    let fires = &desk.triggers(workflow).await[0].fires;
    assert_eq!(fires.len(), 1);
    assert_eq!(fires[0].scheduled_at, at);
    assert!(matches!(fires[0].outcome, FireOutcome::Fired { execution, .. } if execution == started));
    assert_eq!(desk.executions().await, 1);
}

#[tokio::test]
async fn after_a_long_absence_the_latest_time_fires_and_older_ones_count_as_missed() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (_, trigger) = published(&server, &hourly()).await;
    let latest = far_from_now();
    turn_back(&server, trigger, latest - TimeDelta::hours(4)).await;
    desk.until(async || is_ahead(&server, trigger).await).await.expect("a next time");
    let times = recorded(&server, trigger).await;
    assert_eq!(times.iter().map(|(_, fired, _)| *fired).collect::<Vec<_>>(), [false, false, false, false, true]);
    assert_eq!(times.last().map(|(at, ..)| *at), Some(latest));
    assert_eq!(desk.executions().await, 1);
}

#[tokio::test]
async fn an_execution_says_for_which_time_it_was_started() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, trigger) = published(&server, "* * * * * *").await;
    desk.until(async || !recorded(&server, trigger).await.is_empty()).await.expect("a fired time");
    let fires = &desk.triggers(workflow).await[0].fires;
    let first = fires.last().unwrap();
    let FireOutcome::Fired { execution, .. } = first.outcome else { panic!("{first:?}") };
    let journal = desk.journal(execution).await;
    let time = first.scheduled_at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert!(journal.contains(&format!("\"scheduled_at\":\"{time}\"")), "{journal}");
}

#[tokio::test]
async fn publishing_again_forgets_no_time_that_is_due() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, trigger) = published(&server, "0 0 9 1 1 *").await;
    let mut again = with_trigger(Kind::Schedule, json!({"cron": "0 0 9 1 1 *", "time_zone": "UTC"}));
    again.name = "Renamed".to_owned();
    desk.save(workflow, again).await;
    let due: DateTime<Utc> = "2026-01-01T09:00:00Z".parse().unwrap();
    let mut tx = server.database.pool.begin().await.unwrap();
    sqlx::query("update triggers set next_at = $2 where id = $1")
        .bind(trigger.0)
        .bind(due)
        .execute(&mut *tx)
        .await
        .unwrap();
    let definition = with_trigger(Kind::Schedule, json!({"cron": "0 0 9 1 1 *", "time_zone": "UTC"}));
    let (secrets, workspace) = (&server.app.secrets, server.owner.workspace);
    flowpilot::server::triggers::register(&mut tx, secrets, workspace, workflow, &definition, true).await.unwrap();
    let kept: DateTime<Utc> = sqlx::query_scalar("select next_at from triggers where id = $1")
        .bind(trigger.0)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(kept, due);
}

#[tokio::test]
async fn a_deleted_workflow_fires_no_more() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    let (workflow, trigger) = published(&server, "0 0 * * * *").await;
    desk.delete(workflow).await;
    turn_back(&server, trigger, seconds_ago(10)).await;
    Sweep::new(server.database.pool.clone(), server.app.engine.clone()).fire_due().await.unwrap();
    assert_eq!(recorded(&server, trigger).await, []);
    assert_eq!(desk.executions().await, 0);
}

#[tokio::test]
async fn a_pattern_that_never_comes_cannot_be_published() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    for (cron, zone, field) in
        [("0 0 30 2 *", "UTC", "cron"), ("nonsense", "UTC", "cron"), ("* * * * *", "Nowhere", "time_zone")]
    {
        let id = desk.create(with_trigger(Kind::Schedule, json!({"cron": cron, "time_zone": zone}))).await;
        let refusal = flowpilot::server::workflows::publish(&desk.caller(), id, None).await.unwrap_err();
        let flowpilot::server::Error::Problems(problems) = refusal else { panic!("{refusal}") };
        assert!(problems.iter().any(|problem| problem.field.as_deref() == Some(field)), "{problems:?}");
    }
}
