//! The workspaces of the person at the browser.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{account::Membership, id::WorkspaceId};

#[server(input = Json, output = Json)]
pub async fn list_workspaces() -> Result<Vec<Membership>, ApiError> {
    use crate::server::auth;
    Ok(auth::workspaces::list(&auth::caller()?).await?)
}

/// Everything that this browser asks for is about that workspace from now on.
#[server(input = Json, output = Json)]
pub async fn switch_workspace(id: WorkspaceId) -> Result<(), ApiError> {
    use crate::server::auth;
    Ok(auth::workspaces::switch(&auth::caller()?, id).await?)
}

/// Makes a workspace that the caller owns and switches to it.
#[server(input = Json, output = Json)]
pub async fn create_workspace(name: String) -> Result<WorkspaceId, ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::workspaces, permit},
    };
    let caller = permit(Action::ManageWorkspace).await?;
    Ok(workspaces::create(&caller, &name).await?)
}
