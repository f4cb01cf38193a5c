//! Attempts that wait for their turn, or are silent, for too long.

use std::time::Duration;

use chrono::TimeDelta;
use flowpilot::{
    domain::{
        execution::ExecutionStatus,
        explain,
        retry::RetryPolicy,
        state::ExecutionState,
        task::Kind,
        workflow::{Node, Workflow},
    },
    server::{
        engine::Engine,
        runners::{self, Outcome},
    },
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    offers,
    peer::Peer,
    runners::call,
    stand::{Bench, chain, node},
};

/// Accepts connections and never answers.
struct Silent(TcpListener);

impl Silent {
    async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// A node that calls it, without retries.
    fn call(&self) -> Node {
        let url = format!("http://{}/", self.0.local_addr().expect("bound"));
        let mut call = node("call", Kind::HttpRequest, json!({ "method": "GET", "url": url }));
        (call.timeout_secs, call.retry) = (3_600, RetryPolicy::NONE);
        call
    }

    async fn next(&self) -> TcpStream {
        tokio::time::timeout(Duration::from_secs(20), self.0.accept()).await.expect("a call").expect("bound").0
    }
}

fn twice(mut node: Node) -> Workflow {
    node.retry = RetryPolicy { max_attempts: 2, base_ms: 1, ..RetryPolicy::default() };
    chain(vec![node])
}

/// The messages of the attempts that failed, with their fields.
fn errors(state: &ExecutionState, node: &str) -> Vec<String> {
    let run = state.run(&node.into()).expect("it ran");
    let errors = run.attempts.iter().filter_map(|attempt| attempt.error.as_ref());
    errors.map(|error| format!("{}: {}", error.field.clone().unwrap_or_default(), error.message)).collect()
}

#[tokio::test]
async fn an_attempt_whose_turn_does_not_come_fails_and_is_tried_again_as_the_policy_says() {
    let silent = Silent::open().await;
    let hang = Bench::with(chain(vec![silent.call()])).await;
    let engine = hang.engine_with(1).await;
    engine.start(hang.start(Value::Null)).await.expect("accepted");
    let _takes_the_slot = silent.next().await;
    let mut queued = node("queued", Kind::Transform, json!({ "output": "1" }));
    queued.start_timeout_secs = Some(1);
    let bench = hang.neighbour(twice(queued)).await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    let expected = "start_timeout_secs: The attempt was queued for longer than 1 s and did not start.";
    assert_eq!((state.status, errors(&state, "queued")), (ExecutionStatus::Failed, vec![expected.to_owned(); 2]));
}

#[tokio::test]
async fn an_attempt_that_got_its_turn_in_time_may_take_longer() {
    let silent = Silent::open().await;
    let mut call = silent.call();
    (call.start_timeout_secs, call.timeout_secs) = (Some(1), 3);
    let bench = Bench::with(chain(vec![call])).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let state = bench.finish(&engine, execution).await;
    assert!(state.run(&"call".into()).is_some_and(|run| run.attempts[0].began_at.is_some()));
    assert_eq!(errors(&state, "call"), ["timeout_secs: The attempt took longer than its timeout of 3 s."]);
}

#[tokio::test]
async fn the_time_in_the_queue_goes_on_over_the_end_of_a_replica() {
    let mut task = node("task", Kind::Transform, json!({ "output": "1" }));
    (task.group, task.start_timeout_secs, task.retry) = (Some("gpu".into()), Some(3), RetryPolicy::NONE);
    let bench = Bench::with(chain(vec![task])).await;
    let leaving = bench.engine().await;
    let execution = leaving.start(bench.start(Value::Null)).await.expect("accepted");
    offers::until(&bench, "select exists (select 1 from offers)").await;
    let staying = bench.engine().await;
    leaving.stop(Duration::from_millis(10)).await;
    let state = bench.finish(&staying, execution).await;
    let run = state.run(&"task".into()).expect("it was queued");
    assert!(run.attempts[0].lost && run.attempts.len() == 2, "{run:?}");
    let failed_at = run.finished_at.expect("it failed");
    assert!(failed_at - run.attempts[0].started_at >= TimeDelta::seconds(3));
    assert!(failed_at - run.attempts[1].started_at < TimeDelta::seconds(3), "the first attempt's time counts");
}

async fn why(bench: &Bench, engine: &Engine, execution: flowpilot::domain::id::ExecutionId) -> Value {
    let (state, task) = (bench.state(execution).await, &bench.definition.nodes[0]);
    let why = explain::why(&bench.definition, &state, task, &task.id.clone().into());
    json!(engine.explain(bench.workspace, execution, task, why).await.expect("it can be explained").reasons)
}

#[tokio::test]
async fn a_silent_attempt_is_ended_tried_again_and_explained() {
    let silent = Silent::open().await;
    let mut call = silent.call();
    call.heartbeat_timeout_secs = Some(2);
    let bench = Bench::with(twice(call)).await;
    let engine = bench.engine().await;
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let _first = silent.next().await;
    let reasons = why(&bench, &engine, execution).await;
    assert_eq!((&reasons[0]["because"], &reasons[1]["because"]), (&json!("runs"), &json!("heartbeat")), "{reasons}");
    let _second = silent.next().await;
    let state = bench.finish(&engine, execution).await;
    let expected = "heartbeat_timeout_secs: The attempt gave no sign of life for 2 s and was ended.";
    assert_eq!((state.status, errors(&state, "call")), (ExecutionStatus::Failed, vec![expected.to_owned(); 2]));
}

#[tokio::test]
async fn a_worker_ends_silent_attempts_and_tells_that_they_began() {
    let silent = Silent::open().await;
    let mut call = silent.call();
    (call.group, call.start_timeout_secs, call.heartbeat_timeout_secs) = (Some("gpu".into()), Some(60), Some(1));
    let bench = Bench::with(chain(vec![call])).await;
    let (engine, _worker) = (bench.engine().await, offers::worker(&bench).await);
    let execution = engine.start(bench.start(Value::Null)).await.expect("accepted");
    let _connection = silent.next().await;
    let state = bench.finish(&engine, execution).await;
    assert_eq!(
        errors(&state, "call"),
        ["heartbeat_timeout_secs: The attempt gave no sign of life for 1 s and was ended."]
    );
    assert!(state.run(&"call".into()).is_some_and(|run| run.attempts[0].began_at.is_some()));
}

#[tokio::test]
async fn an_answer_that_arrives_is_a_sign_of_life() {
    let peer = Peer::answering(200, &[], json!({ "id": 7 })).await;
    let mut call = call(Kind::HttpRequest, json!({ "method": "GET", "url": peer.url("/") }));
    let pulse = call.pulse.clone();
    call.egress = call.egress.telling(pulse.clone());
    let began = pulse.last();
    assert!(matches!(runners::run(call).await, Ok(Outcome::Done { .. })));
    assert!(pulse.last() > began);
}
