//! When executions are written down: how many transactions each commit policy takes. What a crash repeats is in `kill`.

use flowpilot::domain::{commit::Commit, execution::ExecutionStatus, workflow::Workflow};
use serde_json::json;

use crate::stand::{Bench, three_transforms};

/// Runs three tasks in a row under the policy; gives the number of transactions that wrote their journal.
async fn transactions(commit: Commit) -> i64 {
    transactions_of(three_transforms(), commit).await
}

async fn transactions_of(mut workflow: Workflow, commit: Commit) -> i64 {
    workflow.settings.commit = commit;
    let bench = Bench::with(workflow).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({ "n": 1 }))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!(22))), "{commit:?}");
    sqlx::query_scalar("select count(distinct xmin::text) from journal where execution_id = $1")
        .bind(execution.0)
        .fetch_one(bench.pool())
        .await
        .expect("readable")
}

#[tokio::test]
async fn by_step_every_task_is_committed_before_the_next_one() {
    let mut workflow = three_transforms();
    // They may have to wait for their turn, so they are no mere computing.
    workflow.nodes.iter_mut().for_each(|node| node.start_timeout_secs = Some(3_600));
    assert!(transactions_of(workflow, Commit::Step).await >= 4);
}

#[tokio::test]
async fn by_step_tasks_that_only_compute_share_a_commit_after_that_of_the_start() {
    assert_eq!(transactions(Commit::Step).await, 2);
}

#[tokio::test]
async fn at_the_end_there_are_two_commits_however_many_tasks_there_are() {
    assert_eq!(transactions(Commit::End).await, 2);
}

#[tokio::test]
async fn eagerly_no_task_waits_for_a_commit_but_the_start_does() {
    let commits = transactions(Commit::Eager).await;
    assert!((2..=4).contains(&commits), "{commits}");
}
