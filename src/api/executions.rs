//! Executions: list, look, start, cancel, run again.

use leptos::{prelude::*, server_fn::codec::Json};
use serde_json::Value;

use super::ApiError;
use crate::domain::{
    execution::{ExecutionFilter, ExecutionPage, ExecutionView},
    explain::Why,
    id::{ExecutionId, NodeId, RunId, WorkflowId},
    restart::Version,
    trial::Reach,
    workflow::Edge,
};

/// A page of executions, newest first.
#[server(input = Json, output = Json)]
pub async fn list_executions(filter: ExecutionFilter) -> Result<ExecutionPage, ApiError> {
    use crate::{
        domain::role::Action,
        server::{permit, store},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(store::executions::list(&mut *caller.begin().await?, caller.workspace, &filter).await?)
}

/// What the page of one execution begins with. Payloads over `payload::LIMIT_BYTES` are cut.
#[server(input = Json, output = Json)]
pub async fn get_execution(id: ExecutionId) -> Result<ExecutionView, ApiError> {
    use crate::{
        domain::role::Action,
        server::{live, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(live::view(&mut *caller.begin().await?, caller.workspace, id, caller.sight()).await?)
}

/// What a node handed on, whole; its shape for who may not see the data.
#[server(input = Json, output = Json)]
pub async fn get_output(execution: ExecutionId, node: NodeId) -> Result<Value, ApiError> {
    use crate::{
        domain::role::Action,
        server::{live, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    let mut output = live::output(&mut *caller.begin().await?, caller.workspace, execution, &node).await?;
    caller.sight().limit_value(&mut output);
    Ok(output)
}

/// What a node sees as its input, whole; its shape for who may not see the data. Inside of a loop the index names an item's
/// part.
#[server(input = Json, output = Json)]
pub async fn get_input(execution: ExecutionId, node: RunId) -> Result<Value, ApiError> {
    use crate::{
        domain::role::Action,
        server::{live, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    let mut input = live::input(&mut *caller.begin().await?, caller.workspace, execution, &node).await?;
    caller.sight().limit_value(&mut input);
    Ok(input)
}

/// Where a task stands and why it does not run now.
#[server(input = Json, output = Json)]
pub async fn explain_task(execution: ExecutionId, run: RunId) -> Result<Why, ApiError> {
    use crate::{
        domain::role::Action,
        server::{explain, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(explain::why(&caller, execution, &run).await?)
}

/// Starts the published version, or the draft as it is saved, with this input; this one run is held at the breakpoints. A
/// second call with the same key answers with the first execution.
#[server(input = Json, output = Json)]
pub async fn start_execution(
    workflow: WorkflowId,
    draft: bool,
    input: Value,
    breakpoints: Vec<Edge>,
    key: String,
) -> Result<ExecutionId, ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    let which = if draft { executions::Which::Draft } else { executions::Which::Live };
    let idempotency_key = Some(key);
    let run = executions::Run { which, input, via: "manual", priority: None, breakpoints, idempotency_key };
    Ok(executions::start(&caller, workflow, run).await?)
}

/// Runs one node of the draft as it is saved, everything up to it or everything from it on; `past` is the execution whose
/// outputs stand in for what does not run. It is held at the breakpoints that are a part of it.
#[server(input = Json, output = Json)]
pub async fn try_node(
    workflow: WorkflowId,
    node: NodeId,
    reach: Reach,
    input: Value,
    past: Option<ExecutionId>,
    breakpoints: Vec<Edge>,
) -> Result<ExecutionId, ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    let attempt = executions::Attempt { node, reach, input, past, breakpoints };
    Ok(executions::attempt(&caller, workflow, attempt).await?)
}

/// Asks the execution to end as cancelled; it does soon after.
#[server(input = Json, output = Json)]
pub async fn cancel_execution(id: ExecutionId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(executions::cancel(&caller, id).await?)
}

/// Nothing new starts in it until it is resumed.
#[server(input = Json, output = Json)]
pub async fn pause_execution(id: ExecutionId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(executions::wish(&caller, id, executions::Wish::Pause).await?)
}

#[server(input = Json, output = Json)]
pub async fn resume_execution(id: ExecutionId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(executions::wish(&caller, id, executions::Wish::Resume).await?)
}

/// Lets one more attempt start while it is paused.
#[server(input = Json, output = Json)]
pub async fn step_execution(id: ExecutionId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(executions::wish(&caller, id, executions::Wish::Step).await?)
}

/// Lets a node go on that a breakpoint holds. `payload` is the JSON text of what it sees as its input instead of what came;
/// with `step`, what comes right after it is held too.
#[server(input = Json, output = Json)]
pub async fn release_node(id: ExecutionId, run: RunId, payload: Option<String>, step: bool) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{breakpoints, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    let payload = payload.as_deref().map(serde_json::from_str::<Value>).transpose();
    let payload = payload.map_err(|error| ApiError::invalid("payload", format!("This is not JSON: {error}.")))?;
    Ok(breakpoints::release(&caller, id, breakpoints::GoOn { run, payload, step }).await?)
}

/// Approves or rejects what a task run asks; `values` is what its form asks for, null where it has none.
#[server(input = Json, output = Json)]
pub async fn decide_approval(
    id: ExecutionId,
    run: RunId,
    approved: bool,
    comment: String,
    values: Value,
) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{
            approvals::{self, Decision},
            permit,
        },
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(approvals::decide(&caller, id, Decision { run, approved, comment, values }).await?)
}

/// Starts the same version with the same input once more. A second call with the same key answers with the first
/// execution.
#[server(input = Json, output = Json)]
pub async fn rerun_execution(id: ExecutionId, key: String) -> Result<ExecutionId, ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(executions::run_again(&caller, id, Some(key)).await?)
}

/// Starts a new execution that keeps what does not come after the node, and runs from there on.
#[server(input = Json, output = Json)]
pub async fn restart_execution(
    id: ExecutionId,
    node: NodeId,
    version: Version,
    key: String,
) -> Result<ExecutionId, ApiError> {
    use crate::{
        domain::role::Action,
        server::{executions, permit},
    };
    let caller = permit(Action::RunExecutions).await?;
    Ok(executions::restart(&caller, id, executions::From { node, version }, Some(key)).await?)
}
