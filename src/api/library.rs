//! The library of reusable tasks.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    id::LibraryTaskId,
    library::{LibraryTask, LibraryWish},
};

/// By name, each in its newest version.
#[server(input = Json, output = Json)]
pub async fn list_library() -> Result<Vec<LibraryTask>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::library::list(&caller).await?)
}

/// Newest first.
#[server(input = Json, output = Json)]
pub async fn library_versions(id: LibraryTaskId) -> Result<Vec<LibraryTask>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::library::versions(&caller, id).await?)
}

/// Answers 409 `name_taken` when the workspace has the name, 422 with a problem per wrong field.
#[server(input = Json, output = Json)]
pub async fn create_library_task(wish: LibraryWish) -> Result<LibraryTaskId, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::library::create(&caller, &wish).await?)
}

/// Adds a version and says its number.
#[server(input = Json, output = Json)]
pub async fn improve_library_task(id: LibraryTaskId, wish: LibraryWish) -> Result<u32, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::library::improve(&caller, id, &wish).await?)
}

/// Names of the workflows that have nodes made from it.
#[server(input = Json, output = Json)]
pub async fn library_usage(id: LibraryTaskId) -> Result<Vec<String>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::library::usage(&caller, id).await?)
}

/// Nodes that were made from it stay as they are.
#[server(input = Json, output = Json)]
pub async fn delete_library_task(id: LibraryTaskId) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::EditWorkflows).await?;
    Ok(server::library::delete(&caller, id).await?)
}
