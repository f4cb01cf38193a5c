//! A stand for engines: a workspace with one published workflow, and as many replicas as asked for.

use std::{sync::Arc, time::Duration};

use flowpilot::{
    domain::{
        event::Cause,
        id::{ExecutionId, WorkflowId, WorkspaceId},
        state::ExecutionState,
        task::Kind,
        workflow::{Edge, Node, Point, Workflow},
    },
    server::{
        config::EgressMode,
        egress::Egress,
        engine::{Engine, Parts, Settings, Start},
        files::Files,
        sandbox::Sandbox,
        secrets::Secrets,
        store::journal,
    },
};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support;

/// A workspace with one published workflow, and as many replicas as asked for.
pub struct Bench {
    pub database: support::TestDatabase,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub definition: Arc<Workflow>,
}

impl Bench {
    pub async fn with(definition: Workflow) -> Self {
        Self::on(support::database().await, definition).await
    }

    /// Another workspace in the same database, with a workflow of its own.
    pub async fn neighbour(&self, definition: Workflow) -> Self {
        let database = support::TestDatabase { url: self.database.url.clone(), pool: self.database.pool.clone() };
        Self::on(database, definition).await
    }

    async fn on(database: support::TestDatabase, definition: Workflow) -> Self {
        let (workspace, workflow) = (WorkspaceId(Uuid::now_v7()), WorkflowId(Uuid::now_v7()));
        sqlx::query(
            "with w as (insert into workspaces (id, name) values ($1, 'Test')),
                  f as (insert into workflows (workspace_id, id, name, draft, live_version) values ($1, $2, 'Test', $3, 1))
             select 1",
        )
        .bind(workspace.0)
        .bind(workflow.0)
        .bind(json!(definition))
        .execute(&database.pool)
        .await
        .expect("the workflow is new");
        sqlx::query(
            "insert into workflow_versions (workspace_id, workflow_id, version, definition) values ($1, $2, 1, $3)",
        )
        .bind(workspace.0)
        .bind(workflow.0)
        .bind(json!(definition))
        .execute(&database.pool)
        .await
        .expect("the version is new");
        Self { database, workspace, workflow, definition: Arc::new(definition) }
    }

    pub fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    pub async fn engine(&self) -> Engine {
        self.engine_with(64).await
    }

    /// A replica with so many slots.
    pub async fn engine_with(&self, slots: u32) -> Engine {
        self.engine_set(slots, Settings::default()).await
    }

    pub async fn engine_set(&self, slots: u32, settings: Settings) -> Engine {
        let pool = self.database.as_engine();
        let keys = tempfile_dir();
        let secrets = Secrets::load(&keys, None).expect("a key file can be made");
        let egress = Egress::new(EgressMode::Any).expect("the client can be built");
        let files = Files::at(&keys);
        Engine::launch(Parts { pool, secrets, egress, files, sandbox: Sandbox::off(), slots, settings })
            .await
            .expect("the engine starts")
    }

    pub fn start(&self, input: Value) -> Start {
        Start {
            workspace: self.workspace,
            workflow: self.workflow,
            version: 1,
            definition: self.definition.clone(),
            cause: Cause { trigger: None, via: "test".into(), by: None, input, ..Cause::default() },
            idempotency_key: None,
        }
    }

    pub async fn finish(&self, engine: &Engine, execution: ExecutionId) -> ExecutionState {
        tokio::time::timeout(Duration::from_secs(30), engine.finished(self.workspace, execution))
            .await
            .expect("it ends in time")
            .expect("the execution exists");
        self.state(execution).await
    }

    /// What an adopting replica does to those that it believes dead.
    pub async fn raise_fences(&self) {
        sqlx::query(
            "with r as (update replicas set retired_at = now() returning id)
             update lanes set epoch = epoch + 1 from r where replica_id = r.id",
        )
        .execute(self.pool())
        .await
        .expect("the fences can be raised");
    }

    pub async fn executions(&self) -> i64 {
        let count = sqlx::query_scalar("select count(*) from executions");
        count.fetch_one(self.pool()).await.expect("readable")
    }

    pub async fn state(&self, execution: ExecutionId) -> ExecutionState {
        let events = journal::all(self.pool(), execution).await.expect("the journal can be read");
        let seqs: Vec<i32> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=events.len() as i32).collect::<Vec<_>>(), "no gap, nothing twice");
        ExecutionState::of(&events)
    }
}

fn tempfile_dir() -> std::path::PathBuf {
    let dir = std::env::temp_dir().join(format!("flowpilot-test-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&dir).expect("the temporary directory is writable");
    dir
}

pub fn node(id: &str, kind: Kind, parameters: Value) -> Node {
    let mut node = Node::new(id.into(), id, kind, Point::default());
    node.parameters.extend(parameters.as_object().cloned().unwrap_or_default());
    node
}

/// Nodes in a row.
pub fn chain(nodes: Vec<Node>) -> Workflow {
    let edges = nodes.windows(2).map(|pair| Edge::between(pair[0].id.clone(), pair[1].id.clone())).collect();
    Workflow { name: "Test".into(), nodes, edges, ..Workflow::default() }
}

pub fn three_transforms() -> Workflow {
    chain(vec![
        node("a", Kind::Transform, json!({ "output": "{ n: trigger.body.n + 1 }" })),
        node("b", Kind::Transform, json!({ "output": "{ n: input.n * 10 }" })),
        node("c", Kind::Transform, json!({ "output": "input.n + nodes[\"a\"].output.n" })),
    ])
}

pub fn waiting(seconds: u32) -> Workflow {
    chain(vec![node("wait", Kind::Delay, json!({ "amount": seconds, "unit": "seconds" }))])
}
