//! /api/v1/workflows/{id}/backtest

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use super::request::{Path, Query};
use crate::{
    domain::{
        backtest::{Backtest, USUAL},
        id::WorkflowId,
    },
    server::{Caller, Result, backtest},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LastQuery {
    /// How many of the last recorded inputs, 1 to 50; 20 without it.
    #[param(minimum = 1, maximum = 50, example = 20)]
    last: Option<u32>,
}

/// Backtest the draft
///
/// Runs the draft on the last recorded inputs without touching anything: what only computes is computed, what acts outside
/// is answered as it was then. For each input the answer says whether the draft comes to the same, to something else (from
/// which node on, and in what), would fail, or asks for what nobody recorded; and which calls would be others.
#[utoipa::path(
    post, path = "/workflows/{id}/backtest", tag = "Workflows", operation_id = "backtest_workflow",
    params(("id" = Uuid, Path, description = "The workflow"), LastQuery),
    responses(
        (status = 200, description = "What came of each input", body = ref("#/components/schemas/Backtest")),
        (status = 422, description = "The draft has problems"),
    )
)]
pub async fn run(caller: Caller, Path(id): Path<WorkflowId>, Query(query): Query<LastQuery>) -> Result<Json<Backtest>> {
    Ok(Json(backtest::run(&caller, id, query.last.unwrap_or(USUAL)).await?))
}
