//! What is measured: a workflow of three trivial tasks, and the same behind a webhook, on a server of its own.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use uuid::Uuid;

use super::{Measured, load::Hook};
use crate::{
    domain::{
        event::Cause,
        id::{TokenId, WorkflowId, WorkspaceId},
        role::Role,
        task::Kind,
        workflow::{Edge, Node, Point, Workflow},
    },
    server::{
        Caller, Error, Result,
        app::{self, Running},
        auth::{Via, people},
        config::{Config, DatabaseConfig, EgressMode},
        engine::{Engine, Start},
        store,
        triggers::list::list,
        workflows,
    },
};

pub struct Workload {
    running: Running,
    data_dir: PathBuf,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    definition: Arc<Workflow>,
    hook: Hook,
}

impl Workload {
    /// Starts a server on a free port and publishes the workflow.
    pub async fn prepare(database_url: Option<String>) -> Result<Self> {
        let data_dir = std::env::temp_dir().join(format!("flowpilot-bench-{}", Uuid::now_v7()));
        let running = app::start(config(database_url, data_dir.clone())).await?;
        let app = running.state.clone();
        let email = format!("bench-{}@example.com", Uuid::now_v7());
        let wish = people::Wish { email: &email, name: "", workspace_name: &email, role: Role::Owner, password: None };
        let person = people::create(&app.pool, wish).await?;
        let (user, workspace) = (person.user, person.workspace);
        let caller = Caller { app, user, email, workspace, role: Role::Owner, via: Via::Token(TokenId(Uuid::nil())) };
        let definition = three_tasks();
        let workflow = workflows::create(&caller, &definition).await?;
        let draft = workflows::get(&caller, workflow).await?;
        workflows::publish(&caller, workflow, Some(draft.revision)).await?;
        let url = list(&caller, Some(workflow))
            .await?
            .into_iter()
            .find_map(|trigger| trigger.url)
            .ok_or_else(|| Error::internal("the published webhook has no address"))?;
        let path = url.find("/hooks/").map(|at| url[at..].to_owned()).unwrap_or_default();
        let hook = Hook { address: running.address, path };
        Ok(Self { running, data_dir, workspace, workflow, definition: Arc::new(definition), hook })
    }

    pub fn hook(&self) -> &Hook {
        &self.hook
    }

    pub async fn postgres_version(&self) -> Result<String> {
        store::database::setting(&self.running.state.pool, "server_version").await
    }

    fn engine(&self) -> &Engine {
        &self.running.state.engine
    }

    fn start(&self) -> Start {
        let input = json!({ "email": "ada@example.com", "name": "Ada Lovelace", "n": 1 });
        Start {
            workspace: self.workspace,
            workflow: self.workflow,
            version: 1,
            definition: self.definition.clone(),
            cause: Cause { trigger: None, via: "api".into(), by: None, input, ..Cause::default() },
            idempotency_key: None,
        }
    }

    /// Start to end, one after the other.
    pub async fn one_at_a_time(&self, time: Duration) -> Result<Measured> {
        self.at_once(1, time).await
    }

    /// Start to end, so many in flight all the time.
    pub async fn at_once(&self, in_flight: usize, time: Duration) -> Result<Measured> {
        let began = Instant::now();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..in_flight {
            workers.spawn(one_after_the_other(self.engine().clone(), self.start(), began + time));
        }
        let mut times = Vec::new();
        for ended in workers.join_all().await {
            times.extend(ended?);
        }
        Ok(Measured::of(times, began))
    }

    /// Waits until everything that was accepted is over.
    pub async fn settle(&self) {
        while self.engine().live() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn stop(self) {
        self.running.stop().await;
        if let Err(error) = std::fs::remove_dir_all(&self.data_dir) {
            eprintln!("{} stays: {error}", self.data_dir.display());
        }
    }
}

async fn one_after_the_other(engine: Engine, start: Start, until: Instant) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        engine.run(start.clone()).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

fn config(database_url: Option<String>, data_dir: PathBuf) -> Config {
    Config {
        database: DatabaseConfig { database_url, data_dir: Some(data_dir), key_file: None, connections: 20 },
        listen: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        trusted_proxies: Vec::new(),
        egress: EgressMode::PublicOnly,
        ca_file: None,
        slots: 256,
        groups: Vec::new(),
        max_result_kib: 1024,
        drop_notices: false,
        webhook_rate: 0,
        site_root: "target/site".into(),
    }
}

/// A webhook and three transforms in a row.
fn three_tasks() -> Workflow {
    let node = |id: &str, kind| Node::new(id.into(), id, kind, Point::default());
    let transform = |id: &str, output: &str| {
        let mut node = node(id, Kind::Transform);
        node.parameters.insert("output".into(), output.into());
        node
    };
    Workflow {
        name: "Three trivial tasks".into(),
        nodes: vec![
            node("hook", Kind::Webhook),
            transform("a", "{ email: input.email.toLowerCase() }"),
            transform("b", "{ email: input.email, ok: true }"),
            transform("c", "input"),
        ],
        edges: vec![Edge::between("hook", "a"), Edge::between("a", "b"), Edge::between("b", "c")],
        ..Workflow::default()
    }
}
