//! /api/v1/executions/{id}/…: what can be asked of an execution under way; and events that executions wait for.

use axum::{Json, http::HeaderMap, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    executions::{Accepted, accepted, idempotency_key},
    request::{Body, Path},
};
use crate::{
    api::ApiError,
    domain::{
        event::written,
        id::{ExecutionId, RunId},
        restart::Version,
        role::Action,
    },
    server::{
        Caller, Result,
        approvals::{self, Decision},
        breakpoints::{self, GoOn},
        executions::{self, Wish},
        live,
    },
};

/// Pause an execution
///
/// Nothing new starts until it is resumed; attempts that run go on.
#[utoipa::path(
    post, path = "/executions/{id}/pause", tag = "Executions", operation_id = "pause_execution",
    params(("id" = Uuid, Path, description = "The execution")),
    responses(
        (status = 202, description = "Asked to pause", body = Accepted),
        (status = 409, description = "It is over already"),
    )
)]
pub async fn pause(caller: Caller, Path(id): Path<ExecutionId>) -> Result<Response> {
    executions::wish(&caller, id, Wish::Pause).await?;
    Ok(accepted(id))
}

/// Resume a paused execution
#[utoipa::path(
    post, path = "/executions/{id}/resume", tag = "Executions", operation_id = "resume_execution",
    params(("id" = Uuid, Path, description = "The execution")),
    responses(
        (status = 202, description = "Asked to go on", body = Accepted),
        (status = 409, description = "It is over already"),
    )
)]
pub async fn resume(caller: Caller, Path(id): Path<ExecutionId>) -> Result<Response> {
    executions::wish(&caller, id, Wish::Resume).await?;
    Ok(accepted(id))
}

/// Let one more attempt of a paused execution start
#[utoipa::path(
    post, path = "/executions/{id}/step", tag = "Executions", operation_id = "step_execution",
    params(("id" = Uuid, Path, description = "The execution")),
    responses(
        (status = 202, description = "Asked to start one attempt", body = Accepted),
        (status = 409, description = "It is over already"),
    )
)]
pub async fn step(caller: Caller, Path(id): Path<ExecutionId>) -> Result<Response> {
    executions::wish(&caller, id, Wish::Step).await?;
    Ok(accepted(id))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseBody {
    /// The node that is held; inside of a loop with the index of the item: `http_request_1[3]`.
    #[schema(example = "http_request_1")]
    node: String,
    /// What it sees as its input instead of what came; any JSON, up to 1 MiB. It takes the right to edit workflows.
    #[serde(default, deserialize_with = "written")]
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    /// What comes right after the node is held too.
    #[serde(default)]
    step: bool,
}

/// Let a node go on that is held at a breakpoint
///
/// What came over the edge is at `/executions/{id}/nodes/{node}/input`.
#[utoipa::path(
    post, path = "/executions/{id}/release", tag = "Executions", operation_id = "release_node",
    params(("id" = Uuid, Path, description = "The execution")),
    request_body = ReleaseBody,
    responses(
        (status = 202, description = "Asked to go on", body = Accepted),
        (status = 409, description = "No breakpoint holds the node"),
    )
)]
pub async fn release(caller: Caller, Path(id): Path<ExecutionId>, Body(body): Body<ReleaseBody>) -> Result<Response> {
    let run: RunId = body.node.parse().map_err(|message: &str| ApiError::invalid("node", message))?;
    let go_on = GoOn { run, payload: body.payload, step: body.step };
    breakpoints::release(&caller, id, go_on).await?;
    Ok(accepted(id))
}

/// Look at the input of a node
///
/// What it sees as `input`, whole: of a node that is held at a breakpoint, what came over the edge. Inside of a loop,
/// `node[3]` names an item's part. Who may not see the data of executions gets its shape.
#[utoipa::path(
    get, path = "/executions/{id}/nodes/{node}/input", tag = "Executions", operation_id = "get_input",
    params(
        ("id" = Uuid, Path, description = "The execution"),
        ("node" = String, Path, description = "The node's id, inside of loops with the index", example = "http_request_1"),
    ),
    responses((status = 200, description = "The input, any JSON"))
)]
pub async fn input(caller: Caller, Path((id, node)): Path<(ExecutionId, String)>) -> Result<Json<Value>> {
    caller.require_of(Action::ViewExecutions, id).await?;
    let run: RunId = node.parse().map_err(|message: &str| ApiError::invalid("node", message))?;
    let mut input = live::input(&mut *caller.begin().await?, caller.workspace, id, &run).await?;
    caller.sight().limit_value(&mut input);
    Ok(Json(input))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestartBody {
    /// The first node that runs again; inside of a loop it stands for the loop as a whole.
    #[schema(example = "http_request_1")]
    node: String,
    /// `original`: what the execution ran. `current`: what is published now (of a draft, the draft as it is saved); what
    /// is new or changed since runs too.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "original")]
    version: Version,
}

/// Restart an execution from a node
///
/// Starts a new execution that keeps the outputs of everything that does not come after the node, and runs from there on.
#[utoipa::path(
    post, path = "/executions/{id}/restart", tag = "Executions", operation_id = "restart_execution",
    params(
        ("id" = Uuid, Path, description = "The execution; it has to be over"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters", example = "restart-1"),
    ),
    request_body = RestartBody,
    responses(
        (status = 202, description = "Accepted; the id is the new execution's", body = Accepted, headers(
            ("Location" = String, description = "Where the new execution is"),
        )),
        (status = 409, description = "It is not over, or cannot start there; the detail says what to do"),
    )
)]
pub async fn restart(
    caller: Caller,
    Path(id): Path<ExecutionId>,
    headers: HeaderMap,
    Body(body): Body<RestartBody>,
) -> Result<Response> {
    let run: RunId = body.node.parse().map_err(|message: &str| ApiError::invalid("node", message))?;
    let from = executions::From { node: run.node, version: body.version };
    Ok(accepted(executions::restart(&caller, id, from, idempotency_key(&headers)?).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// The node that asks; inside of a loop with the index of the item: `approval_1[3]`.
    #[schema(example = "approval_1")]
    node: String,
    approved: bool,
    /// Handed on with the decision.
    #[serde(default)]
    comment: String,
    /// What the node's form asks for, where it has one; handed on with the decision.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: Value,
}

/// Approve or reject what an execution asks
#[utoipa::path(
    post, path = "/executions/{id}/decision", tag = "Executions", operation_id = "decide_approval",
    params(("id" = Uuid, Path, description = "The execution")),
    request_body = DecisionBody,
    responses(
        (status = 202, description = "Decided; the execution goes on", body = Accepted),
        (status = 409, description = "The node waits for no approval"),
        (status = 422, description = "The values do not keep to the node's form"),
    )
)]
pub async fn decide(caller: Caller, Path(id): Path<ExecutionId>, Body(body): Body<DecisionBody>) -> Result<Response> {
    let run: RunId = body.node.parse().map_err(|message: &str| ApiError::invalid("node", message))?;
    let decision = Decision { run, approved: body.approved, comment: body.comment, values: body.values };
    approvals::decide(&caller, id, decision).await?;
    Ok(accepted(id))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    #[schema(example = "payment_received")]
    name: String,
    /// Only those that wait for this key, and those that wait for any.
    #[schema(example = "order-17")]
    key: Option<String>,
    /// Handed on by the nodes that waited; any JSON.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Value,
}

#[derive(Serialize, ToSchema)]
pub struct Sent {
    /// How many task runs waited for it. An event that nobody waits for is not kept.
    answered: u64,
}

/// Send an event
///
/// Every “Wait for event” of the workspace that waits for this name and key goes on with the data.
#[utoipa::path(
    post, path = "/events", tag = "Events", operation_id = "send_event",
    request_body = EventBody,
    responses((status = 200, description = "How many waited for it", body = Sent))
)]
pub async fn send_event(caller: Caller, Body(body): Body<EventBody>) -> Result<Json<Sent>> {
    let answered = executions::send_event(&caller, &body.name, body.key.as_deref(), &body.data).await?;
    Ok(Json(Sent { answered }))
}
