//! Starts that come in a burst run once, with the data of the last.

use flowpilot::{
    domain::{
        event::Change, execution::ExecutionStatus, explain, id::ExecutionId, limit::Debounce, task::Kind,
        workflow::Workflow,
    },
    server::store::journal,
};
use serde_json::json;

use super::{start, until};
use crate::stand::{Bench, chain, node};

fn debounced(quiet_secs: u32) -> Workflow {
    let mut workflow = chain(vec![node("task", Kind::Transform, json!({ "output": "trigger.body.n" }))]);
    workflow.settings.debounce = Some(Debounce { key: "{{ trigger.body.customer }}".to_owned(), quiet_secs });
    workflow
}

fn is_debounced(change: &Change) -> bool {
    matches!(change, Change::Debounced { .. })
}

#[tokio::test]
async fn the_last_start_of_each_key_runs_whichever_replica_took_it() {
    let bench = Bench::with(debounced(5)).await;
    let (one, two) = (bench.engine().await, bench.engine().await);
    let mut burst = Vec::new();
    for n in 0..6 {
        let engine = if n % 2 == 0 { &one } else { &two };
        burst.push(start(&bench, engine, json!({ "customer": "ada", "n": n })).await);
    }
    let other = start(&bench, &two, json!({ "customer": "bob", "n": 99 })).await;
    let (last, before) = burst.split_last().expect("six");
    for execution in before {
        let state = bench.finish(&one, *execution).await;
        assert_eq!((state.status, state.task_runs.len()), (ExecutionStatus::Cancelled, 0), "it did not run");
        assert!(state.error.is_some_and(|error| error.starts_with("A later start took its place: the execution ")));
    }
    assert_eq!(bench.finish(&one, *last).await.output, Some(json!(5)));
    assert_eq!(bench.finish(&one, other).await.output, Some(json!(99)), "another key has a burst of its own");
}

#[tokio::test]
async fn a_burst_outlives_its_replica_and_says_why_it_waits() {
    let bench = Bench::with(debounced(8)).await;
    let leaving = bench.engine().await;
    let first = start(&bench, &leaving, json!({ "customer": "ada", "n": 1 })).await;
    until(&bench, &leaving, first, is_debounced).await;
    let why = explain::why(&bench.definition, &bench.state(first).await, &bench.definition.nodes[0], &"task".into());
    let sentence = &why.reasons[0].sentence;
    assert!(sentence.ends_with(", unless another start with the key “ada” comes before."), "{sentence}");
    leaving.stop(std::time::Duration::from_millis(10)).await;
    let staying = bench.engine().await;
    let second = start(&bench, &staying, json!({ "customer": "ada", "n": 2 })).await;
    assert_eq!(bench.finish(&staying, first).await.status, ExecutionStatus::Cancelled);
    assert_eq!(bench.finish(&staying, second).await.output, Some(json!(2)));
    assert!(began_after_its_quiet_time(&bench, second).await);
}

async fn began_after_its_quiet_time(bench: &Bench, execution: ExecutionId) -> bool {
    let events = journal::all(bench.pool(), execution).await.expect("readable");
    let until = events.iter().find_map(|event| match &event.change {
        Change::Debounced { until, .. } => Some(*until),
        _ => None,
    });
    let began = events.iter().find(|event| matches!(event.change, Change::AttemptStarted { .. }));
    began.zip(until).is_some_and(|(began, until)| began.at >= until)
}
