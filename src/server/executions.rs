//! What can be done to executions: start, cancel, run again; called by server functions, REST and the command line
//! alike. Each call checks what its caller may do. Reading them is in `store::executions`.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use crate::{
    api::ApiError,
    domain::{
        event::{Cause, Change, Restart},
        execution::ExecutionSummary,
        id::{ExecutionId, NodeId, WorkflowId},
        input,
        limit::Priority,
        payload::Sight,
        restart::{self, Past, Version},
        role::Action,
        state::ExecutionState,
        trial::{self, Reach},
        workflow::{Edge, Workflow},
    },
    server::{
        Caller, Error, Result, breakpoints,
        engine::Start,
        live,
        store::{self, origins::Origin},
        workflows,
    },
};

/// The most characters of an idempotency key.
pub const MAX_KEY: usize = 200;

/// What a person or a program wants to run.
#[derive(Clone, Debug)]
pub struct Run {
    pub which: Which,
    /// What the trigger nodes hand on.
    pub input: Value,
    /// `manual`, `api` or `cli`.
    pub via: &'static str,
    /// None: as the workflow says.
    pub priority: Option<Priority>,
    /// Edges at which this run is held.
    pub breakpoints: Vec<Edge>,
    /// A second start with the same key in the same workflow answers with the first execution.
    pub idempotency_key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The published version.
    Live,
    /// The draft as it is saved; it must have no problems.
    Draft,
}

/// Starts an execution. When this returns, it is durable.
pub async fn start(caller: &Caller, workflow: WorkflowId, run: Run) -> Result<ExecutionId> {
    let Wanted { start, kept, .. } = wanted(caller, workflow, run).await?;
    caller.app.engine.start_keeping(start, kept).await
}

/// An execution whose end somebody waited for.
pub struct Waited {
    pub id: ExecutionId,
    /// As it ended, told from memory. None: the database tells how it stands.
    pub over: Option<(ExecutionSummary, ExecutionState)>,
}

/// Starts an execution and waits up to so long for its end.
pub async fn start_and_wait(caller: &Caller, workflow: WorkflowId, run: Run, wait: Duration) -> Result<Waited> {
    // Whoever may not see it is told before it starts.
    caller.require_on(Action::ViewExecutions, workflow)?;
    // What a key stands for may be of another version, and a shape is made of events.
    let is_told_from_memory = run.idempotency_key.is_none() && caller.sight() == Sight::Whole;
    let Wanted { name, start, kept } = wanted(caller, workflow, run).await?;
    let version = start.version;
    let (id, ended) = caller.app.engine.run_keeping(start, kept, wait).await?;
    let over = ended.filter(|_| is_told_from_memory).and_then(|state| {
        let summary = ExecutionSummary {
            id,
            workflow_id: workflow,
            workflow_name: name,
            version,
            status: state.status,
            started_via: state.cause.as_ref()?.via.clone(),
            created_at: state.started_at?,
            finished_at: state.finished_at,
            error: state.error.clone(),
        };
        Some((summary, state))
    });
    Ok(Waited { id, over })
}

/// What is to start, of a workflow with this name.
struct Wanted {
    name: String,
    start: Start,
    /// What its journal begins with.
    kept: Vec<Change>,
}

async fn wanted(caller: &Caller, workflow: WorkflowId, run: Run) -> Result<Wanted> {
    caller.require_on(Action::RunExecutions, workflow)?;
    check_key(run.idempotency_key.as_deref())?;
    workflows::input_depth(&run.input)?;
    let (name, version, definition) = match run.which {
        Which::Live => live(caller, workflow).await?,
        Which::Draft => {
            let draft = workflows::runnable_draft(caller, workflow).await?;
            (draft.name.clone(), 0, Arc::new(draft))
        }
    };
    let only_declared = !caller.role.may(Action::EditWorkflows);
    if let Some(refusal) = input::refusal(&definition, &run.input, only_declared) {
        return Err(ApiError::invalid("input", refusal).into());
    }
    breakpoints::check(&definition, &run.breakpoints)?;
    let by = Some(caller.email.clone());
    let cause = Cause {
        trigger: None,
        via: run.via.to_owned(),
        by,
        input: run.input,
        priority: run.priority,
        breakpoints: run.breakpoints,
        ..Cause::default()
    };
    // A published version is kept without pins, a draft goes with its execution.
    let (kept, definition) = match version {
        0 => (trial::pins(&definition, None), Arc::new(Arc::unwrap_or_clone(definition).unpinned())),
        _ => (Vec::new(), definition),
    };
    let (workspace, idempotency_key) = (caller.workspace, run.idempotency_key);
    let start = Start { workspace, workflow, version, definition, cause, idempotency_key };
    Ok(Wanted { name, start, kept })
}

/// A part of the draft to try.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub node: NodeId,
    pub reach: Reach,
    /// What the triggers hand on.
    pub input: Value,
    /// Whose outputs stand in for what does not run.
    pub past: Option<ExecutionId>,
    /// Where it is held; those on edges that are no part of it count for nothing.
    pub breakpoints: Vec<Edge>,
}

/// Runs one node of the draft, everything up to it or everything from it on. Only what runs has to be without problems.
pub async fn attempt(caller: &Caller, workflow: WorkflowId, attempt: Attempt) -> Result<ExecutionId> {
    let draft = workflows::draft_to_try(caller, workflow).await?;
    workflows::input_depth(&attempt.input)?;
    let past = match attempt.past {
        Some(id) => {
            Some((id, origin(caller, id).await?, live::state(&mut *caller.begin().await?, caller.workspace, id).await?))
        }
        None => None,
    };
    let past = past.as_ref().filter(|(_, origin, _)| origin.workflow == workflow && origin.status.is_finished());
    let seen = past.map(|(id, origin, state)| Past { execution: *id, workflow: &origin.definition, state });
    let tried = trial::trial(&draft, &attempt.node, attempt.reach, seen.as_ref());
    let tried = tried.map_err(|detail| ApiError::conflict("nothing_to_try", detail))?;
    let problems = workflows::validate(caller, &tried.workflow).await?;
    if !problems.is_empty() {
        return Err(Error::Problems(problems));
    }
    let cause = match past {
        Some((_, origin, _)) if attempt.reach.goes_on_with_the_past() => {
            Cause { parent: None, restart: None, ..origin.cause.clone() }
        }
        _ => Cause { input: attempt.input, ..Cause::default() },
    };
    let mut breakpoints = attempt.breakpoints;
    breakpoints.retain(|edge| tried.workflow.edges.contains(edge));
    breakpoints.truncate(tried.workflow.edges.len());
    let start = Start {
        workspace: caller.workspace,
        workflow,
        version: 0,
        definition: Arc::new(tried.workflow),
        cause: Cause { via: "manual".to_owned(), by: Some(caller.email.clone()), breakpoints, ..cause },
        idempotency_key: None,
    };
    caller.app.engine.start_keeping(start, tried.kept).await
}

/// Asks the execution to end as cancelled; it does soon after.
pub async fn cancel(caller: &Caller, id: ExecutionId) -> Result<()> {
    caller.require_of(Action::RunExecutions, id).await?;
    let origin = origin(caller, id).await?;
    if origin.status.is_finished() {
        let detail = format!("The execution is over ({}); there is nothing to cancel.", origin.status.name());
        return Err(ApiError::conflict("finished", detail).into());
    }
    caller.app.engine.cancel(caller.workspace, id, &caller.email).await
}

/// What can be asked of an execution that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing new starts; attempts that run go on.
    Pause,
    Resume,
    /// One more attempt starts while it is paused.
    Step,
}

/// Does so soon after.
pub async fn wish(caller: &Caller, id: ExecutionId, wish: Wish) -> Result<()> {
    caller.require_of(Action::RunExecutions, id).await?;
    let (engine, workspace, by) = (&caller.app.engine, caller.workspace, &caller.email);
    match wish {
        Wish::Pause => engine.pause(workspace, id, by).await,
        Wish::Resume => engine.resume(workspace, id, by).await,
        Wish::Step => engine.step(workspace, id, by).await,
    }
}

/// Hands the data of an event to every task run that waits for it. Gives how many did.
pub async fn send_event(caller: &Caller, name: &str, key: Option<&str>, data: &Value) -> Result<u64> {
    caller.require(Action::RunExecutions)?;
    workflows::input_depth(data)?;
    for (field, text) in [("name", Some(name)), ("key", key)] {
        if text.is_some_and(|text| text.is_empty() || text.len() > MAX_KEY) {
            return Err(ApiError::invalid(field, format!("It has 1 to {MAX_KEY} bytes.")).into());
        }
    }
    caller.app.engine.send_event(caller.workspace, name, key, data, &caller.email).await
}

/// Starts the same version with the same input once more.
pub async fn run_again(caller: &Caller, id: ExecutionId, idempotency_key: Option<String>) -> Result<ExecutionId> {
    caller.require_of(Action::RunExecutions, id).await?;
    check_key(idempotency_key.as_deref())?;
    let origin = origin(caller, id).await?;
    if origin.workflow_is_deleted {
        return Err(ApiError::conflict("deleted", "Its workflow was deleted; it cannot run again.").into());
    }
    let cause = Cause {
        via: "rerun".to_owned(),
        by: Some(caller.email.clone()),
        parent: None,
        restart: None,
        breakpoints: Vec::new(),
        ..origin.cause
    };
    let start = Start {
        workspace: caller.workspace,
        workflow: origin.workflow,
        version: origin.version,
        definition: Arc::new(origin.definition),
        cause,
        idempotency_key,
    };
    caller.app.engine.start(start).await
}

/// Where an execution that is over starts again, and on which version.
#[derive(Clone, Debug)]
pub struct From {
    pub node: NodeId,
    pub version: Version,
}

/// Starts a new execution that keeps what does not come after the node, and runs from there on.
pub async fn restart(
    caller: &Caller,
    id: ExecutionId,
    from: From,
    idempotency_key: Option<String>,
) -> Result<ExecutionId> {
    caller.require_of(Action::RunExecutions, id).await?;
    check_key(idempotency_key.as_deref())?;
    let origin = origin(caller, id).await?;
    if origin.workflow_is_deleted {
        return Err(ApiError::conflict("deleted", "Its workflow was deleted; it cannot run again.").into());
    }
    if !origin.status.is_finished() {
        let detail = "The execution is still under way. Wait for its end or cancel it, then restart it.";
        return Err(ApiError::conflict("under_way", detail).into());
    }
    let state = live::state(&mut *caller.begin().await?, caller.workspace, id).await?;
    let (version, definition) = match (from.version, origin.version) {
        (Version::Original, version) => (version, Arc::new(origin.definition.clone())),
        (Version::Current, 0) => (0, Arc::new(workflows::runnable_draft(caller, origin.workflow).await?)),
        (Version::Current, _) => {
            let (_, version, definition) = live(caller, origin.workflow).await?;
            (version, definition)
        }
    };
    let past = Past { execution: id, workflow: &origin.definition, state: &state };
    let kept = restart::kept(&past, &definition, &from.node);
    let kept = kept.map_err(|detail| ApiError::conflict("not_restartable", detail))?;
    let cause = Cause {
        via: "restart".to_owned(),
        by: Some(caller.email.clone()),
        parent: None,
        restart: Some(Restart { execution: id, node: from.node }),
        breakpoints: Vec::new(),
        ..origin.cause
    };
    let start =
        Start { workspace: caller.workspace, workflow: origin.workflow, version, definition, cause, idempotency_key };
    let restarted = caller.app.engine.start_keeping(start, kept).await?;
    if let Err(error) = settle_dead_letter(caller, id, restarted).await {
        tracing::warn!(%error, execution = %id, "its dead letter stays open, though it was restarted");
    }
    Ok(restarted)
}

async fn settle_dead_letter(caller: &Caller, failed: ExecutionId, restarted: ExecutionId) -> Result<()> {
    let mut tx = caller.begin().await?;
    store::dead_letters::restarted(&mut *tx, caller.workspace, failed, &caller.email, restarted).await?;
    tx.commit().await
}

/// The workflow's name, its live version and what that is.
async fn live(caller: &Caller, id: WorkflowId) -> Result<(String, i32, Arc<Workflow>)> {
    let (mut tx, workspace) = (caller.begin().await?, caller.workspace);
    let found = store::versions::live_number(&mut *tx, workspace, id).await?;
    let (name, version) = found.ok_or_else(|| ApiError::not_found("workflow"))?;
    let version = version.ok_or_else(not_published)?;
    let definition = caller.app.versions.get(&mut *tx, (workspace, id, version)).await?;
    Ok((name, version, definition))
}

fn not_published() -> Error {
    ApiError::conflict("not_published", "The workflow is not published. Publish it first, or run its draft.").into()
}

async fn origin(caller: &Caller, id: ExecutionId) -> Result<Origin> {
    let origin = store::origins::find(&mut *caller.begin().await?, caller.workspace, id).await?;
    origin.ok_or_else(|| ApiError::not_found("execution").into())
}

fn check_key(key: Option<&str>) -> Result<()> {
    let is_fit = |key: &str| (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    match key {
        Some(key) if !is_fit(key) => {
            let message = format!("An idempotency key has 1 to {MAX_KEY} visible ASCII characters, no spaces.");
            Err(ApiError::invalid("idempotency_key", message).into())
        }
        _ => Ok(()),
    }
}
