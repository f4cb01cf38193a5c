//! What a schedule does while an earlier execution of it is under way, after an absence, with jitter, and in a backfill.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use flowpilot::{
    domain::{
        execution::ExecutionStatus,
        id::{TriggerId, WorkflowId},
        task::Kind,
        trigger::FireOutcome,
        workflow::{Edge, Node, Point, Workflow},
    },
    server::triggers::scheduler::Sweep,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    support::{self, TestServer},
    trigger_desk::{Desk, far_from_now, full_minute, with_trigger},
};

/// A schedule whose own times are far away, with a task of a day after it.
async fn published(server: &TestServer, parameters: Value) -> (WorkflowId, TriggerId) {
    let mut all = json!({ "cron": format!("{} * * * *", far_from_now().minute()), "time_zone": "UTC" });
    all.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    let mut delay = Node::new("delay".into(), "Delay", Kind::Delay, Point::default());
    delay.parameters.insert("unit".to_owned(), "days".into());
    let base = with_trigger(Kind::Schedule, all);
    let workflow =
        Workflow { nodes: vec![base.nodes[0].clone(), delay], edges: vec![Edge::between("schedule", "delay")], ..base };
    let desk = Desk::of(server);
    let id = desk.publish(workflow).await;
    (id, desk.triggers(id).await[0].id)
}

/// The hourly schedule's last time, so many hours earlier.
fn hour(ago: i64) -> DateTime<Utc> {
    far_from_now() - TimeDelta::hours(ago)
}

/// As if this time had not been looked at yet.
async fn turn_back(server: &TestServer, trigger: TriggerId, next_at: DateTime<Utc>) {
    sqlx::query("update triggers set next_at = $2, due_at = null where id = $1")
        .bind(trigger.0)
        .bind(next_at)
        .execute(&server.database.pool)
        .await
        .unwrap();
    let sweep = Sweep::new(server.database.pool.clone(), server.app.engine.clone());
    Desk::of(server)
        .until(async || {
            sweep.fire_due().await.unwrap();
            // Null as long as another sweep has the row in hand.
            let ahead = sqlx::query_scalar(
                "select coalesce(next_at > now() or due_at > now(), false) from triggers where id = $1",
            );
            ahead.bind(trigger.0).fetch_one(&server.database.pool).await.unwrap()
        })
        .await
        .expect("a next time");
}

/// What came of the last times, the oldest first.
async fn outcomes(server: &TestServer, workflow: WorkflowId) -> Vec<String> {
    let mut fires = Desk::of(server).triggers(workflow).await.remove(0).fires;
    fires.reverse();
    let name = |outcome: FireOutcome| match outcome {
        FireOutcome::Fired { status, .. } => format!("fired, {}", status.map_or("gone", ExecutionStatus::name)),
        FireOutcome::Missed => "missed".to_owned(),
        FireOutcome::Skipped => "skipped".to_owned(),
        FireOutcome::Buffered => "buffered".to_owned(),
    };
    fires.into_iter().map(|fire| name(fire.outcome)).collect()
}

/// Waits until the last times came to this.
async fn expect(server: &TestServer, workflow: WorkflowId, expected: &[&str]) {
    let reached = Desk::of(server).until(async || outcomes(server, workflow).await == expected).await;
    assert!(reached.is_ok(), "{:?} instead of {expected:?}", outcomes(server, workflow).await);
}

/// Three hours come one after the other; the first one's execution is under way all the time.
async fn three_times(overlap: &str, expected: &[&str]) -> (TestServer, WorkflowId) {
    let server = support::server().await;
    let (workflow, trigger) = published(&server, json!({ "overlap": overlap, "catch_up": 7_200 + 3_599 })).await;
    turn_back(&server, trigger, hour(2)).await;
    expect(&server, workflow, expected).await;
    (server, workflow)
}

async fn end_the_running(server: &TestServer) {
    let running: Vec<uuid::Uuid> = sqlx::query_scalar("select id from executions where finished_at is null")
        .fetch_all(&server.database.pool)
        .await
        .unwrap();
    for execution in running {
        let execution = flowpilot::domain::id::ExecutionId(execution);
        server.app.engine.cancel(server.owner.workspace, execution, "the test").await.unwrap();
    }
}

#[tokio::test]
async fn overlapping_times_run_are_skipped_or_cancel_each_other_as_the_schedule_says() {
    three_times("allow", &["fired, waiting", "fired, waiting", "fired, waiting"]).await;
    three_times("skip", &["fired, waiting", "skipped", "skipped"]).await;
    three_times("cancel_other", &["fired, cancelled", "fired, cancelled", "fired, waiting"]).await;
}

#[tokio::test]
async fn one_overlapping_time_waits_for_the_end_and_others_are_skipped() {
    let (server, workflow) = three_times("buffer_one", &["fired, waiting", "buffered", "skipped"]).await;
    end_the_running(&server).await;
    expect(&server, workflow, &["fired, cancelled", "fired, waiting", "skipped"]).await;
}

#[tokio::test]
async fn all_overlapping_times_wait_for_the_end_one_after_the_other() {
    let (server, workflow) = three_times("buffer_all", &["fired, waiting", "buffered", "buffered"]).await;
    end_the_running(&server).await;
    expect(&server, workflow, &["fired, cancelled", "fired, waiting", "buffered"]).await;
    end_the_running(&server).await;
    expect(&server, workflow, &["fired, cancelled", "fired, cancelled", "fired, waiting"]).await;
}

#[tokio::test]
async fn jitter_puts_a_time_off_and_fires_it_once_it_is_due() {
    let server = support::server().await;
    // Whatever a minute's jitter is, the times between it and now are put off, not missed.
    let parameters = json!({ "cron": "* * * * *", "jitter": 3_600, "catch_up": 4 * 3_600 });
    let (workflow, trigger) = published(&server, parameters).await;
    let due = |at| flowpilot::server::triggers::overlap::put_off(trigger, at, 3_600);
    let this_minute = full_minute(Utc::now());
    let later = (0..50)
        .map(|ago| this_minute - TimeDelta::minutes(ago))
        .find(|at| due(*at) > Utc::now() + TimeDelta::minutes(2))
        .expect("half of the last minutes are put off beyond now");
    turn_back(&server, trigger, later).await;
    assert_eq!(outcomes(&server, workflow).await, [""; 0]);
    let kept: DateTime<Utc> = sqlx::query_scalar("select due_at from triggers where id = $1")
        .bind(trigger.0)
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!((kept - due(later)).abs() < TimeDelta::milliseconds(1), "{kept} {}", due(later));

    turn_back(&server, trigger, this_minute - TimeDelta::minutes(70)).await;
    let all_fired = async || {
        let latest = outcomes(&server, workflow).await;
        !latest.is_empty() && latest.iter().all(|outcome| outcome == "fired, waiting")
    };
    let reached = Desk::of(&server).until(all_fired).await;
    assert!(reached.is_ok(), "{:?}", outcomes(&server, workflow).await);
}

#[tokio::test]
async fn a_backfill_starts_the_times_of_a_range_once() {
    let server = support::server().await;
    let (workflow, trigger) = published(&server, json!({ "overlap": "skip" })).await;
    turn_back(&server, trigger, hour(3)).await;
    expect(&server, workflow, &["missed", "missed", "missed", "fired, waiting"]).await;
    let backfill = async |from: DateTime<Utc>, to: DateTime<Utc>| {
        let range = json!({ "from": from, "to": to });
        let answer = server
            .call(Method::POST, &format!("/api/v1/triggers/{trigger}/backfill"))
            .json(&range)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let (status, started) = backfill(hour(2), hour(0)).await;
    assert_eq!((status, started["executions"].as_array().map(Vec::len)), (StatusCode::ACCEPTED, Some(2)), "{started}");
    expect(&server, workflow, &["missed", "fired, waiting", "fired, waiting", "fired, waiting"]).await;
    let (_, again) = backfill(hour(2), hour(0)).await;
    assert_eq!(again["executions"], json!([]), "each once");
    let (status, refused) = backfill(hour(2), Utc::now() + TimeDelta::hours(1)).await;
    assert_eq!((status, &refused["problems"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("to")));
    let (status, _) = backfill(hour(2_000), hour(0)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "more than a thousand times");
}

#[tokio::test]
async fn a_policy_that_is_none_cannot_be_published() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    for (field, value) in [("overlap", json!("perhaps")), ("catch_up", json!(-1)), ("jitter", json!("soon"))] {
        let id = desk.create(with_trigger(Kind::Schedule, json!({ field: value }))).await;
        let refusal = flowpilot::server::workflows::publish(&desk.caller(), id, None).await.unwrap_err();
        let flowpilot::server::Error::Problems(problems) = refusal else { panic!("{refusal}") };
        assert!(problems.iter().any(|problem| problem.field.as_deref() == Some(field)), "{problems:?}");
    }
}
