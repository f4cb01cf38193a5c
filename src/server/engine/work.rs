//! An attempt to make: its place in the execution and the data that it sees.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Core,
    owned::{Owned, commit::only_computes},
};
use crate::{
    domain::{
        expression::Scope,
        id::{ExecutionId, RunId, WorkspaceId},
        limit::Priority,
        plan::Prepared,
        workflow::{Node, Parameters},
    },
    server::{
        Error,
        pulse::Pulse,
        runners::{Call, Secret},
        sandbox::Output,
        store,
    },
};

/// An attempt to make, with the data it sees.
pub struct Work {
    pub workspace: WorkspaceId,
    pub execution: ExecutionId,
    prepared: Arc<Prepared>,
    /// The node's, in the workflow.
    position: usize,
    pub run: RunId,
    pub attempt: u32,
    /// Attempts before it that count against the retry policy.
    pub charged: u32,
    /// How many executions stand above this one.
    pub depth: u32,
    pub priority: Priority,
    /// Who started the execution: a person's email, or what stands for a service.
    pub by: Option<Box<str>>,
    pub scope: Arc<Scope>,
    now: DateTime<Utc>,
}

impl Work {
    /// None: the workflow has no such node.
    pub fn of(owned: &Owned, run: &RunId, attempt: u32) -> Option<Self> {
        let prepared = &owned.prepared;
        let position = prepared.position(&run.node)?;
        let (needs, now) = (prepared.needs(position), Utc::now());
        let scope = Scope::with(&prepared.workflow, needs, &owned.state, run, owned.execution, now);
        Some(Self {
            workspace: owned.workspace,
            execution: owned.execution,
            prepared: prepared.clone(),
            position,
            run: run.clone(),
            attempt,
            charged: owned.state.task_runs.get(run).map_or(0, |run| run.charged_attempts().saturating_sub(1)),
            depth: owned.state.cause.as_ref().and_then(|cause| cause.parent.as_ref()).map_or(0, |parent| parent.depth),
            priority: owned.priority(),
            by: owned.state.cause.as_ref().and_then(|cause| cause.by.as_deref()).map(Box::from),
            scope: Arc::new(scope),
            now,
        })
    }

    /// `execution.resume_url`: where a call ends what waits for one. Known to the server alone; made for those who read it.
    pub fn with_resume_url(mut self, core: &Core) -> Self {
        if !self.scope.execution.is_null()
            && let Ok(token) = core.parts.secrets.resume_token(self.execution)
        {
            let url = format!("{}/resume/{}/{token}", core.parts.settings.public_url, self.execution);
            Arc::make_mut(&mut self.scope).execution["resume_url"] = url.into();
        }
        self
    }

    /// Whether it was in the journal before it began.
    pub fn is_by_step(&self) -> bool {
        self.prepared.workflow.settings.commit.is_step() && !only_computes(self.node(), &self.run)
    }

    pub fn reads_variables(&self) -> bool {
        self.prepared.needs(self.position).vars
    }

    /// `vars`, for those who read it: as they are now.
    pub async fn add_variables(&mut self, core: &Core) -> Result<(), Error> {
        if self.reads_variables() {
            let vars = store::variables::values(&core.parts.pool, self.workspace).await?;
            Arc::make_mut(&mut self.scope).vars = vars;
        }
        Ok(())
    }

    pub fn node(&self) -> &Node {
        &self.prepared.workflow.nodes[self.position]
    }

    /// Tells workflows and their versions apart for as long as they are in memory.
    pub fn version_mark(&self) -> usize {
        Arc::as_ptr(&self.prepared).addr()
    }

    /// What the runner gets to know, of a node that names no channel and no certificate.
    pub fn call(&self, core: &Core, parameters: Parameters, credential: Option<Secret>, pulse: Pulse) -> Call {
        Call {
            workspace: self.workspace,
            execution: self.execution,
            run: self.run.clone(),
            attempt: self.attempt,
            kind: self.node().kind,
            parameters,
            input: self.scope.input.clone(),
            channel: None,
            credential,
            certificate: None,
            egress: core.parts.egress.clone().telling(pulse.clone()),
            output: Output::telling(pulse.clone()),
            pulse,
            compute: core.compute.clone(),
            files: core.parts.files.clone(),
            now: self.now,
            sandbox: core.parts.sandbox.clone(),
            timeout: Duration::from_secs(self.node().timeout_secs.into()),
        }
    }
}
