//! Credentials: write-only. What comes back are names, kinds and hosts.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    credential::{Access, Contents, Credential, NewCredential, Usage, Verdict},
    id::{CredentialId, UserId},
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
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::create(&caller, &new).await?)
}

/// Replaces all values and the hosts. Answers 403 `confirm_password` when the person has not shown their password lately.
#[server(input = Json, output = Json)]
pub async fn replace_credential(id: CredentialId, contents: Contents) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::replace(&caller, id, &contents).await?)
}

/// One of them, and for OAuth2 as a person the address that the provider has to know.
#[server(input = Json, output = Json)]
pub async fn get_credential(id: CredentialId) -> Result<(Credential, Option<String>), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::get(&caller, id).await?)
}

/// Tries it as a node would use it, at this place (an address, a server); what it opens alone needs none.
#[server(input = Json, output = Json)]
pub async fn test_credential(id: CredentialId, place: String) -> Result<Verdict, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::test(&caller, id, &place).await?)
}

/// The address of the provider's page, where the person allows an OAuth2 credential to act for them.
#[server(input = Json, output = Json)]
pub async fn connect_credential(id: CredentialId) -> Result<String, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::oauth::begin(&caller, id).await?)
}

/// The nodes that use it, in drafts or published, and the channels.
#[server(input = Json, output = Json)]
pub async fn credential_usage(id: CredentialId) -> Result<Usage, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::usage(&caller, id).await?)
}

/// Who may use it in what they publish. Answers 403 to editors who did not create it.
#[server(input = Json, output = Json)]
pub async fn credential_access(id: CredentialId) -> Result<Access, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::access(&caller, id).await?)
}

/// Opens it to everybody who may publish, or to these people beside those who always may. Answers 403 `confirm_password`
/// when the person has not shown their password lately.
#[server(input = Json, output = Json)]
pub async fn set_credential_access(id: CredentialId, only_chosen: bool, people: Vec<UserId>) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::set_access(&caller, id, only_chosen, &people).await?)
}

/// While workflows or channels use it, `even_if_used` has to confirm it; else 409 `in_use`.
#[server(input = Json, output = Json)]
pub async fn delete_credential(id: CredentialId, even_if_used: bool) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::AddCredentials).await?;
    Ok(server::credentials::delete(&caller, id, even_if_used).await?)
}
