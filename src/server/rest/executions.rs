//! /api/v1/executions

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use super::{
    BASE,
    request::{Body, Path, Query},
    workflows::page_size,
};
use crate::{
    api::ApiError,
    domain::{
        event::Event,
        execution::{ExecutionCursor, ExecutionFilter, ExecutionStatus, ExecutionSummary},
        explain::Why,
        id::{ExecutionId, WorkflowId},
        limit::Priority,
        role::Action,
        state::ExecutionState,
        workflow::Edge,
    },
    server::{
        Caller, Result,
        executions::{self, Run, Waited, Which},
        explain,
        store::{self, tenants::WorkspaceTx},
    },
};

/// The longest that a start may wait for the end, in seconds.
const LONGEST_WAIT: u64 = 50;
const EVENTS: i64 = 1_000;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    /// Run the draft instead of the published version.
    #[serde(default)]
    draft: bool,
    /// What the trigger nodes hand on; any JSON.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "email": "ada@example.com", "name": "Ada" }))]
    input: Value,
    /// `high`, `normal` or `low`, whatever the workflow says.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "low")]
    priority: Option<Priority>,
    /// Edges at which this run is held until somebody releases it; written as in the workflow.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    breakpoints: Vec<Edge>,
}

/// How long the answer may wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Wait up to so many seconds for the end and answer with the execution as it is by then.
    #[param(minimum = 0, maximum = 50, example = 10)]
    wait: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub struct Accepted {
    #[schema(value_type = Uuid)]
    id: ExecutionId,
}

/// An execution with everything its journal tells.
#[derive(Serialize)]
pub struct Execution {
    #[serde(flatten)]
    summary: ExecutionSummary,
    state: ExecutionState,
}

/// Start an execution
///
/// The answer comes once the execution is durable. A second start with the same `Idempotency-Key` in the same workflow
/// answers with the first execution, for seven days unless the workflow says otherwise. With `?wait=` the answer is the execution itself: 200 when it is over, 202 when
/// it was not over in time.
#[utoipa::path(
    post, path = "/executions", tag = "Executions", operation_id = "start_execution",
    params(
        WaitQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters", example = "order-4711"),
    ),
    request_body = StartBody,
    responses(
        (status = 200, description = "Over in time", body = ref("#/components/schemas/Execution")),
        (status = 202, description = "Accepted; with ?wait= the execution as it is by then", body = Accepted, headers(
            ("Location" = String, description = "Where it is"),
        )),
        (status = 409, description = "The workflow is not published"),
        (status = 422, description = "The draft has problems, or the key or input does not fit"),
        (status = 429, description = "Too much is under way; Retry-After says when to come back"),
    )
)]
pub async fn start(
    caller: Caller,
    Query(query): Query<WaitQuery>,
    headers: HeaderMap,
    Body(body): Body<StartBody>,
) -> Result<Response> {
    let wait = query.duration()?;
    let which = if body.draft { Which::Draft } else { Which::Live };
    let idempotency_key = idempotency_key(&headers)?;
    let StartBody { workflow_id, input, priority, breakpoints, .. } = body;
    let run = Run { which, input, via: via(&headers), priority, breakpoints, idempotency_key };
    if wait.is_zero() {
        return Ok(accepted(executions::start(&caller, workflow_id, run).await?));
    }
    let Waited { id, over } = executions::start_and_wait(&caller, workflow_id, run, wait).await?;
    let execution = match over {
        Some((summary, state)) => Execution { summary, state },
        None => read(&caller, id).await?,
    };
    let status = if execution.summary.status.is_finished() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, [(LOCATION, location(id))], Json(execution)).into_response())
}

impl WaitQuery {
    fn duration(&self) -> Result<Duration> {
        match self.wait.unwrap_or(0) {
            wait if wait <= LONGEST_WAIT => Ok(Duration::from_secs(wait)),
            _ => Err(ApiError::invalid("wait", format!("Wait at most {LONGEST_WAIT} seconds, then ask again.")).into()),
        }
    }
}

pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let unreadable = |_| ApiError::invalid("idempotency_key", "Idempotency-Key has to be visible ASCII characters.");
    Ok(Some(key.to_str().map_err(unreadable)?.to_owned()))
}

/// The command line says that it is the one that calls.
fn via(headers: &HeaderMap) -> &'static str {
    let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok());
    if agent.is_some_and(|agent| agent.starts_with("flowpilot-cli/")) { "cli" } else { "api" }
}

pub fn accepted(id: ExecutionId) -> Response {
    (StatusCode::ACCEPTED, [(LOCATION, location(id))], Json(Accepted { id })).into_response()
}

fn location(id: ExecutionId) -> String {
    format!("{BASE}/executions/{id}")
}

/// Which executions to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those of this workflow.
    #[param(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
    /// Only those in these statuses, with commas between them.
    #[param(example = "failed,cancelled")]
    status: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100, example = 50)]
    limit: Option<i64>,
}

#[derive(Serialize)]
pub struct ExecutionPage {
    executions: Vec<ExecutionSummary>,
    next: Option<String>,
}

/// List executions
///
/// Newest first. `next` is the `cursor` of the following page; null on the last one.
#[utoipa::path(
    get, path = "/executions", tag = "Executions", operation_id = "list_executions", params(ListQuery),
    responses((status = 200, description = "A page of executions", body = ref("#/components/schemas/ExecutionPage")))
)]
pub async fn list(caller: Caller, Query(query): Query<ListQuery>) -> Result<Json<ExecutionPage>> {
    let filter = ExecutionFilter {
        workflow: caller.require_narrowed(Action::ViewExecutions, query.workflow_id)?,
        statuses: statuses(query.status.as_deref().unwrap_or_default())?,
        before: query.cursor.as_deref().map(cursor).transpose()?,
        limit: page_size(query.limit)? as u32,
    };
    let page = store::executions::list(&mut *caller.begin().await?, caller.workspace, &filter).await?;
    Ok(Json(ExecutionPage { executions: page.executions, next: page.next.map(|next| next.to_string()) }))
}

fn statuses(names: &str) -> Result<Vec<ExecutionStatus>> {
    let parse = |name: &str| {
        ExecutionStatus::parse(name).ok_or_else(|| {
            let known: Vec<&str> = ExecutionStatus::ALL.iter().map(|status| status.name()).collect();
            let message = format!("“{name}” is no status. There are {}.", known.join(", "));
            ApiError::invalid("status", message).into()
        })
    };
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(parse).collect()
}

pub fn cursor(text: &str) -> Result<ExecutionCursor> {
    text.parse().map_err(|message: &str| ApiError::invalid("cursor", message).into())
}

/// Get an execution
///
/// With the state of every task run: attempts, output, error.
#[utoipa::path(
    get, path = "/executions/{id}", tag = "Executions", operation_id = "get_execution",
    params(("id" = Uuid, Path, description = "The execution"), WaitQuery),
    responses((status = 200, description = "The execution", body = ref("#/components/schemas/Execution")))
)]
pub async fn get(
    caller: Caller,
    Path(id): Path<ExecutionId>,
    Query(query): Query<WaitQuery>,
) -> Result<Json<Execution>> {
    read_after(&caller, id, query.duration()?).await.map(Json)
}

/// The execution once it is over, or as it is after `wait`.
async fn read_after(caller: &Caller, id: ExecutionId, wait: Duration) -> Result<Execution> {
    let is_over = summary(&mut caller.begin().await?, caller, id).await?.status.is_finished();
    if !is_over && !wait.is_zero() {
        // In time or not, the execution tells how it stands. A stopping server waits for nobody.
        tokio::select! {
            _ = timeout(wait, caller.app.engine.finished(caller.workspace, id)) => {}
            () = caller.app.stopping.cancelled() => {}
        }
    }
    read(caller, id).await
}

async fn read(caller: &Caller, id: ExecutionId) -> Result<Execution> {
    let mut tx = caller.begin().await?;
    let summary = summary(&mut tx, caller, id).await?;
    let mut events = store::executions::events(&mut *tx, caller.workspace, id, 0, i64::MAX).await?;
    drop(tx);
    events.iter_mut().for_each(|event| caller.sight().limit(event));
    Ok(Execution { summary, state: ExecutionState::of(&events) })
}

async fn summary(tx: &mut WorkspaceTx, caller: &Caller, id: ExecutionId) -> Result<ExecutionSummary> {
    caller.require_of(Action::ViewExecutions, id).await?;
    let found = store::executions::summary(&mut **tx, caller.workspace, id).await?;
    found.ok_or_else(|| ApiError::not_found("execution").into())
}

/// Where to go on in a journal.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only events with a `seq` above this one.
    #[param(example = 0)]
    after: Option<i32>,
}

#[derive(Serialize)]
pub struct EventPage {
    events: Vec<Event>,
    next: Option<i32>,
}

/// Read an execution's journal
///
/// In order, up to 1,000 events. `next` is the `after` of the following page; null when there is nothing more by now.
#[utoipa::path(
    get, path = "/executions/{id}/events", tag = "Executions", operation_id = "list_events",
    params(("id" = Uuid, Path, description = "The execution"), EventsQuery),
    responses((status = 200, description = "Events", body = ref("#/components/schemas/EventPage")))
)]
pub async fn events(
    caller: Caller,
    Path(id): Path<ExecutionId>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<EventPage>> {
    let mut tx = caller.begin().await?;
    summary(&mut tx, &caller, id).await?;
    let after = query.after.unwrap_or(0);
    let mut events = store::executions::events(&mut *tx, caller.workspace, id, after, EVENTS + 1).await?;
    let more = events.len() as i64 > EVENTS;
    events.truncate(EVENTS as usize);
    events.iter_mut().for_each(|event| caller.sight().limit(event));
    let next = events.last().filter(|_| more).map(|last| last.seq);
    Ok(Json(EventPage { events, next }))
}

/// Cancel an execution
///
/// It ends as cancelled soon after.
#[utoipa::path(
    post, path = "/executions/{id}/cancel", tag = "Executions", operation_id = "cancel_execution",
    params(("id" = Uuid, Path, description = "The execution")),
    responses(
        (status = 202, description = "Asked to end", body = Accepted),
        (status = 409, description = "It is over already"),
    )
)]
pub async fn cancel(caller: Caller, Path(id): Path<ExecutionId>) -> Result<Response> {
    executions::cancel(&caller, id).await?;
    Ok(accepted(id))
}

/// Explain a task
///
/// Why the node's task does not run now: the missing input and what skipped it, a retry or wait that is due later, a pause,
/// the slot, concurrency key, bucket or breaker that it waits for, and who holds it. Every reason is data with one
/// sentence. Inside of a loop, `node[3]` names an item's part.
#[utoipa::path(
    get, path = "/executions/{id}/nodes/{node}/why", tag = "Executions", operation_id = "explain_task",
    params(
        ("id" = Uuid, Path, description = "The execution"),
        ("node" = String, Path, description = "The node's id, inside of loops with the index", example = "http_request_1"),
    ),
    responses((status = 200, description = "Where it stands and why", body = ref("#/components/schemas/Why")))
)]
pub async fn why(caller: Caller, Path((id, node)): Path<(ExecutionId, String)>) -> Result<Json<Why>> {
    let run = node.parse().map_err(|message: &str| ApiError::invalid("node", message))?;
    Ok(Json(explain::why(&caller, id, &run).await?))
}

/// Run an execution again
///
/// Starts the same version with the same input as a new execution.
#[utoipa::path(
    post, path = "/executions/{id}/retry", tag = "Executions", operation_id = "retry_execution",
    params(
        ("id" = Uuid, Path, description = "The execution"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible ASCII characters", example = "retry-1"),
    ),
    responses(
        (status = 202, description = "Accepted; the id is the new execution's", body = Accepted, headers(
            ("Location" = String, description = "Where the new execution is"),
        )),
        (status = 409, description = "Its workflow was deleted"),
    )
)]
pub async fn retry(caller: Caller, Path(id): Path<ExecutionId>, headers: HeaderMap) -> Result<Response> {
    let idempotency_key = idempotency_key(&headers)?;
    Ok(accepted(executions::run_again(&caller, id, idempotency_key).await?))
}
