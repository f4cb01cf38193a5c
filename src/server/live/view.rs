//! One execution as its page begins: from here the feed goes on.

use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    api::ApiError,
    domain::{
        event::Event,
        execution::ExecutionView,
        id::{ExecutionId, NodeId, RunId, WorkspaceId},
        payload::{self, Sight},
        state::ExecutionState,
        workflow::Workflow,
    },
    server::{Result, store::executions},
};

/// The page begins with about this much of the journal; the rest comes by the feed.
const FIRST_BYTES: usize = 4 << 20;
/// Events read at a time: their payloads are whole until they are cut.
const PAGE: i64 = 64;

/// The execution with its events so far, big payloads cut.
pub async fn view(
    db: &mut PgConnection,
    workspace: WorkspaceId,
    id: ExecutionId,
    sight: Sight,
) -> Result<ExecutionView> {
    let summary =
        executions::summary(&mut *db, workspace, id).await?.ok_or_else(|| ApiError::not_found("execution"))?;
    let workflow = definition(db, workspace, id).await?;
    let events = first_events(db, workspace, id, sight).await?;
    Ok(ExecutionView { summary, workflow, events })
}

async fn first_events(
    db: &mut PgConnection,
    workspace: WorkspaceId,
    id: ExecutionId,
    sight: Sight,
) -> Result<Vec<Event>> {
    let mut first: Vec<Event> = Vec::new();
    let mut bytes = 0;
    while bytes < FIRST_BYTES {
        let after = first.last().map_or(0, |event| event.seq);
        let mut page = executions::events(&mut *db, workspace, id, after, PAGE).await?;
        for event in &mut page {
            sight.limit(event);
            payload::shorten(event);
            bytes += serde_json::to_string(event)?.len();
        }
        let is_last = page.len() < PAGE as usize;
        first.append(&mut page);
        if is_last {
            break;
        }
    }
    Ok(first)
}

/// What the node handed on, whole.
pub async fn output(db: &mut PgConnection, workspace: WorkspaceId, id: ExecutionId, node: &NodeId) -> Result<Value> {
    let (state, workflow) = whole_state(db, workspace, id).await?;
    let node = workflow.node(node).ok_or_else(|| ApiError::not_found("node"))?;
    Ok(state.output_of(node))
}

/// What the task run sees as its input, whole. A node inside of a loop without an index stands for the iteration that says
/// most.
pub async fn input(db: &mut PgConnection, workspace: WorkspaceId, id: ExecutionId, run: &RunId) -> Result<Value> {
    let (state, workflow) = whole_state(db, workspace, id).await?;
    let run = if run.path.is_empty() { state.telling_id(&run.node) } else { run.clone() };
    Ok(state.input_of(&workflow, &run))
}

/// The execution's state, payloads whole.
pub async fn state(db: &mut PgConnection, workspace: WorkspaceId, id: ExecutionId) -> Result<ExecutionState> {
    Ok(whole_state(db, workspace, id).await?.0)
}

async fn whole_state(
    db: &mut PgConnection,
    workspace: WorkspaceId,
    id: ExecutionId,
) -> Result<(ExecutionState, Workflow)> {
    let workflow = definition(db, workspace, id).await?;
    let mut state = ExecutionState::default();
    loop {
        let events: Vec<Event> = executions::events(&mut *db, workspace, id, state.seq, PAGE).await?;
        events.iter().for_each(|event| state.apply(event));
        if events.len() < PAGE as usize {
            return Ok((state, workflow));
        }
    }
}

async fn definition(db: &mut PgConnection, workspace: WorkspaceId, id: ExecutionId) -> Result<Workflow> {
    let workflow = executions::definition(&mut *db, workspace, id).await?;
    Ok(workflow.ok_or_else(|| ApiError::not_found("execution"))?)
}
