//! /api/v1/triggers

use axum::Json;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::request::{Body, Path, Query};
use crate::{
    domain::{
        id::{ExecutionId, TriggerId, WorkflowId},
        role::Action,
        trigger::TriggerSummary,
    },
    server::{
        Caller, Result,
        triggers::{backfill, list, secret},
    },
};

/// Which triggers to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those of this workflow.
    #[param(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
}

#[derive(Serialize)]
pub struct TriggerList {
    triggers: Vec<TriggerSummary>,
}

/// List triggers
///
/// Those that are drawn or live, with a schedule's next times and what came of the last ones.
#[utoipa::path(
    get, path = "/triggers", tag = "Triggers", operation_id = "list_triggers", params(ListQuery),
    responses((status = 200, description = "The triggers", body = ref("#/components/schemas/TriggerList")))
)]
pub async fn list(caller: Caller, Query(query): Query<ListQuery>) -> Result<Json<TriggerList>> {
    let workflow = caller.require_narrowed(Action::ViewWorkflows, query.workflow_id)?;
    Ok(Json(TriggerList { triggers: list::list(&caller, workflow).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first time that counts.
    #[schema(example = "2026-11-01T00:00:00Z")]
    from: DateTime<Utc>,
    /// The last time that counts; it has passed.
    #[schema(example = "2026-11-08T00:00:00Z")]
    to: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
pub struct Backfilled {
    /// The executions that were started, the oldest time first.
    #[schema(value_type = Vec<Uuid>)]
    executions: Vec<ExecutionId>,
}

/// Backfill a schedule
///
/// Starts the schedule's times of a range that has passed, as its live version and time zone have them, up to 1,000. Times
/// that have an execution are left out, so the call can be repeated. Their priority is low.
#[utoipa::path(
    post, path = "/triggers/{id}/backfill", tag = "Triggers", operation_id = "backfill_schedule",
    params(("id" = Uuid, Path, description = "The schedule")), request_body = Range,
    responses(
        (status = 202, description = "Started", body = Backfilled),
        (status = 409, description = "The schedule is not live"),
    )
)]
pub async fn backfill(
    caller: Caller,
    Path(id): Path<TriggerId>,
    Body(range): Body<Range>,
) -> Result<(StatusCode, Json<Backfilled>)> {
    let executions = backfill::backfill(&caller, id, range.from, range.to).await?;
    Ok((StatusCode::ACCEPTED, Json(Backfilled { executions })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretReplacement {
    /// The new secret, where the service made it. Without: a random one.
    #[serde(default)]
    secret: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ReplacedSecret {
    /// The random secret; it is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Until then, calls with the old secret are taken too.
    old_until: DateTime<Utc>,
}

/// Replace a webhook's secret
///
/// For 24 hours, calls with the old secret are taken too. Whatever else uses the credential has the new one at once. Of
/// secrets replaced twice within that time, the last two count.
#[utoipa::path(
    post, path = "/triggers/{id}/secret", tag = "Triggers", operation_id = "replace_webhook_secret",
    params(("id" = Uuid, Path, description = "The webhook")), request_body = SecretReplacement,
    responses(
        (status = 200, description = "Replaced", body = ReplacedSecret),
        (status = 409, description = "The webhook has no secret"),
    )
)]
pub async fn replace_secret(
    caller: Caller,
    Path(id): Path<TriggerId>,
    Body(replacement): Body<SecretReplacement>,
) -> Result<Json<ReplacedSecret>> {
    let new = secret::replace(&caller, id, replacement.secret).await?;
    Ok(Json(ReplacedSecret { secret: new.secret, old_until: new.old_until }))
}

/// End a webhook's old secret
///
/// From within a second on, only the new one is taken.
#[utoipa::path(
    delete, path = "/triggers/{id}/secret/old", tag = "Triggers", operation_id = "end_old_webhook_secret",
    params(("id" = Uuid, Path, description = "The webhook")),
    responses(
        (status = 204, description = "Ended"),
        (status = 409, description = "There is no old secret"),
    )
)]
pub async fn end_old_secret(caller: Caller, Path(id): Path<TriggerId>) -> Result<StatusCode> {
    secret::end_old(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
