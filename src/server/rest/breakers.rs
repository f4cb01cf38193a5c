//! /api/v1/breakers

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::Body;
use crate::{
    domain::{breaker::BreakerSummary, role::Action},
    server::{Caller, Result, store},
};

#[derive(Serialize)]
pub struct BreakerList {
    breakers: Vec<BreakerSummary>,
}

/// List circuit breakers
///
/// Of services that failed lately. A breaker opens after failures in a row that another attempt might mend (no answer,
/// 5xx, timeout): 10 unless the node says otherwise. After 30 seconds, or as long as the node says, one attempt probes
/// the service; its success closes the breaker.
#[utoipa::path(
    get, path = "/breakers", tag = "Breakers", operation_id = "list_breakers",
    responses((status = 200, description = "The breakers", body = ref("#/components/schemas/BreakerList")))
)]
pub async fn list(caller: Caller) -> Result<Json<BreakerList>> {
    caller.require(Action::ViewExecutions)?;
    let breakers = store::breakers::list(&mut *caller.begin().await?, caller.workspace).await?;
    Ok(Json(BreakerList { breakers }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// As the list names it.
    #[schema(example = "api.example.com")]
    service: String,
}

#[derive(Serialize, ToSchema)]
pub struct Reset {
    /// False: it was closed.
    reset: bool,
}

/// Close a circuit breaker
///
/// What waits for the service is attempted at once, on every replica within a second.
#[utoipa::path(
    post, path = "/breakers/reset", tag = "Breakers", operation_id = "reset_breaker", request_body = ResetBody,
    responses((status = 200, description = "It is closed", body = Reset))
)]
pub async fn reset(caller: Caller, Body(body): Body<ResetBody>) -> Result<Json<Reset>> {
    caller.require(Action::RunExecutions)?;
    let service = body.service.replace('\0', "");
    let reset = caller.app.engine.reset_breaker(caller.workspace, &service).await?;
    Ok(Json(Reset { reset }))
}
