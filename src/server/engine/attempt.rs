//! One attempt at a task: expressions resolved, the credential opened, the runner run within its timeout. The runner
//! masks secrets in what it gives. Never fails as such: every way to end is an [`Ending`].
//!
//! What few attempts need stands in boxes: an attempt is moved when it is spawned, and together they would be 20 KB.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use serde_json::Value;

use super::{
    Core, Engine, child, compute, gate,
    message::{Ending, Letter, Message},
    named::{self, Named},
    offers,
    owned::Owned,
    results, size,
    slots::Slot,
    uses,
};
use crate::{
    domain::{
        event::{Log, TaskError},
        expression::{self, Scope},
        id::{CredentialId, ExecutionId, RunId, WorkspaceId},
        limit::Priority,
        plan::Prepared,
        workflow::{Node, Parameters},
    },
    server::{
        Error,
        fault::{self, Point},
        oauth,
        pulse::Pulse,
        runners::{self, Call, Outcome, RunError, Secret},
        sandbox::Output,
        secrets::Mask,
        store::{self, tenants::Reach},
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
        self.prepared.workflow.settings.commit.is_step()
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

/// How an attempt ended. The slot is held until that is told, so that a replica that stops leaves nothing untold.
pub struct Made {
    pub ending: Ending,
    pub slot: Option<Slot>,
}

impl From<Ending> for Made {
    fn from(ending: Ending) -> Self {
        Self { ending, slot: None }
    }
}

/// Makes the attempt, here or on another replica, and tells how it ended.
pub async fn perform(core: &Arc<Core>, work: Work) -> (Message, Option<Slot>) {
    let (execution, run, attempt) = (work.execution, work.run.clone(), work.attempt);
    let mut work = work.with_resume_url(core);
    while let Err(error) = Box::pin(work.add_variables(core)).await {
        tracing::warn!(%error, %execution, "the variables could not be read; trying again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let kept = match work.node().limits.cache_secs {
        Some(_) => Box::pin(results::find(core, &work)).await,
        None => None,
    };
    let Made { ending, slot } = match kept {
        Some(kept) => kept.into(),
        None => match offers::group_for(core, &work) {
            Some(group) => match Box::pin(offers::give(core, &work, group)).await {},
            None => attempt_once(core, &work).await,
        },
    };
    (Message::AttemptEnded { execution, run, attempt, ending }, slot)
}

/// Makes the attempt in a free slot of this replica.
pub async fn attempt_once(core: &Arc<Core>, work: &Work) -> Made {
    if work.node().disabled {
        return pass_on(work).into();
    }
    let pass = match gate::pass(core, work).await {
        Ok(pass) => pass,
        Err(ending) => return ending.into(),
    };
    if work.node().start_timeout_secs.is_some() {
        Box::pin(tell_begin(core, work)).await;
    }
    let ending = attempt_in_slot(core, work).await;
    let slot = Some(pass.ended(core, &ending).await);
    if work.node().limits.cache_secs.is_some() {
        Box::pin(results::keep(core, work, &ending)).await;
    }
    Made { ending, slot }
}

/// What a disabled task does: its input goes on.
pub fn pass_on(work: &Work) -> Ending {
    Ending::Done { output: work.scope.input.clone(), port: work.node().way_on().to_owned().into() }
}

/// Why the workspace does not let this run; none: it does.
async fn refused(core: &Core, work: &Work, parameters: &Parameters) -> Option<Ending> {
    let kind = work.node().kind;
    if !kind.is_code() {
        return None;
    }
    let wants_network = parameters.get("network").and_then(Value::as_str) == Some("on");
    match store::code::policy(&core.parts.pool, work.workspace).await {
        Ok(policy) => policy.refusal(kind, wants_network).map(|message| failed(message, None, false)),
        Err(error) => {
            tracing::error!(%error, "what code may do could not be read");
            Some(failed("What code may do in this workspace could not be read.", None, true))
        }
    }
}

/// Writes down what the attempt printed, before its end.
async fn tell_log(core: &Arc<Core>, work: &Work, log: Log) {
    let letter = Letter::AttemptLogged { node: work.run.clone(), attempt: work.attempt, log };
    if let Err(error) = Engine::of(core).deliver(work.execution, letter).await {
        tracing::warn!(%error, execution = %work.execution, "what an attempt printed could not be written down");
    }
}

/// Stops the time in which the attempt has to get its turn, before it begins.
async fn tell_begin(core: &Arc<Core>, work: &Work) {
    let engine = Engine::of(core);
    let began = || Letter::AttemptBegan { node: work.run.clone(), attempt: work.attempt };
    while let Err(error) = engine.deliver(work.execution, began()).await {
        tracing::warn!(%error, execution = %work.execution, "the begin of an attempt could not be told; trying again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn attempt_in_slot(core: &Arc<Core>, work: &Work) -> Ending {
    let node = work.node();
    let parameters = match parameters(core, work).await {
        Ok(parameters) => parameters,
        Err(ending) => return ending,
    };
    let channel = match Box::pin(named::channel(core, work, &parameters)).await {
        Ok(channel) => channel,
        Err(ending) => return ending,
    };
    let login = named::credential(node, &parameters, channel.as_ref());
    let credential = match credential(core, work, login).await {
        Ok(credential) => credential,
        Err(ending) => return ending,
    };
    let shown = named::certificate(node, &parameters);
    let certificate = match self::credential(core, work, shown).await {
        Ok(certificate) => certificate,
        Err(ending) => return ending,
    };
    for secret in credential.iter().chain(&certificate) {
        Box::pin(uses::note(core, work, secret.id)).await;
    }
    let renewable =
        credential.as_ref().filter(|secret| secret.kind.is_oauth2()).map(|secret| (secret.id, secret.version));
    if let Some(ending) = Box::pin(refused(core, work, &parameters)).await {
        return ending;
    }
    let timeout = Duration::from_secs(node.timeout_secs.into());
    let pulse = Pulse::begin();
    let mask = credential.as_ref().map(Mask::of).unwrap_or_default();
    let _shown = core.pulses.show(work, &pulse);
    let call = Call { channel, certificate, ..work.call(core, parameters, credential, pulse.clone()) };
    let output = call.output.clone();
    let run = async {
        fault::reach(Point::InTask).await;
        runners::run(call).await
    };
    let run = AssertUnwindSafe(run).catch_unwind();
    let lives = async {
        tokio::select! {
            biased;
            ended = tokio::time::timeout(timeout, run) => Some(ended),
            () = pulse.is_silent_for(node.heartbeat_timeout_secs) => None,
        }
    };
    let ended = lives.await;
    if !output.is_empty() {
        Box::pin(tell_log(core, work, output.log(|text| mask.text(text)))).await;
    }
    let Some(ended) = ended else {
        let seconds = node.heartbeat_timeout_secs.unwrap_or_default();
        let message = format!("The attempt gave no sign of life for {seconds} s and was ended.");
        return failed(message, Some("heartbeat_timeout_secs".into()), true);
    };
    match ended {
        Ok(Ok(Ok(Outcome::Execute { workflow, input }))) => {
            Box::pin(child::execute(core, work, &workflow, input)).await
        }
        Ok(Ok(ended)) => {
            if let (Some((id, version)), Err(error)) = (renewable, &ended)
                && status_of(error) == Some(401)
            {
                Box::pin(refused_token(core, work.workspace, id, version)).await;
            }
            end(ended, core.parts.settings.max_result)
        }
        Ok(Err(_panic)) => broke_off(work),
        Err(_elapsed) => {
            let message = format!("The attempt took longer than its timeout of {} s.", timeout.as_secs());
            failed(message, Some("timeout_secs".into()), true)
        }
    }
}

/// What the peer answered, where it did.
fn status_of(error: &RunError) -> Option<u64> {
    let (RunError::Retry { details, .. } | RunError::Fail { details, .. }) = error;
    details["status"].as_u64()
}

/// The service did not take the access token, before its time: the next attempt fetches another.
async fn refused_token(core: &Core, workspace: WorkspaceId, credential: CredentialId, version: i32) {
    if let Err(error) = store::oauth::expire(&core.parts.pool, workspace, credential, version).await {
        tracing::warn!(%error, %credential, "an access token that was refused could not be marked");
    }
}

/// The node's parameters with every expression replaced by its value.
async fn parameters(core: &Core, work: &Work) -> Result<Parameters, Ending> {
    let node = work.node();
    let resolved = if node.kind.goes_over_items() || compute::is_much(&node.parameters, &work.scope) {
        let (kind, parameters, scope) = (node.kind, node.parameters.clone(), work.scope.clone());
        let resolved = Box::pin(core.compute.run(move || expression::resolve(kind, &parameters, &scope))).await;
        resolved.ok_or_else(|| failed("The expressions broke off by a fault in FlowPilot.", None, false))?
    } else {
        expression::resolve(node.kind, &node.parameters, &work.scope)
    };
    resolved.map_err(|error| failed(error.message, Some(error.field), false))
}

/// The credential that is named, opened.
async fn credential(core: &Core, work: &Work, named: Option<Named<'_>>) -> Result<Option<Secret>, Ending> {
    let (workspace, node) = (work.workspace, work.node());
    let Some(Named { field, kinds, name, task }) = named else { return Ok(None) };
    let open = async {
        let mut db = core.parts.pool.acquire().await?;
        core.parts.secrets.credential(&mut db, workspace, name).await
    };
    match Box::pin(open).await {
        Ok(Some((kind, secret))) if kinds.contains(&kind) => {
            let parts = &core.parts;
            let usable = async {
                let secret = secret.for_task(task, field)?;
                // Whoever made a channel may use its credential, and opened it to all that the channel is open to.
                if task == node.kind {
                    uses::vouch(core, work, &secret, field).await?;
                }
                oauth::usable(Reach::Engine(&parts.pool), &parts.secrets, &parts.egress, workspace, secret).await
            };
            Box::pin(usable).await.map(Some).map_err(ended_badly)
        }
        Ok(Some((kind, _))) => {
            let message = format!("The credential “{name}” is of the kind {}. Choose one that fits.", kind.label());
            Err(failed(message, Some(field.to_owned()), false))
        }
        Ok(None) => {
            let message = format!("There is no credential “{name}” any more. Choose another one, or create it again.");
            Err(failed(message, Some(field.to_owned()), false))
        }
        Err(error) => {
            tracing::error!(%error, node = %node.id, "a credential could not be opened");
            let is_passing = matches!(error, Error::Database(_));
            Err(failed(format!("The credential “{name}” could not be opened."), Some(field.to_owned()), is_passing))
        }
    }
}

/// What the engine makes of what the runner gave.
pub fn end(ended: Result<Outcome, RunError>, max_result: usize) -> Ending {
    ended.map_or_else(ended_badly, |outcome| ended_well(outcome, max_result))
}

pub fn broke_off(work: &Work) -> Ending {
    tracing::error!(execution = %work.execution, node = %work.run, "the runner panicked");
    failed("The task broke off by a fault in FlowPilot. The server's log says more.", None, false)
}

fn ended_well(outcome: Outcome, max_result: usize) -> Ending {
    let checked = match &outcome {
        Outcome::Done { output, .. } | Outcome::Wait { output, .. } => size::check(output, max_result),
        Outcome::Execute { input, .. } => size::check(input, max_result),
        Outcome::Loop { items, .. } => size::check(items, max_result),
    };
    if let Err(message) = checked {
        return failed(message, None, false);
    }
    match outcome {
        Outcome::Done { output, port } => Ending::Done { output, port },
        Outcome::Wait { until, output, waits_for } => Ending::Wait { until, output, waits_for },
        Outcome::Execute { .. } => failed("A sub-workflow is started by its own hand.", None, false),
        Outcome::Loop { items, max_parallel, go_on } => Ending::Loop { items, max_parallel, go_on },
    }
}

fn ended_badly(error: RunError) -> Ending {
    match error {
        RunError::Retry { message, details, after } => {
            Ending::Failed { error: TaskError { message, field: None, retryable: true, details }, after }
        }
        RunError::Fail { message, field, details } => {
            Ending::Failed { error: TaskError { message, field, retryable: false, details }, after: None }
        }
    }
}

pub fn failed(message: impl Into<String>, field: Option<String>, retryable: bool) -> Ending {
    let error = TaskError { message: message.into(), field, retryable, details: Value::Null };
    Ending::Failed { error, after: None }
}
