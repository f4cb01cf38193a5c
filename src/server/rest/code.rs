//! /api/v1/code

use axum::Json;

use super::request::Body;
use crate::{
    domain::code::{CodePolicy, CodeStanding},
    server::{Caller, Result, code},
};

/// See what code may do
///
/// Which kinds of code the workspace allows, and how firmly code is shut in on this server.
#[utoipa::path(
    get, path = "/code", tag = "Code", operation_id = "get_code",
    responses((status = 200, description = "How it stands", body = ref("#/components/schemas/CodeStanding")))
)]
pub async fn get(caller: Caller) -> Result<Json<CodeStanding>> {
    Ok(Json(code::standing(&caller).await?))
}

/// Decide what code may do
///
/// Counts for every attempt that begins afterwards. Owners and admins decide; whether code runs at all is for whoever runs
/// the server (`FLOWPILOT_CODE`).
#[utoipa::path(
    put, path = "/code", tag = "Code", operation_id = "set_code",
    request_body = ref("#/components/schemas/CodePolicy"),
    responses((status = 200, description = "How it stands now", body = ref("#/components/schemas/CodeStanding")))
)]
pub async fn set(caller: Caller, Body(policy): Body<CodePolicy>) -> Result<Json<CodeStanding>> {
    Ok(Json(code::set(&caller, policy).await?))
}
