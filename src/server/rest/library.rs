//! /api/v1/library

use axum::{Json, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::request::{Body, Path};
use crate::{
    domain::{
        id::LibraryTaskId,
        library::{LibraryTask, LibraryWish},
    },
    server::{Caller, Result, library},
};

#[derive(Serialize)]
pub struct LibraryPage {
    tasks: Vec<LibraryTask>,
}

/// List the library
///
/// Configured nodes that the workspace keeps as tasks of its own, each in its newest version.
#[utoipa::path(
    get, path = "/library", tag = "Library", operation_id = "list_library",
    responses((status = 200, description = "The tasks", body = ref("#/components/schemas/LibraryPage")))
)]
pub async fn list(caller: Caller) -> Result<Json<LibraryPage>> {
    Ok(Json(LibraryPage { tasks: library::list(&caller).await? }))
}

#[derive(Serialize, ToSchema)]
pub struct LibraryAnswer {
    id: Uuid,
    /// The version that was made.
    version: u32,
}

/// Keep a task in the library
#[utoipa::path(
    post, path = "/library", tag = "Library", operation_id = "create_library_task",
    request_body = ref("#/components/schemas/LibraryWish"),
    responses((status = 201, description = "It is kept, as version 1", body = LibraryAnswer))
)]
pub async fn create(caller: Caller, Body(wish): Body<LibraryWish>) -> Result<(StatusCode, Json<LibraryAnswer>)> {
    let id = library::create(&caller, &wish).await?.0;
    Ok((StatusCode::CREATED, Json(LibraryAnswer { id, version: 1 })))
}

/// List the versions of a library task
///
/// Newest first.
#[utoipa::path(
    get, path = "/library/{id}", tag = "Library", operation_id = "list_library_versions",
    params(("id" = Uuid, Path, description = "The task's id")),
    responses((status = 200, description = "The versions", body = ref("#/components/schemas/LibraryPage")))
)]
pub async fn versions(caller: Caller, Path(id): Path<LibraryTaskId>) -> Result<Json<LibraryPage>> {
    Ok(Json(LibraryPage { tasks: library::versions(&caller, id).await? }))
}

/// Add a version to a library task
///
/// Nodes that were made from an older one stay as they are; the designer offers them the new one.
#[utoipa::path(
    post, path = "/library/{id}/versions", tag = "Library", operation_id = "improve_library_task",
    params(("id" = Uuid, Path, description = "The task's id")),
    request_body = ref("#/components/schemas/LibraryWish"),
    responses((status = 201, description = "The version is there", body = LibraryAnswer))
)]
pub async fn improve(
    caller: Caller,
    Path(id): Path<LibraryTaskId>,
    Body(wish): Body<LibraryWish>,
) -> Result<(StatusCode, Json<LibraryAnswer>)> {
    let version = library::improve(&caller, id, &wish).await?;
    Ok((StatusCode::CREATED, Json(LibraryAnswer { id: id.0, version })))
}

/// Delete a library task
///
/// Nodes that were made from it stay as they are.
#[utoipa::path(
    delete, path = "/library/{id}", tag = "Library", operation_id = "delete_library_task",
    params(("id" = Uuid, Path, description = "The task's id")),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(caller: Caller, Path(id): Path<LibraryTaskId>) -> Result<StatusCode> {
    library::delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
