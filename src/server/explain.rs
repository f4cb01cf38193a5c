//! Why a task does not run: the journal's part and the engine's, for server functions, REST and the command line.

use crate::{
    api::ApiError,
    domain::{
        explain::{self, Why},
        id::{ExecutionId, RunId},
        role::Action,
        state::ExecutionState,
    },
    server::{Caller, Result, store::executions},
};

/// Where the task run stands and why it does not run. A node inside of a loop without an index stands for the iteration
/// that says most.
pub async fn why(caller: &Caller, execution: ExecutionId, run: &RunId) -> Result<Why> {
    caller.require_of(Action::ViewExecutions, execution).await?;
    let (mut tx, workspace) = (caller.begin().await?, caller.workspace);
    let workflow = executions::definition(&mut *tx, workspace, execution).await?;
    let workflow = workflow.ok_or_else(|| ApiError::not_found("execution"))?;
    let node = workflow.node(&run.node).ok_or_else(|| ApiError::not_found("node"))?;
    let events = executions::events(&mut *tx, workspace, execution, 0, i64::MAX).await?;
    drop(tx);
    let state = ExecutionState::of(&events);
    let run = if run.path.is_empty() { state.telling_id(&run.node) } else { run.clone() };
    let why = explain::why(&workflow, &state, node, &run);
    caller.app.engine.explain(workspace, execution, node, why).await
}
