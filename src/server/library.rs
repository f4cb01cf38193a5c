//! What can be done with the library. Versions are added and never changed; deleting a task leaves the nodes that were
//! made from it as they are.

use uuid::Uuid;

use crate::{
    api::ApiError,
    domain::{
        id::LibraryTaskId,
        library::{LibraryTask, LibraryWish, MOST},
        problem::Problem,
        role::Action,
    },
    server::{Caller, Error, Result, store},
};

/// By name, each in its newest version.
pub async fn list(caller: &Caller) -> Result<Vec<LibraryTask>> {
    caller.require(Action::ViewWorkflows)?;
    store::library::list(&mut *caller.begin().await?, caller.workspace).await
}

/// Newest first.
pub async fn versions(caller: &Caller, task: LibraryTaskId) -> Result<Vec<LibraryTask>> {
    caller.require(Action::ViewWorkflows)?;
    let versions = store::library::versions(&mut *caller.begin().await?, caller.workspace, task).await?;
    if versions.is_empty() { Err(missing()) } else { Ok(versions) }
}

/// Keeps a new task; 409 `name_taken` when the workspace has the name.
pub async fn create(caller: &Caller, wish: &LibraryWish) -> Result<LibraryTaskId> {
    caller.require(Action::EditWorkflows)?;
    refuse(wish.problems())?;
    let (task, name, kind) = (LibraryTaskId(Uuid::now_v7()), wish.name.trim(), wish.definition.kind.name());
    let mut tx = caller.begin().await?;
    let inserted = store::library::insert(&mut *tx, caller.workspace, task, name, kind, MOST as i64).await;
    if !inserted.map_err(|error| name_taken(error, name))? {
        let message = format!("The library holds up to {MOST} tasks. Delete one first.");
        return Err(ApiError::conflict("too_many", message).into());
    }
    store::library::insert_version(&mut *tx, caller.workspace, task, 1, &wish.definition, caller.user).await?;
    tx.commit().await?;
    tracing::info!(task = %task, by = %caller.user, "library task created");
    Ok(task)
}

/// Adds a version, which is offered to the nodes that were made from the older ones.
pub async fn improve(caller: &Caller, task: LibraryTaskId, wish: &LibraryWish) -> Result<u32> {
    caller.require(Action::EditWorkflows)?;
    refuse(wish.problems())?;
    let name = wish.name.trim();
    let mut tx = caller.begin().await?;
    let (kind, version) = store::library::lock(&mut *tx, caller.workspace, task).await?.ok_or_else(missing)?;
    if kind != wish.definition.kind.name() {
        let message = format!("All versions of a task are of one kind, here {kind}. Keep this as a task of its own.");
        refuse(vec![Problem::of_workflow("kind", message)])?;
    }
    let version = version + 1;
    store::library::insert_version(&mut *tx, caller.workspace, task, version, &wish.definition, caller.user).await?;
    let advanced = store::library::advance(&mut *tx, caller.workspace, task, name, version).await;
    advanced.map_err(|error| name_taken(error, name))?;
    tx.commit().await?;
    tracing::info!(task = %task, version, by = %caller.user, "library task improved");
    Ok(version as u32)
}

/// Names of the workflows that have nodes made from it.
pub async fn usage(caller: &Caller, task: LibraryTaskId) -> Result<Vec<String>> {
    caller.require(Action::ViewWorkflows)?;
    let mut tx = caller.begin().await?;
    if store::library::versions(&mut *tx, caller.workspace, task).await?.is_empty() {
        return Err(missing());
    }
    store::library::users(&mut *tx, caller.workspace, task).await
}

/// Nodes that were made from it stay as they are.
pub async fn delete(caller: &Caller, task: LibraryTaskId) -> Result<()> {
    caller.require(Action::EditWorkflows)?;
    let mut tx = caller.begin().await?;
    if !store::library::delete(&mut *tx, caller.workspace, task).await? {
        return Err(missing());
    }
    tx.commit().await?;
    tracing::info!(task = %task, by = %caller.user, "library task deleted");
    Ok(())
}

fn refuse(problems: Vec<Problem>) -> Result<()> {
    match problems.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(ApiError::new(422, "invalid", first.message.clone()).with_problems(problems).into()),
    }
}

fn name_taken(error: Error, name: &str) -> Error {
    if error.constraint() != Some("library_tasks_name_key") {
        return error;
    }
    let message =
        format!("The library has a task with the name “{name}”. Choose another, or add a version to that one.");
    ApiError::conflict("name_taken", message.clone()).with_problems(vec![Problem::of_workflow("name", message)]).into()
}

fn missing() -> Error {
    ApiError::not_found("library task").into()
}
