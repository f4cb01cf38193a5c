//! The workspaces of a person: which there are, working in another one, making one.

use uuid::Uuid;

use super::{Caller, people};
use crate::{
    api::ApiError,
    domain::{
        account::Membership,
        id::WorkspaceId,
        role::{Action, Role},
    },
    server::{Result, store},
};

/// Workspaces that one person may belong to as their owner.
const MOST_OWNED: usize = 50;

pub async fn list(caller: &Caller) -> Result<Vec<Membership>> {
    caller.session()?;
    store::members::of_user(&caller.app.everywhere, caller.user).await
}

/// The login works there from now on.
pub async fn switch(caller: &Caller, workspace: WorkspaceId) -> Result<()> {
    let session = caller.session()?;
    match store::members::switch(&caller.app.everywhere, session, caller.user, workspace).await? {
        true => Ok(()),
        false => Err(ApiError::not_found("workspace").into()),
    }
}

/// Makes a workspace that the caller owns, and goes on there. For owners: whoever owns none works in those of others.
pub async fn create(caller: &Caller, name: &str) -> Result<WorkspaceId> {
    caller.require(Action::ManageWorkspace)?;
    let session = caller.session()?;
    let name = people::workspace_name(name)?;
    let owned = store::members::of_user(&caller.app.everywhere, caller.user).await?;
    if owned.iter().filter(|membership| membership.role == Role::Owner).count() >= MOST_OWNED {
        return Err(ApiError::invalid("workspace_name", format!("You own {MOST_OWNED} workspaces, the most.")).into());
    }
    let workspace = WorkspaceId(Uuid::now_v7());
    let mut tx = caller.app.everywhere.begin().await?;
    store::users::insert_workspace(&mut *tx, workspace, name).await?;
    store::members::insert(&mut *tx, workspace, caller.user, Role::Owner).await?;
    store::members::switch(&mut *tx, session, caller.user, workspace).await?;
    tx.commit().await?;
    Ok(workspace)
}
