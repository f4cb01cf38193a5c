//! /api/v1/workflows

use axum::{
    Json,
    http::{
        HeaderMap, StatusCode,
        header::{ETAG, LOCATION},
    },
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{
    BASE,
    request::{Body, Path, Query, etag, plain, revision},
};
use crate::{
    api::ApiError,
    domain::{
        draft::{Draft, Saved, WorkflowCursor, WorkflowSummary},
        id::WorkflowId,
        problem::Problem,
        schema as workflow_schema,
        workflow::Workflow,
    },
    server::{Caller, Result, store::workflows::Filter, workflows},
};

const MOST: i64 = 100;

/// Which workflows to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Part of the name or description; case does not matter.
    #[param(example = "sign-up")]
    search: Option<String>,
    /// Only published ones, or only unpublished ones.
    published: Option<bool>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100, example = 50)]
    limit: Option<i64>,
}

#[derive(Serialize)]
pub struct WorkflowPage {
    workflows: Vec<WorkflowSummary>,
    next: Option<String>,
}

/// List workflows
///
/// Last changed first. `next` is the `cursor` of the following page; null on the last one.
#[utoipa::path(
    get, path = "/workflows", tag = "Workflows", operation_id = "list_workflows", params(ListQuery),
    responses((status = 200, description = "A page of workflows", body = ref("#/components/schemas/WorkflowPage")))
)]
pub async fn list(caller: Caller, Query(query): Query<ListQuery>) -> Result<Json<WorkflowPage>> {
    let limit = page_size(query.limit)?;
    let after = match query.cursor {
        None => None,
        Some(cursor) => Some(cursor.parse().map_err(|message| ApiError::invalid("cursor", message))?),
    };
    let search = plain(query.search).filter(|search| !search.is_empty());
    let filter = Filter { search, published: query.published, after, limit: limit + 1, only: None };
    let mut workflows = workflows::list(&caller, filter).await?;
    let more = workflows.len() as i64 > limit;
    workflows.truncate(limit as usize);
    let next = workflows.last().filter(|_| more).map(|last| WorkflowCursor::after(last).to_string());
    Ok(Json(WorkflowPage { workflows, next }))
}

pub(super) fn page_size(limit: Option<i64>) -> Result<i64> {
    match limit {
        None => Ok(50),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::invalid("limit", format!("A page has 1 to {MOST} entries.")).into()),
    }
}

/// Create a workflow
///
/// The body is the workflow's JSON form, as export gives it; `GET /api/v1/workflows/schema` describes it. A draft may
/// have problems; they only keep it from being published and run.
#[utoipa::path(
    post, path = "/workflows", tag = "Workflows", operation_id = "create_workflow",
    request_body = ref("#/components/schemas/Workflow"),
    responses(
        (status = 201, description = "Created", body = ref("#/components/schemas/Draft"), headers(
            ("Location" = String, description = "Where it is"),
            ("ETag" = String, description = "Its revision, for If-Match"),
        )),
        (status = 413, description = "Larger than 5 MiB"),
        (status = 422, description = "No workflow, or over a limit"),
    )
)]
pub async fn create(caller: Caller, Body(workflow): Body<Workflow>) -> Result<Response> {
    let id = workflows::create(&caller, &workflow).await?;
    let draft = workflows::get(&caller, id).await?;
    let location = format!("{BASE}/workflows/{id}");
    let headers = [(LOCATION, location), (ETAG, etag(draft.revision))];
    Ok((StatusCode::CREATED, headers, Json(draft)).into_response())
}

/// The JSON schema of workflows
///
/// JSON Schema 2020-12 of what create, replace and validate take: every kind of node with its parameters.
#[utoipa::path(
    get, path = "/workflows/schema", tag = "Workflows", operation_id = "workflow_schema",
    responses((status = 200, description = "The schema", body = Object, content_type = "application/schema+json"))
)]
pub async fn schema(_: Caller) -> Response {
    ([("content-type", "application/schema+json")], Json(workflow_schema::workflow())).into_response()
}

#[derive(Serialize)]
pub struct Validation {
    problems: Vec<Problem>,
}

/// Check a workflow
///
/// Says what would keep it from being published in this workspace. Stores nothing.
#[utoipa::path(
    post, path = "/workflows/validate", tag = "Workflows", operation_id = "validate_workflow",
    request_body = ref("#/components/schemas/Workflow"),
    responses((status = 200, description = "What is wrong with it; empty: nothing", body = ref("#/components/schemas/Validation")))
)]
pub async fn validate(caller: Caller, Body(workflow): Body<Workflow>) -> Result<Json<Validation>> {
    let problems = workflows::validate(&caller, &workflow).await?;
    Ok(Json(Validation { problems }))
}

/// Get a workflow
///
/// Its draft, with what keeps it from being published. The ETag is its revision.
#[utoipa::path(
    get, path = "/workflows/{id}", tag = "Workflows", operation_id = "get_workflow",
    params(("id" = Uuid, Path, description = "The workflow")),
    responses((status = 200, description = "The draft", body = ref("#/components/schemas/Draft"), headers(
        ("ETag" = String, description = "Its revision, for If-Match"),
    )))
)]
pub async fn get(caller: Caller, Path(id): Path<WorkflowId>) -> Result<Response> {
    let draft: Draft = workflows::get(&caller, id).await?;
    Ok(([(ETAG, etag(draft.revision))], Json(draft)).into_response())
}

/// The revision of the draft that the call is based on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevisionQuery {
    /// The revision of the draft that the call is based on, unless If-Match names it.
    #[param(example = 7)]
    pub revision: Option<i32>,
}

/// Replace the draft
///
/// Names the revision it is based on, by `If-Match` or `?revision=`. When somebody saved meanwhile the answer is 409
/// `stale_revision` and nothing changes.
#[utoipa::path(
    put, path = "/workflows/{id}", tag = "Workflows", operation_id = "replace_workflow",
    params(
        ("id" = Uuid, Path, description = "The workflow"),
        RevisionQuery,
        ("If-Match" = Option<String>, Header, description = "The ETag that the draft had", example = "\"7\""),
    ),
    request_body = ref("#/components/schemas/Workflow"),
    responses(
        (status = 200, description = "Saved", body = ref("#/components/schemas/Saved"), headers(
            ("ETag" = String, description = "The new revision"),
        )),
        (status = 409, description = "Somebody saved meanwhile"),
        (status = 428, description = "No revision was named"),
    )
)]
pub async fn replace(
    caller: Caller,
    Path(id): Path<WorkflowId>,
    Query(query): Query<RevisionQuery>,
    headers: HeaderMap,
    Body(workflow): Body<Workflow>,
) -> Result<Response> {
    let based_on = revision(&headers, query.revision)?.ok_or_else(revision_is_required)?;
    let saved: Saved = workflows::save(&caller, id, based_on, &workflow).await?;
    Ok(([(ETAG, etag(saved.revision))], Json(saved)).into_response())
}

fn revision_is_required() -> ApiError {
    let detail = "Name the revision that this is based on, by If-Match with the draft's ETag or by ?revision=.";
    ApiError::new(428, "revision_required", detail).with_problems(vec![Problem::of_workflow("revision", detail)])
}

/// Delete a workflow
///
/// Its triggers stop and it leaves every list. Executions under way go on; past ones stay readable.
#[utoipa::path(
    delete, path = "/workflows/{id}", tag = "Workflows", operation_id = "delete_workflow",
    params(("id" = Uuid, Path, description = "The workflow")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(caller: Caller, Path(id): Path<WorkflowId>) -> Result<StatusCode> {
    workflows::delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
