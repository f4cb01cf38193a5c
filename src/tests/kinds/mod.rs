//! A workflow per kind, run to its end by the real program against real peers. Each family has its file; a kind without a
//! workflow fails the test.

mod branches;
mod code;
mod data;
mod flow;
mod message;
mod replies;
mod stores;
mod trigger;
mod web;

use std::collections::{BTreeMap, BTreeSet};

use flowpilot::{
    domain::{
        credential::{Contents, CredentialKind, NewCredential},
        event::Cause,
        execution::ExecutionStatus,
        id::{ExecutionId, NodeId},
        state::ExecutionState,
        task::Kind,
        workflow::{Edge, Workflow},
    },
    server::{credentials, engine::Start, store::journal},
};
use serde_json::{Value, json};

use crate::{
    stand::node,
    support::{self, TestServer},
    trigger_desk::Desk,
};

/// A workflow for one kind, and what its node hands on.
pub struct Case {
    kind: Kind,
    workflow: Workflow,
    input: Value,
    /// Of the node `it`; objects may have more members. None: the execution has to fail there.
    expected: Option<Value>,
    act: Act,
}

/// What somebody has to do meanwhile.
#[derive(Clone, Copy, PartialEq)]
pub enum Act {
    Nothing,
    Decide,
    SendEvent,
}

impl Case {
    /// The input goes straight into the node.
    pub fn of(kind: Kind, parameters: Value, input: Value, expected: Value) -> Self {
        let workflow = Workflow {
            name: format!("With {}", kind.name()),
            nodes: vec![node("start", Kind::Manual, json!({})), node("it", kind, parameters)],
            edges: vec![Edge::between("start", "it")],
            ..Workflow::default()
        };
        Self { kind, workflow, input, expected: Some(expected), act: Act::Nothing }
    }

    /// Of the catalogue.
    pub fn example(kind: Kind) -> Self {
        let example = &kind.spec().example;
        let read =
            |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
        Self::of(kind, read(example.parameters), read(example.input), read(example.output))
    }

    pub fn after(mut self, act: Act) -> Self {
        self.act = act;
        self
    }

    pub fn drawn(mut self, workflow: Workflow) -> Self {
        self.workflow = workflow;
        self
    }
}

/// The program with an owner who draws and runs.
pub struct House {
    server: TestServer,
}

impl House {
    async fn open() -> Self {
        let program = format!("--sandbox-program={}", env!("CARGO_BIN_EXE_flowpilot"));
        Self { server: support::server_on(support::database().await, &["--code=restricted", &program]).await }
    }

    pub fn desk(&self) -> Desk<'_> {
        Desk::of(&self.server)
    }

    pub async fn keep(&self, name: &str, kind: CredentialKind, values: &[(&str, &str)]) {
        let values: BTreeMap<_, _> =
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let contents = Contents { values, ..Contents::default() };
        let new = NewCredential { name: name.to_owned(), kind, contents, only_chosen: false };
        credentials::create(&self.desk().caller(), &new).await.unwrap();
    }

    async fn start(&self, workflow: Workflow, input: Value) -> ExecutionId {
        let workspace = self.server.owner.workspace;
        let id = self.desk().publish(workflow.clone()).await;
        let cause = Cause { trigger: Some(NodeId::from("start")), via: "test".into(), input, ..Cause::default() };
        let definition = workflow.into();
        let start = Start { workspace, workflow: id, version: 1, definition, cause, idempotency_key: None };
        self.server.app.engine.start(start).await.unwrap()
    }

    async fn end_of(&self, execution: ExecutionId) -> ExecutionState {
        self.server.app.engine.finished(self.server.owner.workspace, execution).await.unwrap();
        self.state(execution).await
    }

    pub async fn state(&self, execution: ExecutionId) -> ExecutionState {
        ExecutionState::of(&journal::all(&self.server.database.pool, execution).await.unwrap())
    }

    async fn run(&self, case: Case) {
        let name = case.kind.name();
        let execution = self.start(case.workflow, case.input).await;
        self.act(case.act, execution).await;
        let state = self.end_of(execution).await;
        let run = state.run(&"it".into());
        let Some(expected) = case.expected else {
            assert_eq!(state.status, ExecutionStatus::Failed, "{name}");
            return;
        };
        assert_eq!(state.status, ExecutionStatus::Succeeded, "{name}: {:?}", state.error);
        let output = run.and_then(|run| run.output.clone()).unwrap_or_default();
        assert!(is_within(&expected, &output), "{name}: {output} lacks something of {expected}");
    }

    async fn act(&self, act: Act, execution: ExecutionId) {
        if act == Act::Nothing {
            return;
        }
        let waits = async || self.state(execution).await.status == ExecutionStatus::Waiting;
        self.desk().until(waits).await.expect("it waits");
        let (path, body) = match act {
            Act::Decide => {
                (format!("/api/v1/executions/{execution}/decision"), json!({"node": "it", "approved": true}))
            }
            _ => ("/api/v1/events".to_owned(), json!({"name": "paid", "data": {"total": 7}})),
        };
        let answer = self.server.call(reqwest::Method::POST, &path).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{text}");
    }
}

/// Whether everything that is expected is there.
fn is_within(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| is_within(value, found)))
        }
        (expected, found) => expected == found,
    }
}

/// Kinds whose workflows are run by tests of their own, beside their sandbox or their provider.
const ELSEWHERE: [&str; 1] = ["plugin"];

#[tokio::test]
async fn every_kind_runs_to_its_end_in_a_workflow() {
    let house = House::open().await;
    let mut done: BTreeSet<Kind> = trigger::run(&house).await;
    let mut cases = data::cases();
    cases.extend(flow::cases(&house).await);
    cases.extend(message::cases(&house).await);
    cases.extend(stores::cases(&house).await);
    cases.extend(web::cases(&house).await);
    cases.extend(code::cases(&house).await);
    done.extend(code::KINDS);
    for case in cases {
        done.insert(case.kind);
        house.run(case).await;
    }
    let missing: Vec<_> = Kind::ALL.into_iter().filter(|kind| !done.contains(kind)).map(Kind::name).collect();
    assert_eq!(missing, ELSEWHERE, "add a workflow for them to src/tests/kinds");
    house.server.stop().await;
}
