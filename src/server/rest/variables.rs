//! /api/v1/variables

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::request::{Body, Path};
use crate::{
    domain::variable::{Variable, VariableWish},
    server::{Caller, Result, variables},
};

#[derive(Serialize)]
pub struct VariableList {
    variables: Vec<Variable>,
}

/// List variables
///
/// Values that all workflows of the workspace read in expressions, as `vars.name`. They are not secret.
#[utoipa::path(
    get, path = "/variables", tag = "Variables", operation_id = "list_variables",
    responses((status = 200, description = "The variables", body = ref("#/components/schemas/VariableList")))
)]
pub async fn list(caller: Caller) -> Result<Json<VariableList>> {
    Ok(Json(VariableList { variables: variables::list(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VariableBody {
    /// Any JSON, up to 32 KiB.
    #[schema(value_type = Value, example = "https://crm.example.com")]
    value: Value,
    #[serde(default)]
    description: String,
}

/// Set a variable
///
/// Creates it, or puts another value in its place. The next attempt that reads it sees the new value.
#[utoipa::path(
    put, path = "/variables/{name}", tag = "Variables", operation_id = "set_variable", request_body = VariableBody,
    params(("name" = String, Path, description = "Letters, digits and underscores")),
    responses((status = 204, description = "It is set"))
)]
pub async fn set(caller: Caller, Path(name): Path<String>, Body(body): Body<VariableBody>) -> Result<StatusCode> {
    let VariableBody { value, description } = body;
    variables::set(&caller, &VariableWish { name, value, description }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a variable
#[utoipa::path(
    delete, path = "/variables/{name}", tag = "Variables", operation_id = "delete_variable",
    params(("name" = String, Path, description = "As the list names it")),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(caller: Caller, Path(name): Path<String>) -> Result<StatusCode> {
    variables::delete(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
