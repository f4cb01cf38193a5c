//! The in-process orchestrator: starts executions, carries out what the planner decides, keeps the journal.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;

use crate::{
    domain::{
        event::Cause,
        id::{ExecutionId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::{Result, egress::Egress, secrets::Secrets},
};

/// The handle that triggers, REST and server functions hold. Cheap to clone.
#[derive(Clone)]
pub struct Engine {}

/// What to run and why.
#[derive(Clone, Debug)]
pub struct Start {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    /// The published version; 0 runs `definition` as a draft, kept with the execution.
    pub version: i32,
    pub definition: Arc<Workflow>,
    pub cause: Cause,
    /// A second start with the same key in the same workflow answers with the first execution.
    pub idempotency_key: Option<String>,
}

/// What the engine works with.
pub struct Parts {
    pub pool: PgPool,
    pub secrets: Secrets,
    pub egress: Egress,
    /// Attempts that run at the same time, at most.
    pub slots: u32,
}

impl Engine {
    /// Registers this replica, adopts what dead replicas left behind and begins to work.
    pub async fn launch(_parts: Parts) -> Result<Self> {
        Ok(Self {})
    }

    /// Takes no more starts, lets running attempts end for up to `grace`, hands the rest to other replicas.
    pub async fn stop(&self, _grace: Duration) {}

    /// Starts an execution. When this returns, it is durable: committed, whatever happens next.
    pub async fn start(&self, _start: Start) -> Result<ExecutionId> {
        Err(crate::server::Error::internal("the engine is not running"))
    }

    /// Asks the execution to end as cancelled. Returns at once; the end is in the journal soon after.
    pub async fn cancel(&self, _workspace: WorkspaceId, _execution: ExecutionId, _by: &str) -> Result<()> {
        Ok(())
    }

    /// Wakes whoever reads the execution's journal when it may have grown, at the latest every second.
    pub fn watch(&self, _execution: ExecutionId) -> Watch {
        Watch {}
    }

    /// Waits until the execution is over.
    pub async fn finished(&self, _workspace: WorkspaceId, _execution: ExecutionId) -> Result<()> {
        Ok(())
    }
}

/// A reader's place in the queue for news of one execution.
pub struct Watch {}

impl Watch {
    /// Returns when there may be new events. Subscribe, then read, then wait: nothing is missed.
    pub async fn changed(&mut self) {}
}
