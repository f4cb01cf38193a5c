//! What is kept and for how long: days of the journal, retention per workspace, the size of results.

use axum::{Router, response::IntoResponse, routing::get};
use flowpilot::{
    domain::{execution::ExecutionStatus, id::ExecutionId, retry::RetryPolicy, state::ExecutionState, task::Kind},
    server::{
        engine::tidy,
        store::{journal, retention},
    },
};
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::stand::{Bench, chain, node, three_transforms};

const DAY_SECS: u64 = 86_400;

/// An execution with two lines in its journal that began and ended, if it did, so many days ago.
async fn begun_days_ago(bench: &Bench, days: u64, ended_days_ago: Option<u64>) -> ExecutionId {
    let now = chrono::Utc::now().timestamp() as u64;
    let time = uuid::Timestamp::from_unix(uuid::NoContext, now - days * DAY_SECS, 0);
    let execution = ExecutionId(Uuid::new_v7(time));
    sqlx::query(
        "with e as (
             insert into executions (workspace_id, id, workflow_id, version, status, started_via, created_at, finished_at)
             values ($1, $2, $3, 1, case when $5 is null then 'waiting' else 'succeeded' end, 'test',
                     now() - make_interval(days => $4), now() - make_interval(days => $5)))
         insert into journal (execution_id, seq, day, at, body)
         select $2, seq, $6, now(), '[{\"type\":\"phase_entered\",\"phase\":\"prepare\"}]' from generate_series(1, 2) seq",
    )
    .bind(bench.workspace.0)
    .bind(execution.0)
    .bind(bench.workflow.0)
    .bind(days as i32)
    .bind(ended_days_ago.map(|days| days as i32))
    .bind(journal::day_of(execution))
    .execute(bench.pool())
    .await
    .expect("it can be made");
    execution
}

async fn is_kept(bench: &Bench, execution: ExecutionId) -> bool {
    let lines = journal::all(bench.pool(), execution).await.expect("readable").len();
    let rows: i64 = sqlx::query_scalar("select count(*) from executions where id = $1")
        .bind(execution.0)
        .fetch_one(bench.pool())
        .await
        .expect("readable");
    assert!([(1, 2), (0, 0)].contains(&(rows, lines)), "whole or gone: {rows} rows, {lines} lines");
    rows == 1
}

async fn days(bench: &Bench) -> Vec<String> {
    let tables = "select right(c.relname, 8) from pg_inherits i join pg_class c on c.oid = i.inhrelid
                  where i.inhparent = 'journal'::regclass and c.relname <> 'journal_elsewhere' order by 1";
    sqlx::query_scalar(tables).fetch_all(bench.pool()).await.expect("readable")
}

fn table(execution: ExecutionId) -> String {
    journal::day_of(execution).format("%Y%m%d").to_string()
}

#[tokio::test]
async fn what_is_beyond_its_retention_goes_and_what_lives_stays() {
    let bench = Bench::with(three_transforms()).await;
    let patient = bench.neighbour(three_transforms()).await;
    sqlx::query("update workspaces set retention_days = 90 where id = $1")
        .bind(patient.workspace.0)
        .execute(bench.pool())
        .await
        .expect("it can be set");
    let old = begun_days_ago(&bench, 50, Some(50)).await;
    let shares_its_day = begun_days_ago(&bench, 40, Some(40)).await;
    let kept_longer = begun_days_ago(&patient, 40, Some(40)).await;
    let ended_lately = begun_days_ago(&bench, 45, Some(2)).await;
    let still_waits = begun_days_ago(&bench, 60, None).await;
    let young = begun_days_ago(&bench, 3, Some(3)).await;
    // Their days have no partitions yet: the first round makes them, and forgets.
    tidy(bench.pool()).await.expect("upkeep gets through");
    for (execution, kept) in [
        (old, false),
        (shares_its_day, false),
        (kept_longer, true),
        (ended_lately, true),
        (still_waits, true),
        (young, true),
    ] {
        assert_eq!(is_kept(&bench, execution).await, kept, "{}", table(execution));
    }
    let days = days(&bench).await;
    assert!(!days.contains(&table(old)), "a day of which nothing is kept is dropped whole");
    for kept in [kept_longer, ended_lately, still_waits, young] {
        assert!(days.contains(&table(kept)), "{}", table(kept));
    }
    let elsewhere: i64 =
        sqlx::query_scalar("select count(*) from journal_elsewhere").fetch_one(bench.pool()).await.expect("readable");
    assert_eq!(elsewhere, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replicas_may_tidy_up_at_once() {
    let bench = Bench::with(three_transforms()).await;
    let mut old = Vec::new();
    for days in 31..40 {
        old.push(begun_days_ago(&bench, days, Some(days)).await);
    }
    let rounds: Vec<_> = (0..4)
        .map(|_| {
            let pool = bench.pool().clone();
            tokio::spawn(async move { tidy(&pool).await })
        })
        .collect();
    for round in rounds {
        round.await.expect("it does not panic").expect("upkeep gets through");
    }
    for execution in old {
        assert!(!is_kept(&bench, execution).await);
    }
}

#[tokio::test]
async fn days_are_made_ahead_and_everything_is_written_into_its_day() {
    let bench = Bench::with(three_transforms()).await;
    // As if no replica had run for a long time.
    for day in days(&bench).await {
        let day = chrono::NaiveDate::parse_from_str(&day, "%Y%m%d").expect("a day");
        retention::drop_day(bench.pool(), day).await.expect("dropped");
    }
    let engine = bench.engine().await;
    assert_eq!(days(&bench).await.len(), 9);
    let execution = engine.start(bench.start(json!({ "n": 1 }))).await.expect("accepted");
    assert_eq!(bench.finish(&engine, execution).await.output, Some(json!(22)));
    let places: Vec<String> = sqlx::query_scalar("select distinct tableoid::regclass::text from journal")
        .fetch_all(bench.pool())
        .await
        .expect("readable");
    assert_eq!(places, [format!("journal_{}", table(execution))]);
}

#[tokio::test]
async fn letters_to_what_is_over_are_cleared() {
    let bench = Bench::with(three_transforms()).await;
    let over = begun_days_ago(&bench, 1, Some(1)).await;
    let waits = begun_days_ago(&bench, 1, None).await;
    sqlx::query(
        "insert into inbox (execution_id, body, created_at) select id, '{}', now() - interval '1 hour' from executions",
    )
    .execute(bench.pool())
    .await
    .expect("letters");
    tidy(bench.pool()).await.expect("upkeep gets through");
    let left: Vec<Uuid> =
        sqlx::query_scalar("select execution_id from inbox").fetch_all(bench.pool()).await.expect("readable");
    assert_eq!((left, is_kept(&bench, over).await), (vec![waits.0], true));
}

#[tokio::test]
async fn the_retention_of_a_workspace_is_set_on_the_command_line() {
    let bench = Bench::with(three_transforms()).await;
    let old = begun_days_ago(&bench, 20, Some(20)).await;
    let set = async |workspace: &str, days: &str| {
        let program = Command::new(env!("CARGO_BIN_EXE_flowpilot"))
            .args(["workspace", "retention", "--workspace", workspace, "--days", days])
            .args(["--database-url", &bench.database.url])
            .output();
        let output = program.await.expect("it runs");
        (output.status.success(), String::from_utf8(output.stderr).expect("text"))
    };
    tidy(bench.pool()).await.expect("upkeep gets through");
    assert!(is_kept(&bench, old).await, "30 days without being told otherwise");
    assert!(set("Test", "0").await.1.contains("1..=3650"));
    assert!(set("Nobody's", "7").await.1.contains("there is no workspace “Nobody's”"));
    assert_eq!(set("Test", "7").await, (true, String::new()));
    tidy(bench.pool()).await.expect("upkeep gets through");
    assert!(!is_kept(&bench, old).await);
}

/// What becomes of a task that fetches an answer of so many bytes.
async fn fetched(bytes: usize) -> ExecutionState {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let routes = Router::new().route("/", get(move || async move { vec![b'x'; bytes].into_response() }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut call = node("call", Kind::HttpRequest, json!({ "method": "GET", "url": url }));
    call.retry = RetryPolicy::NONE;
    let bench = Bench::with(chain(vec![call])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    bench.finish(&engine, execution).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_beyond_the_limit_fails_its_task_and_says_so() {
    assert_eq!(fetched(1_000_000).await.status, ExecutionStatus::Succeeded);
    for (bytes, limit) in [(1_100_000, "larger than 1 MiB"), (100_000_000, "more than 10 MiB")] {
        let state = fetched(bytes).await;
        assert_eq!(state.status, ExecutionStatus::Failed);
        assert!(state.error.as_deref().is_some_and(|error| error.contains(limit)), "{:?}", state.error);
    }
}
