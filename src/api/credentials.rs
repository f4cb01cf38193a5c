//! Credentials: write-only. What comes back are names, kinds and hosts.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    credential::{Contents, Credential, NewCredential},
    id::CredentialId,
};

/// By name, without values.
#[server(input = Json, output = Json)]
pub async fn list_credentials() -> Result<Vec<Credential>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::UseCredentials).await?;
    Ok(server::credentials::list(&caller).await?)
}

/// Answers 409 `name_taken` when the workspace has the name, 422 with a problem per wrong field.
#[server(input = Json, output = Json)]
pub async fn create_credential(new: NewCredential) -> Result<CredentialId, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCredentials).await?;
    Ok(server::credentials::create(&caller, &new).await?)
}

/// Replaces all values and the hosts. Answers 403 `confirm_password` when the person has not shown their password lately.
#[server(input = Json, output = Json)]
pub async fn replace_credential(id: CredentialId, contents: Contents) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCredentials).await?;
    Ok(server::credentials::replace(&caller, id, &contents).await?)
}

/// Names of the workflows that use it, in their draft or published.
#[server(input = Json, output = Json)]
pub async fn credential_usage(id: CredentialId) -> Result<Vec<String>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCredentials).await?;
    Ok(server::credentials::usage(&caller, id).await?)
}

/// While workflows use it, `even_if_used` has to confirm it; else 409 `in_use`.
#[server(input = Json, output = Json)]
pub async fn delete_credential(id: CredentialId, even_if_used: bool) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCredentials).await?;
    Ok(server::credentials::delete(&caller, id, even_if_used).await?)
}
