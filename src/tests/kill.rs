//! The real program as a process, killed without warning: nothing accepted is lost, nothing is in the journal twice.

use std::{
    collections::HashMap,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use flowpilot::{
    domain::{
        commit::Commit,
        event::Change,
        execution::{ExecutionStatus, TaskRunStatus},
        id::ExecutionId,
        role::Role,
        state::ExecutionState,
    },
    server::{auth::people, store::journal},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::watch,
};

use crate::support;

const EXECUTIONS: usize = 50;

/// `flowpilot serve` on a free port. Ends with the test.
pub struct Program {
    child: Child,
    pub url: String,
}

impl Program {
    pub async fn start(database_url: &str, data_dir: &Path) -> Self {
        Self::start_with(database_url, data_dir, "").await
    }

    /// With faults, as `server::fault` reads them. Has no address where a fault ended it before it was ready.
    pub async fn start_with(database_url: &str, data_dir: &Path, faults: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowpilot"))
            .args(["serve", "--listen=127.0.0.1:0", "--egress=any", "--database-url", database_url, "--data-dir"])
            .arg(data_dir)
            .env("FLOWPILOT_FAULTS", faults)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("the program is built");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let Some(line) = lines.next_line().await.expect("readable") else {
            assert!(!faults.is_empty(), "it says that it is ready");
            return Self { child, url: String::new() };
        };
        let (_, url) = line.split_once("http://").expect("an address");
        let authority = url.split('/').next().expect("a first part");
        Self { child, url: format!("http://{}", authority.trim()) }
    }

    async fn kill_9(mut self) {
        self.child.start_kill().expect("it runs");
        self.child.wait().await.expect("it ends");
    }

    /// Waits until it was killed from within.
    pub async fn died(mut self) {
        let ended = tokio::time::timeout(std::time::Duration::from_secs(60), self.child.wait()).await;
        assert_eq!(ended.expect("it dies in time").expect("it can be waited for").signal(), Some(9));
    }

    /// Asks it to stop in good order.
    pub fn ask_to_stop(&self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().expect("it runs").cast_signed());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it runs");
    }

    /// Waits for its end, which has to be a good one.
    pub async fn stopped(mut self) {
        let ended = tokio::time::timeout(std::time::Duration::from_secs(35), self.child.wait()).await;
        assert!(ended.expect("it ends in time").expect("it can be waited for").success());
    }
}

/// An outside service: counts calls by idempotency key. Odd calls are not answered until the gate opens.
#[derive(Clone)]
pub struct Service {
    calls: Arc<Mutex<HashMap<String, usize>>>,
    seen: watch::Sender<usize>,
    gate: watch::Receiver<bool>,
}

async fn serve_call(State(service): State<Service>, headers: HeaderMap, Json(body): Json<Value>) -> Json<Value> {
    let key = headers["idempotency-key"].to_str().expect("ASCII").to_owned();
    *service.calls.lock().expect("not poisoned").entry(key).or_default() += 1;
    service.seen.send_modify(|seen| *seen += 1);
    if body["n"].as_u64().is_some_and(|n| n % 2 == 1) {
        let _ = service.gate.clone().wait_for(|open| *open).await;
    }
    Json(json!({ "ok": true }))
}

fn workflow(service: &str) -> Value {
    let edge =
        |from: &str, to: &str| json!({ "from": { "node": from, "port": "out" }, "to": { "node": to, "port": "in" } });
    json!({
        "name": "Survivor",
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "call", "name": "Call", "kind": "http_request", "parameters": {
                "method": "POST", "url": service, "body": "{ \"n\": {{ input.n }} }" } },
            { "id": "wait", "name": "Wait", "kind": "delay", "parameters": { "amount": 1, "unit": "seconds" } },
            { "id": "end", "name": "End", "kind": "transform", "parameters": { "output": "{ n: trigger.body.n, ok: input.body.ok }" } }
        ],
        "edges": [edge("start", "call"), edge("call", "wait"), edge("wait", "end")]
    })
}

impl Service {
    /// Serves on a free port; gives its address, how many calls arrived, and the gate.
    pub async fn open() -> (Self, String, watch::Receiver<usize>, watch::Sender<bool>) {
        let (open, gate) = watch::channel(false);
        let (seen, arrived) = watch::channel(0);
        let service = Self { calls: Arc::default(), seen, gate };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}/", listener.local_addr().expect("bound"));
        let routes = Router::new().route("/", post(serve_call)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (service, address, arrived, open)
    }

    pub fn calls(&self, execution: ExecutionId, node: &str) -> usize {
        self.calls.lock().expect("not poisoned")[&format!("{execution}/{node}")]
    }
}

/// A database with an owner, and their token.
pub async fn owned_database() -> (support::TestDatabase, String) {
    let database = support::database().await;
    let email = "owner@example.com";
    let password = Some(support::PASSWORD.to_owned());
    let wish = people::Wish { email, name: "", workspace_name: "Test", role: Role::Owner, password };
    people::create(&database.pool, wish).await.expect("an owner");
    let token =
        people::create_token(&database.pool, people::TokenFor::a_day(email, "test")).await.expect("a token").secret;
    (database, token)
}

/// Starts the workflow and gives the execution that was accepted.
pub async fn start(url: &str, token: &str, workflow: &str, input: Value) -> ExecutionId {
    let start = support::http().post(format!("{url}/api/v1/executions")).bearer_auth(token);
    let answer = start.json(&json!({ "workflow_id": workflow, "input": input })).send().await.expect("answered");
    assert_eq!(answer.status(), 202);
    let body: Value = answer.json().await.expect("JSON");
    body["id"].as_str().expect("an id").parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_executions_in_flight_survive_a_kill_of_the_server() {
    let (service, address, mut arrived, open) = Service::open().await;
    let ((database, token), data_dir) = (owned_database().await, support::scratch_dir("kill"));
    let first = Program::start(&database.url, &data_dir).await;
    let id = publish(&first.url, &token, &workflow(&address)).await;
    let mut accepted = Vec::new();
    for n in 0..EXECUTIONS {
        accepted.push(start(&first.url, &token, &id, json!({ "n": n })).await);
    }
    arrived.wait_for(|seen| *seen == EXECUTIONS).await.expect("the service lives");
    first.kill_9().await;
    open.send_replace(true);

    let second = Program::start(&database.url, &data_dir).await;
    for (n, execution) in accepted.iter().enumerate() {
        let state = ended(&second.url, &token, &database, *execution).await;
        assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!({ "n": n, "ok": true }))));
        let run = &state.task_runs[&"call".into()];
        assert_eq!(run.status, TaskRunStatus::Succeeded);
        assert_eq!(service.calls(*execution, "call"), run.attempts.len(), "one call per attempt");
        let lost = run.attempts.iter().filter(|attempt| attempt.lost).count();
        assert_eq!(lost, run.attempts.len() - 1, "only what the crash interrupted was done again");
        assert!(n % 2 == 0 || lost == 1, "an unanswered call was in flight when the server died");
    }
    let (rows,): (i64,) =
        sqlx::query_as("select count(*) from executions").fetch_one(&database.pool).await.expect("readable");
    assert_eq!(rows as usize, EXECUTIONS, "nothing lost, nothing doubled");
}

/// Two calls in a row: the first is answered, the second hangs.
pub fn two_calls(service: &str, commit: Commit) -> Value {
    let call = |id: &str, n: u8| {
        json!({ "id": id, "name": id, "kind": "http_request", "parameters": {
            "method": "POST", "url": service, "body": format!("{{ \"n\": {n} }}") } })
    };
    json!({
        "name": commit.name(),
        "settings": { "commit": commit.name() },
        "nodes": [call("first", 0), call("second", 1)],
        "edges": [{ "from": { "node": "first", "port": "out" }, "to": { "node": "second", "port": "in" } }]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_repeats_no_more_than_the_commit_policy_promises() {
    let (service, address, mut arrived, open) = Service::open().await;
    let ((database, token), data_dir) = (owned_database().await, support::scratch_dir("commit"));
    let first = Program::start(&database.url, &data_dir).await;
    let mut accepted = Vec::new();
    for commit in Commit::ALL {
        let workflow = publish(&first.url, &token, &two_calls(&address, commit)).await;
        accepted.push((commit, start(&first.url, &token, &workflow, json!({})).await));
    }
    arrived.wait_for(|seen| *seen == 2 * Commit::ALL.len()).await.expect("the service lives");
    first.kill_9().await;
    open.send_replace(true);

    let second = Program::start(&database.url, &data_dir).await;
    for (commit, execution) in accepted {
        let state = ended(&second.url, &token, &database, execution).await;
        assert_eq!(state.status, ExecutionStatus::Succeeded, "{commit:?}");
        let calls = (service.calls(execution, "first"), service.calls(execution, "second"));
        match commit {
            Commit::Step => assert_eq!(calls, (1, 2), "only what ran is done again"),
            Commit::Eager => assert!(calls == (1, 2) || calls == (2, 2), "{calls:?}: or what ended a moment before"),
            Commit::End => assert_eq!(calls, (2, 2), "from its start"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_breakpoint_holds_is_held_after_a_kill_and_goes_on_edited() {
    let ((database, token), data_dir) = (owned_database().await, support::scratch_dir("breakpoint"));
    let first = Program::start(&database.url, &data_dir).await;
    let edge =
        |from: &str, to: &str| json!({ "from": { "node": from, "port": "out" }, "to": { "node": to, "port": "in" } });
    let task = |id: &str, output: &str| json!({ "id": id, "name": id, "kind": "transform", "parameters": { "output": output } });
    let workflow = json!({
        "name": "Held",
        "nodes": [task("a", "{ n: 1 }"), task("b", "{ n: input.n * 10 }"), task("c", "{ n: input.n + 1 }")],
        "edges": [edge("a", "b"), edge("b", "c")],
    });
    let workflow = publish(&first.url, &token, &workflow).await;
    let run = json!({ "workflow_id": workflow, "breakpoints": [edge("a", "b")] });
    let start = support::http().post(format!("{}/api/v1/executions", first.url)).bearer_auth(&token).json(&run);
    let accepted: Value = start.send().await.expect("answered").json().await.expect("JSON");
    let execution: ExecutionId = accepted["id"].as_str().expect("an id").parse().expect("an id");
    until_held(&first.url, &token, execution, "b").await;
    first.kill_9().await;

    let second = Program::start(&database.url, &data_dir).await;
    let call = |path: &str| format!("{}/api/v1/executions/{execution}/{path}", second.url);
    let look = support::http().get(call("nodes/b/input")).bearer_auth(&token).send().await.expect("answered");
    assert_eq!(look.json::<Value>().await.expect("JSON"), json!({ "n": 1 }));
    let release = |wish: Value| support::http().post(call("release")).bearer_auth(&token).json(&wish).send();
    let stepped = release(json!({ "node": "b", "payload": { "n": 5 }, "step": true })).await.expect("answered");
    assert_eq!(stepped.status(), 202);
    until_held(&second.url, &token, execution, "c").await;
    second.kill_9().await;

    let third = Program::start(&database.url, &data_dir).await;
    let address = format!("{}/api/v1/executions/{execution}/release", third.url);
    let release = support::http().post(address).bearer_auth(&token).json(&json!({ "node": "c" }));
    assert_eq!(release.send().await.expect("answered").status(), 202);
    let state = ended(&third.url, &token, &database, execution).await;
    assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!({ "n": 51 }))));
    assert!(state.task_runs.values().all(|run| run.attempts.len() == 1), "nothing ran twice");
}

/// Reads the feed until it tells that this node is held.
async fn until_held(url: &str, token: &str, execution: ExecutionId, node: &str) {
    let address = format!("{url}/live/executions/{execution}");
    let mut feed = support::http().get(address).bearer_auth(token).send().await.expect("answered");
    let (mut told, wanted) = (String::new(), format!(r#""type":"held","node":"{node}""#));
    while !told.contains(&wanted) {
        let chunk = feed.chunk().await.expect("readable").expect("the execution goes on");
        told.push_str(&String::from_utf8_lossy(&chunk));
    }
}

/// Creates and publishes the workflow; gives its id.
pub async fn publish(url: &str, token: &str, workflow: &Value) -> String {
    let http = support::http();
    let call = |path: String| http.post(format!("{url}/api/v1{path}")).bearer_auth(token);
    let created = call("/workflows".into()).json(workflow).send().await.expect("answered");
    assert_eq!(created.status(), 201);
    let draft: Value = created.json().await.expect("JSON");
    let id = draft["id"].as_str().expect("an id");
    let published = call(format!("/workflows/{id}/publish")).send().await.expect("answered");
    assert_eq!(published.status(), 200, "{}", published.text().await.unwrap_or_default());
    id.to_owned()
}

/// Waits for the end; then the journal has no gap, nothing twice, and one end.
pub async fn ended(url: &str, token: &str, database: &support::TestDatabase, execution: ExecutionId) -> ExecutionState {
    let http = support::http();
    for _ in 0..30 {
        // The live feed ends when the execution does.
        let feed =
            http.get(format!("{url}/live/executions/{execution}")).bearer_auth(token).send().await.expect("answered");
        let _ = feed.text().await;
        let events = journal::all(&database.pool, execution).await.expect("readable");
        let state = ExecutionState::of(&events);
        if state.status.is_finished() {
            let seqs: Vec<i32> = events.iter().map(|event| event.seq).collect();
            assert_eq!(seqs, (1..=events.len() as i32).collect::<Vec<_>>());
            let ends = events.iter().filter(|event| matches!(event.change, Change::Finished { .. })).count();
            assert_eq!(ends, 1);
            return state;
        }
    }
    panic!("{execution} does not end");
}
