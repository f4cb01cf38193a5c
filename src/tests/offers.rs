//! Attempts that another replica than the owner makes: worker groups, dead workers, overflow.

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, routing::get};
use flowpilot::{
    domain::{
        execution::{ExecutionStatus, TaskRunStatus},
        explain,
        id::ExecutionId,
        task::Kind,
        workflow::Workflow,
    },
    server::{
        config::EgressMode,
        egress::Egress,
        engine::{Engine, Parts, Settings},
        files::Files,
        sandbox::Sandbox,
        secrets::Secrets,
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
    sync::watch,
};

use crate::{
    stand::{Bench, chain, node},
    support,
};

fn for_gpu(kind: Kind, parameters: Value) -> Workflow {
    let mut task = node("task", kind, parameters);
    task.group = Some("gpu".into());
    chain(vec![task])
}

pub async fn worker(bench: &Bench) -> Engine {
    let settings = Settings { groups: vec!["gpu".into()], ..Settings::default() };
    let dir = support::scratch_dir("worker");
    let secrets = Secrets::load(&dir, None).expect("a key file can be made");
    let egress = Egress::new(EgressMode::Any).expect("the client can be built");
    let (pool, files) = (bench.database.as_engine(), Files::at(&dir));
    let parts = Parts { pool, secrets, egress, files, sandbox: Sandbox::off(), slots: 8, settings };
    Engine::launch_worker(parts).await.expect("the worker starts")
}

/// Why the execution's task does not run.
async fn why(bench: &Bench, engine: &Engine, execution: ExecutionId) -> String {
    let (state, task) = (bench.state(execution).await, &bench.definition.nodes[0]);
    let why = explain::why(&bench.definition, &state, task, &task.id.clone().into());
    let why = engine.explain(bench.workspace, execution, task, why).await.expect("it can be explained");
    why.reasons.into_iter().map(|reason| reason.sentence).collect()
}

/// Looks until the statement gives true.
pub async fn until(bench: &Bench, statement: &'static str) {
    let mut looks = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..600 {
        looks.tick().await;
        if sqlx::query_scalar(statement).fetch_one(bench.pool()).await.expect("readable") {
            return;
        }
    }
    panic!("never true: {statement}");
}

/// A service that counts who is in it, and answers only while its gate is open.
#[derive(Clone)]
struct Service {
    inside: watch::Sender<usize>,
    seen: Arc<Mutex<usize>>,
    gate: watch::Sender<bool>,
}

impl Service {
    async fn start() -> (Self, String) {
        let service = Self { inside: watch::Sender::new(0), seen: Arc::default(), gate: watch::Sender::new(false) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let routes = Router::new().route("/", get(enter)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (service, url)
    }

    async fn until_inside(&self, wanted: usize) {
        let arrived = self.inside.subscribe().wait_for(|inside| *inside == wanted).await.map(drop);
        arrived.expect("the service lives");
    }
}

async fn enter(State(service): State<Service>) -> &'static str {
    let _visit = Visit::of(&service);
    let _ = service.gate.subscribe().wait_for(|open| *open).await;
    "done"
}

/// Ends when the answer is ready, or when the caller hangs up.
struct Visit(watch::Sender<usize>);

impl Visit {
    fn of(service: &Service) -> Self {
        *service.seen.lock().expect("not poisoned") += 1;
        service.inside.send_modify(|inside| *inside += 1);
        Self(service.inside.clone())
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.send_modify(|inside| *inside -= 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_a_group_waits_for_a_worker_of_that_group() {
    let bench = Bench::with(for_gpu(Kind::Transform, json!({ "output": "{ n: trigger.body.n + 1 }" }))).await;
    let owner = bench.engine().await;
    let mut executions = Vec::new();
    for n in 0..20 {
        executions.push(owner.start(bench.start(json!({ "n": n }))).await.expect("accepted"));
    }
    until(&bench, "select count(*) = 20 from offers where claimed_by is null").await;
    assert_eq!(bench.state(executions[0]).await.run_status(&"task".into()), TaskRunStatus::Running);
    let reason = why(&bench, &owner, executions[0]).await;
    assert_eq!(reason, "No worker serves the group “gpu”. Start one: flowpilot worker --group gpu.");
    let worker = worker(&bench).await;
    for (n, execution) in executions.into_iter().enumerate() {
        let state = bench.finish(&owner, execution).await;
        assert_eq!((state.status, state.output), (ExecutionStatus::Succeeded, Some(json!({ "n": n + 1 }))));
    }
    until(&bench, "select not exists (select from offers) and not exists (select from inbox)").await;
    assert_eq!(worker.live(), 0, "a worker owns nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_had_claimed_is_given_again() {
    let (service, url) = Service::start().await;
    let bench = Bench::with(for_gpu(Kind::HttpRequest, json!({ "method": "GET", "url": url }))).await;
    let owner = bench.engine().await;
    let first = worker(&bench).await;
    let execution = owner.start(bench.start(Value::Null)).await.expect("accepted");
    service.until_inside(1).await;
    // What an adopting replica does to a worker that it believes dead; the worker notices, stops and joins again.
    sqlx::query("update replicas set retired_at = now() where groups <> '{}'")
        .execute(bench.pool())
        .await
        .expect("it can be retired");
    until(&bench, "select exists (select from offers where attempt = 2)").await;
    service.gate.send_replace(true);
    let state = bench.finish(&owner, execution).await;
    let run = state.run(&"task".into()).expect("it ran");
    assert_eq!((state.status, run.attempts.len()), (ExecutionStatus::Succeeded, 2));
    assert_eq!((run.attempts[0].lost, run.charged_attempts()), (true, 1));
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_an_execution_ends_its_attempts_on_workers() {
    let (service, url) = Service::start().await;
    let bench = Bench::with(for_gpu(Kind::HttpRequest, json!({ "method": "GET", "url": url }))).await;
    let (owner, _worker) = (bench.engine().await, worker(&bench).await);
    let execution = owner.start(bench.start(Value::Null)).await.expect("accepted");
    service.until_inside(1).await;
    assert!(why(&bench, &owner, execution).await.starts_with("A worker of the group “gpu” makes it, on "));
    owner.cancel(bench.workspace, execution, "ada@example.com").await.expect("it is live");
    assert_eq!(bench.finish(&owner, execution).await.status, ExecutionStatus::Cancelled);
    tokio::time::timeout(Duration::from_secs(10), service.until_inside(0)).await.expect("the worker hangs up");
    until(&bench, "select not exists (select from offers)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_without_slots_gives_work_to_one_that_idles() {
    let (service, url) = Service::start().await;
    let bench = Bench::with(chain(vec![node("task", Kind::HttpRequest, json!({ "method": "GET", "url": url }))])).await;
    let _idle = bench.engine_set(64, Settings::default()).await;
    until(&bench, "select sum(free_slots) = 64 from replicas").await;
    let busy = bench.engine_set(1, Settings::default()).await;
    until(&bench, "select sum(free_slots) = 65 from replicas").await;
    let mut executions = Vec::new();
    for _ in 0..6 {
        executions.push(busy.start(bench.start(Value::Null)).await.expect("accepted"));
    }
    // One in the slot, one that waits for it, and the others elsewhere.
    let together = tokio::time::timeout(Duration::from_secs(20), service.until_inside(5)).await;
    together.expect("five are in the service at once, though their owner has one slot");
    service.gate.send_replace(true);
    for execution in executions {
        assert_eq!(bench.finish(&busy, execution).await.status, ExecutionStatus::Succeeded);
    }
    assert_eq!(*service.seen.lock().expect("not poisoned"), 6, "nothing was done twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_a_process_of_its_own() {
    let bench = Bench::with(for_gpu(Kind::Transform, json!({ "output": "trigger.body.n * 2" }))).await;
    let owner = bench.engine().await;
    let execution = owner.start(bench.start(json!({ "n": 21 }))).await.expect("accepted");
    let mut worker = Command::new(env!("CARGO_BIN_EXE_flowpilot"))
        .args(["worker", "--group", "gpu,cpu", "--database-url", &bench.database.url, "--data-dir"])
        .arg(support::scratch_dir("worker-process"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program is built");
    let mut lines = BufReader::new(worker.stdout.take().expect("piped")).lines();
    let line = lines.next_line().await.expect("readable").expect("it says that it works");
    assert_eq!(line, "FlowPilot works for gpu, cpu.");
    assert_eq!(bench.finish(&owner, execution).await.output, Some(json!(42)));
    let pid = nix::unistd::Pid::from_raw(worker.id().expect("it runs") as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it can be asked to stop");
    assert!(worker.wait().await.expect("it ends").success());
    let nonsense = Command::new(env!("CARGO_BIN_EXE_flowpilot")).args(["worker", "--group", "GPU!"]).output().await;
    let nonsense = String::from_utf8(nonsense.expect("it runs").stderr).expect("text");
    assert!(nonsense.contains("1 to 32 of a-z"), "{nonsense}");
}
