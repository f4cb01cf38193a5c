//! Language models.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{provider::Provider, task::Kind};

/// What the API of a provider offers, for a node of this kind. `credential`: its name; empty: none.
#[server(input = Json, output = Json)]
pub async fn offered_models(kind: Kind, server: String, credential: String) -> Result<Provider, ApiError> {
    use crate::{domain::role::Action, server as ours};
    let caller = ours::permit(Action::UseCredentials).await?;
    Ok(ours::models::provider(&caller, kind, &server, &credential).await?)
}
