//! What can be done with variables. A change counts for the next attempt that reads it.

use crate::{
    api::ApiError,
    domain::{
        role::Action,
        variable::{MOST, Variable, VariableWish},
    },
    server::{Caller, Result, store},
};

/// By name, with their values.
pub async fn list(caller: &Caller) -> Result<Vec<Variable>> {
    caller.require(Action::ViewWorkflows)?;
    store::variables::list(&mut *caller.begin().await?, caller.workspace).await
}

/// Creates it, or puts another value in its place: published workflows read it at once.
pub async fn set(caller: &Caller, wish: &VariableWish) -> Result<()> {
    caller.require(Action::PublishWorkflows)?;
    let problems = wish.problems();
    if let Some(first) = problems.first() {
        return Err(ApiError::new(422, "invalid", first.message.clone()).with_problems(problems).into());
    }
    let mut tx = caller.begin().await?;
    if !store::variables::put(&mut *tx, caller.workspace, wish, caller.user, MOST as i64).await? {
        let message =
            format!("A workspace has up to {MOST} variables. Delete one first, or keep several values in one.");
        return Err(ApiError::conflict("too_many", message).into());
    }
    tx.commit().await?;
    tracing::info!(variable = wish.name, by = %caller.user, "variable set");
    Ok(())
}

/// Expressions that read it come to nothing, or fail.
pub async fn delete(caller: &Caller, name: &str) -> Result<()> {
    caller.require(Action::PublishWorkflows)?;
    let mut tx = caller.begin().await?;
    // No name holds a U+0000, which the database could not even look for.
    let is_gone = !name.contains('\0') && store::variables::delete(&mut *tx, caller.workspace, name).await?;
    if !is_gone {
        return Err(ApiError::not_found("variable").into());
    }
    tx.commit().await?;
    tracing::info!(variable = name, by = %caller.user, "variable deleted");
    Ok(())
}
