//! /api/v1/workflows/{id}/insight

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use super::request::{Path, Query};
use crate::{
    domain::{
        id::WorkflowId,
        insight::{Insight, USUAL},
    },
    server::{
        Caller, Result,
        insight::{self, Wish},
    },
};

/// Which executions to look at.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InsightQuery {
    /// The version whose executions are looked at; 0: those of drafts. Without it the live one, or drafts while there is none.
    #[param(minimum = 0, example = 3)]
    version: Option<i32>,
    /// How many executions at most, the newest ones that are over; 500 without it.
    #[param(minimum = 1, maximum = 1000, example = 500)]
    last: Option<u32>,
}

/// Learn from past executions
///
/// How long each node takes and how often it fails, which chain of nodes decides the time, and what the data that leaves
/// each port is like: its places, the sorts of values there, how often they were null or missing. No value is told, and
/// `outputs` are empty for those who may not see data. An answer may be some seconds old.
#[utoipa::path(
    get, path = "/workflows/{id}/insight", tag = "Workflows", operation_id = "get_insight",
    params(("id" = Uuid, Path, description = "The workflow"), InsightQuery),
    responses(
        (status = 200, description = "What they tell", body = ref("#/components/schemas/Insight")),
        (status = 422, description = "`last` is out of bounds"),
    )
)]
pub async fn get(
    caller: Caller,
    Path(id): Path<WorkflowId>,
    Query(query): Query<InsightQuery>,
) -> Result<Json<Insight>> {
    let wish = Wish { version: query.version, last: query.last.unwrap_or(USUAL) };
    Ok(Json(insight::of(&caller, id, wish).await?))
}
