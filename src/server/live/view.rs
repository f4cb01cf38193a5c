//! One execution as its page begins: from here the feed goes on.

use serde_json::Value;
use sqlx::PgPool;

use crate::{
    api::ApiError,
    domain::{
        event::Event,
        execution::ExecutionView,
        id::{ExecutionId, NodeId, WorkspaceId},
        payload,
        state::ExecutionState,
        workflow::Workflow,
    },
    server::{Result, store::executions},
};

/// More events than this come by the feed.
const FIRST_EVENTS: i64 = 5_000;
const PAGE: i64 = 1_000;

/// The execution with its events so far, big payloads cut.
pub async fn view(pool: &PgPool, workspace: WorkspaceId, id: ExecutionId) -> Result<ExecutionView> {
    let summary = executions::summary(pool, workspace, id).await?.ok_or_else(|| ApiError::not_found("execution"))?;
    let workflow = definition(pool, workspace, id).await?;
    let mut events = executions::events(pool, workspace, id, 0, FIRST_EVENTS).await?;
    events.iter_mut().for_each(payload::shorten);
    Ok(ExecutionView { summary, workflow, events })
}

/// What the node handed on, whole.
pub async fn output(pool: &PgPool, workspace: WorkspaceId, id: ExecutionId, node: &NodeId) -> Result<Value> {
    let (state, workflow) = whole_state(pool, workspace, id).await?;
    let node = workflow.node(node).ok_or_else(|| ApiError::not_found("node"))?;
    Ok(state.output_of(node))
}

/// What the node sees as its input, whole.
pub async fn input(pool: &PgPool, workspace: WorkspaceId, id: ExecutionId, node: &NodeId) -> Result<Value> {
    let (state, workflow) = whole_state(pool, workspace, id).await?;
    Ok(state.input_of(&workflow, node))
}

async fn whole_state(pool: &PgPool, workspace: WorkspaceId, id: ExecutionId) -> Result<(ExecutionState, Workflow)> {
    let workflow = definition(pool, workspace, id).await?;
    let mut state = ExecutionState::default();
    loop {
        let events: Vec<Event> = executions::events(pool, workspace, id, state.seq, PAGE).await?;
        events.iter().for_each(|event| state.apply(event));
        if events.len() < PAGE as usize {
            return Ok((state, workflow));
        }
    }
}

async fn definition(pool: &PgPool, workspace: WorkspaceId, id: ExecutionId) -> Result<Workflow> {
    let workflow = executions::definition(pool, workspace, id).await?;
    Ok(workflow.ok_or_else(|| ApiError::not_found("execution"))?)
}
