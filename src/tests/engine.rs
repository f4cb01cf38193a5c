//! The engine on a real Postgres: phases, retries, cancellation, idempotency, the fence, adoption.

use std::time::Duration;

use flowpilot::{
    domain::{
        event::{Change, Event},
        execution::{ExecutionStatus, Phase, TaskRunStatus},
        id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
        retry::RetryPolicy,
        task::Kind,
    },
    server::{
        engine::Start,
        store::{journal, replicas},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

pub use crate::stand::{Bench, chain, node, three_transforms, waiting};

#[tokio::test]
async fn an_execution_goes_through_the_five_phases_and_hands_data_on() {
    let bench = Bench::with(three_transforms()).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({ "n": 1 }))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!(22))));
    let events = journal::all(bench.pool(), execution).await.expect("readable");
    let phases: Vec<Phase> = events
        .iter()
        .filter_map(|event| match event.change {
            Change::PhaseEntered { phase } => Some(phase),
            _ => None,
        })
        .collect();
    assert!(matches!(events[0].change, Change::Started { .. }));
    assert_eq!(phases, [Phase::Prepare, Phase::Execute, Phase::Validate, Phase::Complete]);
}

#[tokio::test]
async fn a_start_is_in_the_journal_when_it_is_answered() {
    let bench = Bench::with(waiting(60)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let state = bench.state(execution).await;
    assert_eq!(state.cause.map(|cause| cause.via), Some("test".into()));
    assert_ne!(bench.state(execution).await.run_status(&"wait".into()), TaskRunStatus::Pending);
}

#[tokio::test]
async fn a_failing_task_is_tried_as_often_as_its_policy_says() {
    let mut refused = node("call", Kind::HttpRequest, json!({ "method": "GET", "url": "http://127.0.0.1:1/" }));
    refused.retry = RetryPolicy { max_attempts: 3, base_ms: 5, factor: 1.0, cap_ms: 5 };
    let bench = Bench::with(chain(vec![refused])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    let run = state.run(&"call".into()).expect("it ran");
    assert_eq!((state.status, run.status, run.attempts.len()), (ExecutionStatus::Failed, TaskRunStatus::Failed, 3));
    assert!(run.attempts.iter().all(|attempt| attempt.error.as_ref().is_some_and(|error| error.retryable)));
}

#[tokio::test]
async fn an_expression_that_fails_names_its_field_and_is_not_tried_again() {
    let bench = Bench::with(chain(vec![node("a", Kind::Transform, json!({ "output": "input.a.b" }))])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({}))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    let run = state.run(&"a".into()).expect("it ran");
    let error = run.attempts[0].error.clone().expect("it failed");
    assert_eq!((run.attempts.len(), error.field.as_deref()), (1, Some("output")));
}

#[tokio::test]
async fn tasks_that_compute_much_or_ask_for_limits_come_out_the_same() {
    let much = "'x'.repeat(200).split('').map((x, i) => [x, i].join('')).length";
    let mut limited = node("limited", Kind::Transform, json!({ "output": "input + 1" }));
    limited.limits = serde_json::from_value(json!({ "concurrency": { "limit": 1 } })).expect("limits");
    let tasks = vec![
        node("much", Kind::Transform, json!({ "output": much })),
        limited,
        node("named", Kind::Transform, json!({ "output": "input + execution.id.length" })),
        node("way", Kind::Condition, json!({ "if": "input == 237" })),
    ];
    let bench = Bench::with(chain(tasks)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(json!({}))).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.status, ExecutionStatus::Succeeded);
    assert_eq!(state.run(&"way".into()).and_then(|run| run.port.as_deref()), Some("true"));
    assert!(state.task_runs.values().all(|run| run.attempts.len() == 1));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_ended() {
    // Accepts connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", silent.local_addr().expect("bound"));
    let mut call = node("call", Kind::HttpRequest, json!({ "method": "GET", "url": url }));
    (call.timeout_secs, call.retry) = (1, RetryPolicy::NONE);
    let bench = Bench::with(chain(vec![call])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert!(state.error.is_some_and(|error| error.contains("timeout of 1 s")));
}

#[tokio::test]
async fn a_cancelled_execution_ends_at_once_whatever_it_does() {
    let bench = Bench::with(waiting(3_600)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    engine.cancel(bench.workspace, execution, "ada@example.com").await.expect("it is live");
    let state = bench.finish(&engine, execution).await;
    assert_eq!(state.status, ExecutionStatus::Cancelled);
    assert_eq!(state.cancelled_by.as_deref(), Some("ada@example.com"));
    assert_eq!(state.run_status(&"wait".into()), TaskRunStatus::Cancelled);
    let again = engine.cancel(bench.workspace, execution, "ada@example.com").await;
    assert!(again.is_err_and(|error| error.to_string().contains("over already")));
}

#[tokio::test]
async fn another_replica_can_cancel_too() {
    let bench = Bench::with(waiting(3_600)).await;
    let (owner, other) = (bench.engine().await, bench.engine().await);
    let execution = owner.start(bench.start(Value::Null)).await.expect("accepted");
    other.cancel(bench.workspace, execution, "ada@example.com").await.expect("it is live");
    assert_eq!(bench.finish(&other, execution).await.status, ExecutionStatus::Cancelled);
}

#[tokio::test]
async fn an_execution_of_another_workspace_cannot_be_cancelled() {
    let bench = Bench::with(waiting(3_600)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let foreign = engine.cancel(WorkspaceId(Uuid::now_v7()), execution, "mallory").await;
    assert!(foreign.is_err_and(|error| error.to_string().contains("no such execution")));
    assert!(!bench.state(execution).await.status.is_finished());
}

#[tokio::test]
async fn starts_with_one_idempotency_key_are_one_execution() {
    let bench = Bench::with(three_transforms()).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let starts = (0..40).map(|number| {
        let engine = if number % 2 == 0 { one.clone() } else { two.clone() };
        let start = Start { idempotency_key: Some("order-7".into()), ..bench.start(json!({ "n": 1 })) };
        tokio::spawn(async move { engine.start(start).await.expect("accepted") })
    });
    let mut ids = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        ids.push(start.await.expect("it does not panic"));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(bench.executions().await, 1);
}

#[tokio::test]
async fn a_start_that_the_database_refuses_takes_no_other_with_it() {
    let bench = Bench::with(three_transforms()).await;
    let engine = bench.engine().await;
    let starts: Vec<_> = (0..30)
        .map(|number| {
            let mut start = bench.start(json!({ "n": number }));
            if number == 13 {
                start.workflow = WorkflowId(Uuid::now_v7());
            }
            let engine = engine.clone();
            tokio::spawn(async move { engine.start(start).await })
        })
        .collect();
    for (number, start) in starts.into_iter().enumerate() {
        let answer = start.await.expect("it does not panic");
        assert_eq!(answer.is_err(), number == 13, "start {number}");
        if let Ok(execution) = answer {
            assert_eq!(bench.finish(&engine, execution).await.status, ExecutionStatus::Succeeded);
        }
    }
}

#[tokio::test]
async fn a_stopped_replica_hands_its_executions_over() {
    let bench = Bench::with(waiting(2)).await;
    let leaving = bench.engine().await;
    let execution = leaving.start(bench.start(Value::Null)).await.expect("accepted");
    leaving.stop(Duration::from_secs(5)).await;
    assert!(leaving.start(bench.start(Value::Null)).await.is_err(), "a stopped replica accepts nothing");
    let staying = bench.engine().await;
    assert_eq!(bench.finish(&staying, execution).await.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn nothing_is_written_behind_a_raised_fence() {
    let bench = Bench::with(three_transforms()).await;
    let replica = ReplicaId(Uuid::now_v7());
    replicas::register(bench.pool(), replica, 1, "test").await.expect("registered");
    let entry = |execution| journal::Entry {
        execution,
        workspace: bench.workspace,
        letters: Vec::new(),
        waits: Vec::new(),
        new: Some(journal::NewExecution {
            workspace: bench.workspace,
            workflow: bench.workflow,
            version: 1,
            draft: None,
            started_via: "test".into(),
            idempotency_key: None,
            created_at: chrono::Utc::now(),
        }),
        events: vec![Event { seq: 1, at: chrono::Utc::now(), change: Change::PhaseEntered { phase: Phase::Init } }],
        standing: None,
        asleep: None,
    };
    let fence = journal::Fence { replica, lane: 0, epoch: 1 };
    let mut connection = bench.pool().acquire().await.expect("a connection");
    let (before, after) = (ExecutionId(Uuid::now_v7()), ExecutionId(Uuid::now_v7()));
    assert!(journal::append(&mut connection, fence, &[entry(before)]).await.expect("the statement runs"));
    bench.raise_fences().await;
    assert!(!journal::append(&mut connection, fence, &[entry(after)]).await.expect("the statement runs"));
    assert_eq!(journal::all(bench.pool(), before).await.expect("readable").len(), 1);
    assert!(journal::all(bench.pool(), after).await.expect("readable").is_empty());
    assert_eq!(bench.executions().await, 1);
}

#[tokio::test]
async fn a_fenced_replica_joins_again_and_adopts_its_own_executions() {
    let bench = Bench::with(waiting(2)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    bench.raise_fences().await;
    // Refused at the fence, or accepted if the heartbeat noticed first; never lost in between.
    let second = engine.start(bench.start(Value::Null)).await;
    assert_eq!(bench.finish(&engine, execution).await.status, ExecutionStatus::Succeeded);
    if let Ok(second) = &second {
        assert_eq!(bench.finish(&engine, *second).await.status, ExecutionStatus::Succeeded);
    }
    assert_eq!(bench.executions().await, 1 + i64::from(second.is_ok()));
}

#[tokio::test]
async fn attempts_of_a_silent_replica_are_made_again_by_another() {
    let bench = Bench::with(waiting(60)).await;
    let silent = bench.engine().await;
    let execution = silent.start(bench.start(Value::Null)).await.expect("accepted");
    let mut watch = silent.watch(execution);
    while bench.state(execution).await.run_status(&"wait".into()) != TaskRunStatus::Waiting {
        watch.changed().await;
    }
    // As if the attempt had been in flight when the replica died.
    sqlx::query("delete from journal where execution_id = $1 and body like '%wait_started%'")
        .bind(execution.0)
        .execute(bench.pool())
        .await
        .expect("the line can be taken out");
    bench.raise_fences().await;
    let other = bench.engine().await;
    let mut watch = other.watch(execution);
    let run = loop {
        let state = bench.state(execution).await;
        match state.run(&"wait".into()) {
            Some(run) if run.attempts.len() == 2 && run.status == TaskRunStatus::Waiting => break run.clone(),
            _ => watch.changed().await,
        };
    };
    assert_eq!(run.attempts.iter().map(|attempt| attempt.lost).collect::<Vec<_>>(), [true, false]);
    assert_eq!(run.charged_attempts(), 1, "a lost attempt is not charged");
}
