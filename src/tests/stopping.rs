//! A stop in good order: nothing that ended is repeated, nothing is charged, nobody is blamed.

use std::time::Duration;

use flowpilot::{
    domain::{commit::Commit, execution::ExecutionStatus, retry::RetryPolicy, state::ExecutionState, task::Kind},
    server::engine::Engine,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    kill::{self, Program, Service},
    stand::{Bench, chain, node, waiting},
    support,
};

/// Returns once the program takes no more starts.
async fn until_it_refuses(url: &str, token: &str, workflow: &str) {
    let http = support::http();
    loop {
        let start = http.post(format!("{url}/api/v1/executions")).bearer_auth(token);
        let answer = start.json(&json!({ "workflow_id": workflow, "input": {} })).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            continue;
        }
        return;
    }
}

/// The same as for the kill, and a third task after the two calls.
fn three_tasks(service: &str, commit: Commit) -> Value {
    let mut workflow = kill::two_calls(service, commit);
    let third =
        json!({ "id": "third", "name": "third", "kind": "transform", "parameters": { "output": "input.body.ok" } });
    workflow["nodes"].as_array_mut().expect("nodes").push(third);
    let edge = json!({ "from": { "node": "second", "port": "out" }, "to": { "node": "third", "port": "in" } });
    workflow["edges"].as_array_mut().expect("edges").push(edge);
    workflow
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sigterm_repeats_and_charges_nothing_under_any_commit_policy() {
    let (service, address, mut arrived, open) = Service::open().await;
    let ((database, token), data_dir) = (kill::owned_database().await, support::scratch_dir("stop"));
    let first = Program::start(&database.url, &data_dir).await;
    let task = json!({ "id": "task", "name": "Task", "kind": "transform", "parameters": { "output": "1" } });
    let quick = json!({ "name": "Quick", "nodes": [task] });
    let quick = kill::publish(&first.url, &token, &quick).await;
    let mut accepted = Vec::new();
    for commit in Commit::ALL {
        let workflow = kill::publish(&first.url, &token, &three_tasks(&address, commit)).await;
        for _ in 0..5 {
            accepted.push((commit, kill::start(&first.url, &token, &workflow, json!({})).await));
        }
    }
    arrived.wait_for(|seen| *seen == 2 * accepted.len()).await.expect("the service lives");
    first.ask_to_stop();
    until_it_refuses(&first.url, &token, &quick).await;
    open.send_replace(true);
    first.stopped().await;

    let second = Program::start(&database.url, &data_dir).await;
    for (commit, execution) in accepted {
        let state = kill::ended(&second.url, &token, &database, execution).await;
        let output = state.output.clone();
        assert_eq!((state.status, output), (ExecutionStatus::Succeeded, Some(json!(true))), "{commit:?}");
        let calls = (service.calls(execution, "first"), service.calls(execution, "second"));
        assert_eq!(calls, (1, 1), "{commit:?}: nothing is repeated");
        let attempts = |node: &str| state.run(&node.into()).map(|run| run.attempts.clone()).expect("it ran");
        let ended: Vec<_> = ["first", "second"].into_iter().flat_map(attempts).collect();
        assert!(ended.len() == 2 && ended.iter().all(|attempt| !attempt.lost), "{commit:?}: {ended:?}");
    }
}

/// A call that never ends, after a transform.
async fn hanging(listener: &TcpListener) -> Vec<flowpilot::domain::workflow::Node> {
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let mut hang = node("hang", Kind::HttpRequest, json!({ "method": "GET", "url": url }));
    (hang.timeout_secs, hang.retry) = (3_600, RetryPolicy::NONE);
    vec![node("before", Kind::Transform, json!({ "output": "1" })), hang]
}

#[tokio::test]
async fn what_was_held_back_for_the_end_is_written_when_the_replica_stops() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let mut workflow = chain(hanging(&silent).await);
    workflow.settings.commit = Commit::End;
    let bench = Bench::with(workflow).await;
    let leaving = bench.engine().await;
    let execution = leaving.start(bench.start(Value::Null)).await.expect("accepted");
    let _call = silent.accept().await.expect("a call");
    // The start was written with the first attempt in it.
    let output = |state: &ExecutionState| state.run(&"before".into()).map(|run| run.output.clone());
    assert_eq!(output(&bench.state(execution).await), Some(None), "its end is held back");
    leaving.stop(Duration::from_millis(10)).await;
    assert_eq!(output(&bench.state(execution).await), Some(Some(json!(1))), "and written now");
    let _staying = bench.engine().await;
    let _again = silent.accept().await.expect("a call");
    let state = bench.state(execution).await;
    assert_eq!(state.run(&"before".into()).map(|run| run.attempts.len()), Some(1), "it is not repeated");
}

#[tokio::test]
async fn a_task_outlives_more_stops_than_it_would_crashes() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let bench = Bench::with(chain(hanging(&silent).await)).await;
    let mut engine: Engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    for stop in 1..=4 {
        let _call = silent.accept().await.expect("a call");
        engine.stop(Duration::from_millis(10)).await;
        let run = bench.state(execution).await.run(&"hang".into()).cloned().expect("it ran");
        assert_eq!((run.attempts.len(), run.charged_attempts(), run.crashed_attempts()), (stop, 0, 0));
        assert!(run.is_due_to_start(), "another replica may make it at once");
        engine = bench.engine().await;
    }
    let _call = silent.accept().await.expect("a call");
    engine.cancel(bench.workspace, execution, "ada@example.com").await.expect("it runs");
    assert_eq!(bench.finish(&engine, execution).await.status, ExecutionStatus::Cancelled);
}

#[tokio::test]
async fn a_stop_puts_nothing_to_sleep_that_has_something_to_do() {
    // Its wait ends while the replica stops, and the task after it is for whoever comes.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let mut nodes = vec![node("wait", Kind::Delay, json!({ "amount": 1, "unit": "seconds" }))];
    nodes.push(node("after", Kind::Transform, json!({ "output": "2" })));
    let busy = Bench::with(chain(hanging(&silent).await)).await;
    let bench = busy.neighbour(chain(nodes)).await;
    let leaving = busy.engine().await;
    leaving.start(busy.start(Value::Null)).await.expect("accepted");
    let _call = silent.accept().await.expect("a call");
    let execution = leaving.start(bench.start(Value::Null)).await.expect("accepted");
    // Six seconds: the wait is over by then, and an execution with nothing to do would have fallen asleep.
    leaving.stop(Duration::from_secs(6)).await;
    let state = bench.state(execution).await;
    assert!(state.run(&"after".into()).is_none(), "nothing new starts while it stops");
    let staying = bench.engine().await;
    assert_eq!(bench.finish(&staying, execution).await.output, Some(json!(2)));
}

#[tokio::test]
async fn a_stopped_replica_leaves_what_sleeps_asleep() {
    let bench = Bench::with(waiting(3_600)).await;
    let leaving = bench.engine().await;
    let execution = leaving.start(bench.start(Value::Null)).await.expect("accepted");
    leaving.stop(Duration::from_secs(1)).await;
    let staying = bench.engine().await;
    staying.cancel(bench.workspace, execution, "ada@example.com").await.expect("it waits");
    assert_eq!(bench.finish(&staying, execution).await.status, ExecutionStatus::Cancelled);
}
