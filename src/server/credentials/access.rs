//! Who may use a credential, and who may manage it: owners and admins all of them, editors those that they created.

use sqlx::PgConnection;

use super::missing;
use crate::{
    api::ApiError,
    domain::{
        credential::{Access, Credential, Rights, Trustee},
        id::{CredentialId, UserId},
        role::Action,
    },
    server::{
        Caller, Result,
        auth::login,
        store::{self, credentials::Locked},
    },
};

/// The credential, locked until the transaction ends, if the caller may manage it.
pub async fn managed(caller: &Caller, db: &mut PgConnection, id: CredentialId) -> Result<Locked> {
    caller.require(Action::AddCredentials)?;
    let found = store::credentials::lock(db, caller.workspace, id).await?.ok_or_else(missing)?;
    if caller.may(Action::ManageCredentials) || found.created_by == Some(caller.user) {
        return Ok(found);
    }
    Err(ApiError::forbidden("You may change the credentials that you created. Ask an owner or admin for others.")
        .into())
}

/// What owners and admins may besides.
pub fn with_rights(caller: &Caller, mut credential: Credential) -> Credential {
    if caller.role.may(Action::ManageCredentials) {
        credential.rights = Rights::ALL;
    }
    credential
}

pub async fn get(caller: &Caller, id: CredentialId) -> Result<Access> {
    let mut tx = caller.begin().await?;
    let found = managed(caller, &mut tx, id).await?;
    let (only_chosen, people) =
        (store::grants::is_narrow(&mut *tx, caller.workspace, id).await?, trustees(caller, &mut tx, id, &found).await?);
    Ok(Access { only_chosen, people })
}

/// Everybody whose role lets them use credentials, the strongest role first.
async fn trustees(caller: &Caller, db: &mut PgConnection, id: CredentialId, of: &Locked) -> Result<Vec<Trustee>> {
    let chosen = store::grants::of(&mut *db, caller.workspace, id).await?;
    let members = store::members::list(db, caller.workspace).await?.into_iter();
    let trustees = members.filter(|member| member.role.may(Action::UseCredentials)).map(|member| Trustee {
        is_chosen: chosen.contains(&member.id),
        always: member.role.may(Action::ManageCredentials) || of.created_by == Some(member.id),
        id: member.id,
        email: member.email,
        name: member.name,
        role: member.role,
    });
    Ok(trustees.collect())
}

/// Opens it to everybody who may publish, or to these people beside those who always may. Asks for the password of whoever
/// has not shown it lately, as when a role is changed.
pub async fn set(caller: &Caller, id: CredentialId, only_chosen: bool, people: &[UserId]) -> Result<()> {
    caller.require(Action::AddCredentials)?;
    login::require_confirmed_person(caller).await?;
    let mut tx = caller.begin().await?;
    let found = managed(caller, &mut tx, id).await?;
    let trustees = trustees(caller, &mut tx, id, &found).await?;
    if people.iter().any(|person| trustees.iter().all(|trustee| trustee.id != *person)) {
        let detail = "Somebody in this list is no member, or may not publish workflows. Load the page again.";
        return Err(ApiError::invalid("people", detail).into());
    }
    store::grants::set_narrow(&mut *tx, caller.workspace, id, only_chosen).await?;
    store::grants::replace(&mut *tx, caller.workspace, id, people).await?;
    tx.commit().await?;
    tracing::info!(credential = %id, by = %caller.email, only_chosen, "who may use a credential was changed");
    Ok(())
}
