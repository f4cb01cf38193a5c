//! Executions of the simulation that begin: from outside, or by a task run that waits for their end.

use std::sync::Arc;

use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    super::{message::Accepted, owned::Owned},
    store::Violation,
    world::{Flight, World},
};
use crate::domain::{
    event::{Cause, Parent},
    id::{ExecutionId, WorkflowId, WorkspaceId},
    plan::Prepared,
};

impl World {
    pub fn start(&mut self, at: usize) -> Result<(), Violation> {
        let cause = Cause { via: "simulation".into(), ..Cause::default() };
        if let Some(execution) = self.accept(at, cause, None)? {
            self.acknowledged.push(execution);
        }
        Ok(())
    }

    /// None: the replica did not live to see it committed.
    pub fn accept(&mut self, at: usize, cause: Cause, key: Option<String>) -> Result<Option<ExecutionId>, Violation> {
        let execution = ExecutionId(Uuid::from_u128(self.prepared.len() as u128 + 1));
        let depth = cause.parent.as_ref().map_or(0, |parent| parent.depth);
        let workflow = self.chance.workflow(depth);
        let cause = Cause { breakpoints: self.chance.breakpoints(&workflow), ..cause };
        let prepared = Arc::new(Prepared::of(workflow));
        self.prepared.insert(execution, prepared.clone());
        let (durable, _) = oneshot::channel();
        let mut accepted = Accepted {
            execution,
            workspace: WorkspaceId(Uuid::nil()),
            workflow: WorkflowId(Uuid::nil()),
            version: 1,
            prepared,
            cause,
            idempotency_key: key,
            kept: Vec::new(),
            end: None,
            durable,
        };
        let owned = Owned::accept(&mut accepted, self.clock(at));
        self.tell(|| format!("{execution} starts: {}", serde_json::json!(accepted.prepared.workflow)));
        self.replicas[at].memory.insert(execution, owned);
        Ok(self.work(at, execution, |_, _| {})?.then_some(execution))
    }

    /// The execution that the attempt starts, once however often it is made. None: there is nothing to go on with.
    pub fn child_of(&mut self, at: usize, flight: &Flight) -> Result<Option<ExecutionId>, Violation> {
        let Some(owned) = self.replicas[at].memory.get(&flight.execution) else { return Ok(None) };
        if !owned.is_current(&flight.run, flight.attempt) {
            return Ok(None);
        }
        let charged = owned.state.task_runs[&flight.run].charged_attempts().saturating_sub(1);
        let above = owned.state.cause.as_ref().and_then(|cause| cause.parent.as_ref()).map_or(0, |parent| parent.depth);
        let key = format!("{}/{}/{charged}", flight.execution, flight.run);
        if let Some(known) = self.store.keys.get(&key) {
            return Ok(Some(*known));
        }
        let parent = Parent { execution: flight.execution, run: flight.run.clone(), depth: above + 1 };
        let cause = Cause { via: "workflow".into(), parent: Some(parent), ..Cause::default() };
        self.accept(at, cause, Some(key))
    }
}
