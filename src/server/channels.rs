//! What can be done with notification channels. They hold no secrets: those are in the credentials that they name.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    api::ApiError,
    domain::{
        channel::{Channel, NewChannel},
        id::ChannelId,
        problem::Problem,
        role::Action,
    },
    server::{Caller, Error, Result, credentials, store},
};

pub async fn list(caller: &Caller) -> Result<Vec<Channel>> {
    caller.require(Action::ViewWorkflows)?;
    store::channels::list(&mut *caller.begin().await?, caller.workspace).await
}

/// 409 `name_taken` when the workspace has the name.
pub async fn create(caller: &Caller, new: NewChannel) -> Result<ChannelId> {
    caller.require(Action::ManageCredentials)?;
    let (id, new) = (ChannelId(Uuid::now_v7()), new.trimmed());
    refuse(new.problems())?;
    let mut tx = caller.begin().await?;
    refuse(misfit(caller, &mut tx, &new).await?)?;
    let made = store::channels::insert(&mut *tx, caller.workspace, id, &new).await;
    made.map_err(|error| name_taken(error, &new.name))?;
    tx.commit().await?;
    tracing::info!(channel = %id, by = %caller.user, "channel created");
    Ok(id)
}

pub async fn replace(caller: &Caller, id: ChannelId, new: NewChannel) -> Result<()> {
    caller.require(Action::ManageCredentials)?;
    let new = new.trimmed();
    refuse(new.problems())?;
    let mut tx = caller.begin().await?;
    let done = store::channels::replace(&mut *tx, caller.workspace, id, &new).await;
    if !done.map_err(|error| name_taken(error, &new.name))? {
        return Err(ApiError::not_found("channel").into());
    }
    refuse(misfit(caller, &mut tx, &new).await?)?;
    tx.commit().await?;
    tracing::info!(channel = %id, by = %caller.user, "channel replaced");
    Ok(())
}

pub async fn delete(caller: &Caller, id: ChannelId) -> Result<()> {
    caller.require(Action::ManageCredentials)?;
    let mut tx = caller.begin().await?;
    if !store::channels::delete(&mut *tx, caller.workspace, id).await? {
        return Err(ApiError::not_found("channel").into());
    }
    tx.commit().await?;
    tracing::info!(channel = %id, by = %caller.user, "channel deleted");
    Ok(())
}

/// A credential that cannot tell anybody here. Whoever says where one is used manages credentials, and may use all of them.
async fn misfit(caller: &Caller, db: &mut PgConnection, new: &NewChannel) -> Result<Vec<Problem>> {
    let name = new.credential.as_str();
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = store::credentials::known(db, caller.workspace, &[name], caller.user).await?;
    known.values_mut().for_each(|known| known.is_entrusted = true);
    let misfit = credentials::misfit(name, known.get(name), new.kind.credential_kinds(), new.kind.task());
    Ok(misfit.map(|message| Problem::of_workflow("credential", message)).into_iter().collect())
}

fn refuse(problems: Vec<Problem>) -> Result<()> {
    match problems.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(ApiError::new(422, "invalid", first.message.clone()).with_problems(problems).into()),
    }
}

fn name_taken(error: Error, name: &str) -> Error {
    if error.constraint() != Some("channels_name_key") {
        return error;
    }
    let message = format!("There is a channel with the name “{name}”. Choose another, or replace that one.");
    ApiError::conflict("name_taken", message.clone()).with_problems(vec![Problem::of_workflow("name", message)]).into()
}
