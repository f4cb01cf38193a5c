//! What can be done with credentials. Their values go in and never come out: the only reader is `secrets`, for the engine.

mod access;
mod fit;
mod trial;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    api::ApiError,
    domain::{
        credential::{Contents, Credential, CredentialKind, NewCredential, Usage},
        id::CredentialId,
        problem::Problem,
        role::Action,
        task::{Input, Kind},
    },
    server::{Caller, Error, Result, auth::login, oauth, store, store::credentials::Locked},
};

pub use self::{
    access::{get as access, managed, set as set_access},
    fit::misfit,
    trial::{aside, test},
};

/// What pickers and the list show.
pub async fn list(caller: &Caller) -> Result<Vec<Credential>> {
    caller.require(Action::UseCredentials)?;
    let all = store::credentials::list(&mut *caller.begin().await?, caller.workspace, caller.user).await?;
    Ok(all.into_iter().map(|credential| access::with_rights(caller, credential)).collect())
}

/// Stores a new one; 409 `name_taken` when the workspace has the name.
pub async fn create(caller: &Caller, new: &NewCredential) -> Result<CredentialId> {
    caller.require(Action::AddCredentials)?;
    refuse(new.problems())?;
    let (id, name, contents) = (CredentialId(Uuid::now_v7()), new.name.trim(), new.contents.completed(new.kind));
    let mut tx = caller.begin().await?;
    let sealed = caller.app.secrets.seal_values(&mut tx, caller.workspace, id, 1, &contents.values).await?;
    let row = store::credentials::New {
        id,
        name,
        kind: new.kind,
        contents: &contents,
        values_sealed: &sealed,
        created_by: caller.user,
        only_chosen: new.only_chosen,
    };
    store::credentials::insert(&mut *tx, caller.workspace, row).await.map_err(|error| name_taken(error, name))?;
    tx.commit().await?;
    tracing::info!(credential = %id, by = %caller.user, "credential created");
    Ok(id)
}

/// Puts other values in the place of the old ones, which are gone. Asks for the password of whoever has not shown it lately:
/// a forgotten screen must not be enough to redirect a workflow's login.
pub async fn replace(caller: &Caller, id: CredentialId, contents: &Contents) -> Result<()> {
    caller.require(Action::AddCredentials)?;
    login::require_confirmed_person(caller).await?;
    let mut tx = caller.begin().await?;
    let Locked { kind, version, .. } = managed(caller, &mut tx, id).await?;
    refuse(contents.problems(kind))?;
    let (contents, version) = (contents.completed(kind), version + 1);
    let sealed = caller.app.secrets.seal_values(&mut tx, caller.workspace, id, version, &contents.values).await?;
    store::credentials::replace(&mut *tx, caller.workspace, id, version, &contents, &sealed).await?;
    tx.commit().await?;
    tracing::info!(credential = %id, by = %caller.user, "credential replaced");
    Ok(())
}

/// One of them, with the address that its provider has to know.
pub async fn get(caller: &Caller, id: CredentialId) -> Result<(Credential, Option<String>)> {
    let mut tx = caller.begin().await?;
    managed(caller, &mut tx, id).await?;
    let found = store::credentials::find(&mut *tx, caller.workspace, id, caller.user).await?;
    let credential = access::with_rights(caller, found.ok_or_else(missing)?);
    let is_connected = credential.kind == CredentialKind::OAuth2Code;
    Ok((credential, is_connected.then(|| oauth::callback_url(&caller.app.config))))
}

/// The nodes and channels that would fail without it.
pub async fn usage(caller: &Caller, id: CredentialId) -> Result<Usage> {
    let mut tx = caller.begin().await?;
    let Locked { name, .. } = managed(caller, &mut tx, id).await?;
    usage_of(caller, &mut tx, id, &name).await
}

async fn usage_of(caller: &Caller, db: &mut PgConnection, id: CredentialId, name: &str) -> Result<Usage> {
    Ok(Usage {
        nodes: store::uses::list(&mut *db, caller.workspace, (id, name), &fields()).await?,
        channels: store::channels::telling_with(db, caller.workspace, name).await?,
    })
}

/// Deletes it; while workflows or channels use it only if `even_if_used`, else 409 `in_use` that names them.
pub async fn delete(caller: &Caller, id: CredentialId, even_if_used: bool) -> Result<()> {
    let mut tx = caller.begin().await?;
    let Locked { name, .. } = managed(caller, &mut tx, id).await?;
    let usage = usage_of(caller, &mut tx, id, &name).await?;
    let mut users: Vec<String> = usage.nodes.into_iter().map(|one| one.workflow_name).collect();
    users.dedup();
    users.extend(usage.channels.into_iter().map(|channel| format!("the channel {channel}")));
    if !users.is_empty() && !even_if_used {
        let detail = format!("Used by: {}. They fail without it. Delete it all the same?", users.join(", "));
        return Err(ApiError::conflict("in_use", detail).into());
    }
    store::credentials::delete(&mut *tx, caller.workspace, id).await?;
    tx.commit().await?;
    tracing::info!(credential = %id, by = %caller.user, "credential deleted");
    Ok(())
}

/// The parameters that name a credential, over all kinds of node.
fn fields() -> Vec<&'static str> {
    let all = Kind::ALL.into_iter().flat_map(|kind| kind.spec().fields);
    let mut names: Vec<_> =
        all.filter(|field| matches!(field.input, Input::Credential(_))).map(|field| field.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn refuse(problems: Vec<Problem>) -> Result<()> {
    match problems.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(ApiError::new(422, "invalid", first.message.clone()).with_problems(problems).into()),
    }
}

fn name_taken(error: Error, name: &str) -> Error {
    if error.constraint() != Some("credentials_name_key") {
        return error;
    }
    let message = format!("There is a credential with the name “{name}”. Choose another, or replace that one.");
    ApiError::conflict("name_taken", message.clone()).with_problems(vec![Problem::of_workflow("name", message)]).into()
}

fn missing() -> Error {
    ApiError::not_found("credential").into()
}
