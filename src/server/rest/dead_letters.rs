//! /api/v1/dead-letters

use axum::{Json, response::Response};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    executions::{Accepted, accepted, cursor},
    request::{Body, Path, Query, plain},
    workflows::page_size,
};
use crate::{
    api::ApiError,
    domain::{
        dead_letter::{DeadLetter, DeadLetterFilter},
        id::{ExecutionId, WorkflowId},
        role::Action,
    },
    server::{
        Caller, Result,
        dead_letters::{self, MOST, USUAL_PER_SECOND, Wish},
        store,
    },
};

/// Which dead letters to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those of this workflow.
    #[param(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
    /// Only those with these words in their error.
    #[param(example = "timeout")]
    error: Option<String>,
    /// Only those that failed at this time or later.
    from: Option<DateTime<Utc>>,
    /// Only those that failed before this time.
    to: Option<DateTime<Utc>>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100, example = 50)]
    limit: Option<i64>,
}

#[derive(Serialize)]
pub struct Page {
    dead_letters: Vec<DeadLetter>,
    next: Option<String>,
}

/// List dead letters
///
/// Executions that failed and that nobody replayed, restarted or discarded, latest first.
#[utoipa::path(
    get, path = "/dead-letters", tag = "Dead letters", operation_id = "list_dead_letters", params(ListQuery),
    responses((status = 200, description = "A page", body = ref("#/components/schemas/DeadLetterPage")))
)]
pub async fn list(caller: Caller, Query(query): Query<ListQuery>) -> Result<Json<Page>> {
    let workflow_id = caller.require_narrowed(Action::ViewExecutions, query.workflow_id)?;
    let (from, to) = (query.from, query.to);
    let filter = DeadLetterFilter { workflow_id, execution_id: None, error: plain(query.error), from, to };
    let after = query.cursor.as_deref().map(cursor).transpose()?;
    let size = page_size(query.limit)? as u32;
    let page = store::dead_letters::list(&mut *caller.begin().await?, caller.workspace, &filter, after, size).await?;
    Ok(Json(Page { dead_letters: page.dead_letters, next: page.next.map(|next| next.to_string()) }))
}

/// Get a dead letter
///
/// Also one that was dealt with. What it ran with which data is under `/executions/{id}`.
#[utoipa::path(
    get, path = "/dead-letters/{id}", tag = "Dead letters", operation_id = "get_dead_letter",
    params(("id" = Uuid, Path, description = "The execution that failed")),
    responses((status = 200, description = "The dead letter", body = ref("#/components/schemas/DeadLetter")))
)]
pub async fn get(caller: Caller, Path(id): Path<ExecutionId>) -> Result<Json<DeadLetter>> {
    caller.require_of(Action::ViewExecutions, id).await?;
    let found = store::dead_letters::find(&mut *caller.begin().await?, caller.workspace, id).await?;
    Ok(Json(found.ok_or_else(|| ApiError::not_found("dead letter"))?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    /// Only those of this workflow.
    #[schema(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
    /// Only those with these words in their error.
    error: Option<String>,
    /// Only those that failed at this time or later.
    from: Option<DateTime<Utc>>,
    /// Only those that failed before this time.
    to: Option<DateTime<Utc>>,
    /// How many at most, the oldest first; 100,000 without it.
    #[schema(minimum = 1, maximum = 100_000)]
    limit: Option<i64>,
    /// How many per second; 10 without it.
    #[schema(minimum = 0.001, maximum = 1000)]
    per_second: Option<f64>,
    /// On the published version instead of the one that failed.
    #[serde(default)]
    live: bool,
}

/// How many were marked.
#[derive(Serialize, ToSchema)]
pub struct Marked {
    replays: u64,
}

/// Replay dead letters
///
/// Marks all that fit and starts them one after the other at the rate, each once. They give way to other work: their
/// priority is low unless their start asked for another.
#[utoipa::path(
    post, path = "/dead-letters/replay", tag = "Dead letters", operation_id = "replay_dead_letters",
    request_body = ReplayBody,
    responses((status = 202, description = "Marked", body = Marked))
)]
pub async fn replay_many(caller: Caller, Body(body): Body<ReplayBody>) -> Result<(StatusCode, Json<Marked>)> {
    let ReplayBody { workflow_id, error, from, to, limit, per_second, live } = body;
    let filter = DeadLetterFilter { workflow_id, execution_id: None, error: plain(error), from, to };
    let (limit, per_second) = (limit.unwrap_or(MOST), per_second.unwrap_or(USUAL_PER_SECOND));
    let replays = dead_letters::replay(&caller, Wish { filter, limit, per_second, live }).await?;
    Ok((StatusCode::ACCEPTED, Json(Marked { replays })))
}

/// How to replay one.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReplayQuery {
    /// On the published version instead of the one that failed.
    #[serde(default)]
    live: bool,
}

/// Replay a dead letter
///
/// Starts the same workflow with the same data as a new execution, once.
#[utoipa::path(
    post, path = "/dead-letters/{id}/replay", tag = "Dead letters", operation_id = "replay_dead_letter",
    params(("id" = Uuid, Path, description = "The execution that failed"), ReplayQuery),
    responses(
        (status = 202, description = "Accepted; the id is the new execution's", body = Accepted, headers(
            ("Location" = String, description = "Where the new execution is"),
        )),
        (status = 409, description = "It was dealt with already, or cannot run again"),
    )
)]
pub async fn replay(caller: Caller, Path(id): Path<ExecutionId>, Query(query): Query<ReplayQuery>) -> Result<Response> {
    Ok(accepted(dead_letters::replay_one(&caller, id, query.live).await?))
}

/// Discard a dead letter
///
/// It is listed no more; the execution stays.
#[utoipa::path(
    post, path = "/dead-letters/{id}/discard", tag = "Dead letters", operation_id = "discard_dead_letter",
    params(("id" = Uuid, Path, description = "The execution that failed")),
    responses(
        (status = 200, description = "Put away", body = ref("#/components/schemas/DeadLetter")),
        (status = 409, description = "It was dealt with already"),
    )
)]
pub async fn discard(caller: Caller, Path(id): Path<ExecutionId>) -> Result<Json<DeadLetter>> {
    dead_letters::discard(&caller, id).await?;
    get(caller, Path(id)).await
}
