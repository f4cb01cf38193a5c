//! Tasks that panic, insist, explode or take their process with them: bounded, reported on the task, and others go on. What
//! hangs is in `timeouts`, too many iterations in `semantics`, too large a result in `retention`.

use flowpilot::{
    domain::{
        event::Change,
        execution::ExecutionStatus,
        id::ExecutionId,
        state::{ExecutionState, TaskRun},
    },
    server::store::journal,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    kill::{self, Program},
    support,
};

/// One task that does next to nothing, and not on the lane itself: it may not wait for its turn without end.
fn one_task() -> Value {
    json!({
        "name": "One task",
        "nodes": [{ "id": "task", "name": "Task", "kind": "transform", "parameters": { "output": "1" },
                    "retry": { "max_attempts": 5, "base_ms": 10 }, "start_timeout_secs": 3600 }],
    })
}

/// A program on a database of its own, with one workflow.
struct Scene {
    database: support::TestDatabase,
    token: String,
    data_dir: std::path::PathBuf,
    workflow: String,
}

impl Scene {
    async fn set() -> Self {
        let ((database, token), data_dir) = (kill::owned_database().await, support::scratch_dir("poison"));
        let program = Program::start(&database.url, &data_dir).await;
        let workflow = kill::publish(&program.url, &token, &one_task()).await;
        program.ask_to_stop();
        program.stopped().await;
        Self { database, token, data_dir, workflow }
    }

    async fn program(&self, faults: &str) -> Program {
        // Whoever died before is adopted from at once.
        sqlx::query(
            "with r as (update replicas set retired_at = now() where retired_at is null returning id)
             update lanes set epoch = epoch + 1 from r where replica_id = r.id",
        )
        .execute(&self.database.pool)
        .await
        .expect("retired");
        Program::start_with(&self.database.url, &self.data_dir, faults).await
    }

    async fn start(&self, program: &Program) -> ExecutionId {
        kill::start(&program.url, &self.token, &self.workflow, json!({})).await
    }

    async fn end(&self, program: &Program, execution: ExecutionId) -> ExecutionState {
        kill::ended(&program.url, &self.token, &self.database, execution).await
    }

    async fn call(&self, program: &Program, method: Method, path: &str) -> Value {
        let request = support::http().request(method, format!("{}/api/v1{path}", program.url));
        let answer = request.bearer_auth(&self.token).send().await.expect("answered");
        answer.json().await.unwrap_or_default()
    }
}

fn task(state: &ExecutionState) -> TaskRun {
    state.run(&"task".into()).cloned().expect("it ran")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_panics_fails_and_the_next_one_runs() {
    let scene = Scene::set().await;
    let program = scene.program("in_task=panic@1").await;
    let execution = scene.start(&program).await;
    let state = scene.end(&program, execution).await;
    let run = task(&state);
    assert_eq!((state.status, run.attempts.len()), (ExecutionStatus::Failed, 1), "it would panic again");
    let error = run.attempts[0].error.as_ref().expect("it says why");
    assert_eq!(error.message, "The task broke off by a fault in FlowPilot. The server's log says more.");
    let execution = scene.start(&program).await;
    assert_eq!(scene.end(&program, execution).await.status, ExecutionStatus::Succeeded, "the program goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_kills_its_process_three_times_is_a_dead_letter_and_others_go_on() {
    let scene = Scene::set().await;
    let first = scene.program("in_task=kill@1").await;
    let execution = scene.start(&first).await;
    first.died().await;
    for _ in 0..2 {
        // It adopts the execution, makes the attempt again and dies of it.
        scene.program("in_task=kill@1").await.died().await;
    }
    let last = scene.program("").await;
    let state = scene.end(&last, execution).await;
    let run = task(&state);
    assert_eq!((state.status, run.attempts.len(), run.crashed_attempts()), (ExecutionStatus::Failed, 3, 2));
    let expected = "FlowPilot stopped 3 times while this task ran. It is not tried again.";
    assert_eq!(run.reason.as_deref(), Some(expected), "reported on the task");
    let letters = scene.call(&last, Method::GET, "/dead-letters").await;
    assert_eq!(letters["dead_letters"][0]["id"], json!(execution));
    let another = scene.start(&last).await;
    assert_eq!(scene.end(&last, another).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_whose_task_ignores_its_cancellation_is_cancelled_all_the_same() {
    let scene = Scene::set().await;
    // Longer than anybody waits here.
    let program = scene.program("in_task=insist:120000").await;
    let execution = scene.start(&program).await;
    let has_begun = async || {
        let events = journal::all(&scene.database.pool, execution).await.expect("readable");
        events.iter().any(|event| matches!(event.change, Change::AttemptStarted { .. }))
    };
    while !has_begun().await {
        tokio::task::yield_now().await;
    }
    scene.call(&program, Method::POST, &format!("/executions/{execution}/cancel")).await;
    let state = scene.end(&program, execution).await;
    assert_eq!((state.status, task(&state).status.name()), (ExecutionStatus::Cancelled, "cancelled"));
    assert_eq!(state.cancelled_by.as_deref(), Some("owner@example.com"));
}
