//! What code may do in the workspace.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    code::{CodePolicy, CodeStanding},
    plugin::Plugin,
};

#[server(input = Json, output = Json)]
pub async fn read_code_policy() -> Result<CodeStanding, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::code::standing(&caller).await?)
}

#[server(input = Json, output = Json)]
pub async fn set_code_policy(policy: CodePolicy) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCode).await?;
    server::code::set(&caller, policy).await?;
    Ok(())
}

/// The plug-ins of this server.
#[server(input = Json, output = Json)]
pub async fn list_plugins() -> Result<Vec<Plugin>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(caller.app.sandbox.plugins().all().0)
}
