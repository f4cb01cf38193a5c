//! What can be done with the members of a workspace. Nobody gives, changes or takes away a role above their own, and
//! there is always an owner.

use super::{Caller, login};
use crate::{
    api::ApiError,
    domain::{
        id::UserId,
        member::Member,
        role::{Action, Role},
    },
    server::{Result, store},
};

pub async fn list(caller: &Caller) -> Result<Vec<Member>> {
    caller.require(Action::ViewMembers)?;
    store::members::list(&mut *caller.begin().await?, caller.workspace).await
}

/// Gives a member another role, which counts from their next request on.
pub async fn set_role(caller: &Caller, user: UserId, role: Role) -> Result<()> {
    caller.require(Action::ManageMembers)?;
    may_give(caller, role)?;
    login::require_confirmed_person(caller).await?;
    let mut tx = caller.app.everywhere.begin().await?;
    store::members::lock(&mut *tx, caller.workspace).await?;
    let current = store::members::role_of(&mut *tx, caller.workspace, user).await?;
    may_touch(caller, current.ok_or_else(missing)?)?;
    let remains_owned =
        role == Role::Owner || store::members::has_other_owner(&mut *tx, caller.workspace, user).await?;
    if current == Some(Role::Owner) && !remains_owned {
        return Err(last_owner().into());
    }
    store::members::set_role(&mut *tx, caller.workspace, user, role).await?;
    tx.commit().await?;
    tracing::info!(workspace = %caller.workspace, member = %user, role = role.name(), by = %caller.user, "role changed");
    Ok(())
}

/// Takes somebody out of the workspace at once: their logins there and their tokens end.
pub async fn remove(caller: &Caller, user: UserId) -> Result<()> {
    caller.require(Action::ManageMembers)?;
    login::require_confirmed_person(caller).await?;
    let mut tx = caller.app.everywhere.begin().await?;
    store::members::lock(&mut *tx, caller.workspace).await?;
    let current = store::members::role_of(&mut *tx, caller.workspace, user).await?.ok_or_else(missing)?;
    may_touch(caller, current)?;
    if current == Role::Owner && !store::members::has_other_owner(&mut *tx, caller.workspace, user).await? {
        return Err(last_owner().into());
    }
    store::members::remove(&mut *tx, caller.workspace, user).await?;
    tx.commit().await?;
    tracing::info!(workspace = %caller.workspace, member = %user, by = %caller.user, "member removed");
    Ok(())
}

/// Ends all logins of a member, wherever they work at the moment: each of them could come back here. They log in again.
pub async fn end_sessions(caller: &Caller, user: UserId) -> Result<()> {
    caller.require(Action::ManageMembers)?;
    let current = store::members::role_of(&mut *caller.begin().await?, caller.workspace, user).await?;
    may_touch(caller, current.ok_or_else(missing)?)?;
    store::sessions::end_all(&caller.app.everywhere, user).await?;
    tracing::info!(workspace = %caller.workspace, member = %user, by = %caller.user, "logins ended");
    Ok(())
}

/// Refuses to give a role above the caller's own.
pub fn may_give(caller: &Caller, role: Role) -> Result<(), ApiError> {
    if caller.role.covers(role) {
        return Ok(());
    }
    let detail = format!("Your role ({}) may not make anybody {}. Ask an owner.", caller.role.name(), role.name());
    Err(ApiError::forbidden(detail))
}

/// Refuses what concerns somebody above the caller.
fn may_touch(caller: &Caller, role: Role) -> Result<(), ApiError> {
    if caller.role.covers(role) {
        return Ok(());
    }
    Err(ApiError::forbidden(format!("They are {}, which is above your role. Ask an owner.", role.name())))
}

fn last_owner() -> ApiError {
    ApiError::conflict("last_owner", "A workspace has an owner. Make somebody else owner first.")
}

fn missing() -> ApiError {
    ApiError::not_found("member")
}
