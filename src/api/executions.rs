//! Executions: list, look, start, cancel, run again.

use leptos::{prelude::*, server_fn::codec::Json};
use serde_json::Value;

use super::ApiError;
use crate::domain::{
    execution::{ExecutionFilter, ExecutionPage, ExecutionView},
    id::{ExecutionId, NodeId},
};

/// A page of executions, newest first.
#[server(input = Json, output = Json)]
pub async fn list_executions(filter: ExecutionFilter) -> Result<ExecutionPage, ApiError> {
    use crate::{
        domain::role::Action,
        server::{permit, store},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(store::executions::list(&caller.app.pool, caller.workspace, &filter).await?)
}

/// What the page of one execution begins with. Payloads over `payload::LIMIT_BYTES` are cut.
#[server(input = Json, output = Json)]
pub async fn get_execution(id: ExecutionId) -> Result<ExecutionView, ApiError> {
    use crate::{
        domain::role::Action,
        server::{live, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(live::view(&caller.app.pool, caller.workspace, id).await?)
}

/// What a node handed on, whole.
#[server(input = Json, output = Json)]
pub async fn get_output(execution: ExecutionId, node: NodeId) -> Result<Value, ApiError> {
    use crate::{
        domain::role::Action,
        server::{live, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(live::output(&caller.app.pool, caller.workspace, execution, &node).await?)
}

/// What a node sees as its input, whole.
#[server(input = Json, output = Json)]
pub async fn get_input(execution: ExecutionId, node: NodeId) -> Result<Value, ApiError> {
    use crate::{
        domain::role::Action,
        server::{live, permit},
    };
    let caller = permit(Action::ViewExecutions).await?;
    Ok(live::input(&caller.app.pool, caller.workspace, execution, &node).await?)
}
