//! Language models.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::task::Kind;

/// The names of the models behind an API, for a node of this kind. `credential`: its name; empty: none.
#[server(input = Json, output = Json)]
pub async fn offered_models(kind: Kind, server: String, credential: String) -> Result<Vec<String>, ApiError> {
    use crate::{domain::role::Action, server as ours};
    let caller = ours::permit(Action::UseCredentials).await?;
    Ok(ours::models::list(&caller, kind, &server, &credential).await?)
}
