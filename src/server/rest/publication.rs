//! /api/v1/workflows/{id}: publication and the versions it leaves.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    request::{Path, Query, revision},
    workflows::RevisionQuery,
};
use crate::{
    domain::{
        draft::{Version, VersionSummary},
        id::WorkflowId,
    },
    server::{Caller, Result, workflows},
};

#[derive(Serialize, ToSchema)]
pub struct Published {
    /// The version that triggers start from now on.
    #[schema(example = 3)]
    version: i32,
}

/// Publish the draft
///
/// It becomes the next version, which never changes, and its triggers go live. With `If-Match` or `?revision=` only if
/// the draft still is at that revision. A draft that is live already stays the version that it is.
#[utoipa::path(
    post, path = "/workflows/{id}/publish", tag = "Workflows", operation_id = "publish_workflow",
    params(
        ("id" = Uuid, Path, description = "The workflow"),
        RevisionQuery,
        ("If-Match" = Option<String>, Header, description = "The ETag that the draft had", example = "\"7\""),
    ),
    responses(
        (status = 200, description = "Published", body = Published),
        (status = 409, description = "Somebody saved meanwhile"),
        (status = 422, description = "It has problems"),
    )
)]
pub async fn publish(
    caller: Caller,
    Path(id): Path<WorkflowId>,
    Query(query): Query<RevisionQuery>,
    headers: HeaderMap,
) -> Result<Json<Published>> {
    let based_on = revision(&headers, query.revision)?;
    let version = workflows::publish(&caller, id, based_on).await?;
    Ok(Json(Published { version }))
}

/// Unpublish a workflow
///
/// Its triggers stop; its versions stay, and executions under way go on.
#[utoipa::path(
    post, path = "/workflows/{id}/unpublish", tag = "Workflows", operation_id = "unpublish_workflow",
    params(("id" = Uuid, Path, description = "The workflow")),
    responses((status = 204, description = "Not published any more"))
)]
pub async fn unpublish(caller: Caller, Path(id): Path<WorkflowId>) -> Result<StatusCode> {
    workflows::unpublish(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
pub struct VersionList {
    versions: Vec<VersionSummary>,
}

/// List published versions
///
/// Newest first.
#[utoipa::path(
    get, path = "/workflows/{id}/versions", tag = "Workflows", operation_id = "list_versions",
    params(("id" = Uuid, Path, description = "The workflow")),
    responses((status = 200, description = "What was published", body = ref("#/components/schemas/VersionList")))
)]
pub async fn versions(caller: Caller, Path(id): Path<WorkflowId>) -> Result<Json<VersionList>> {
    let versions = workflows::versions(&caller, id).await?;
    Ok(Json(VersionList { versions }))
}

/// Get a published version
#[utoipa::path(
    get, path = "/workflows/{id}/versions/{version}", tag = "Workflows", operation_id = "get_version",
    params(
        ("id" = Uuid, Path, description = "The workflow"),
        ("version" = i32, Path, description = "Its number", example = 3),
    ),
    responses((status = 200, description = "The version", body = ref("#/components/schemas/Version")))
)]
pub async fn version(caller: Caller, Path((id, number)): Path<(WorkflowId, i32)>) -> Result<Json<Version>> {
    Ok(Json(workflows::version(&caller, id, number).await?))
}
