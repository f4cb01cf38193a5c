//! API tokens: create, list, revoke. The secret is shown once.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    account::{NewToken, TokenSummary, TokenWish},
    id::TokenId,
};

/// Answers `confirm_password` when the person has not shown their password within ten minutes.
#[server(input = Json)]
pub async fn create_token(wish: TokenWish) -> Result<NewToken, ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::tokens, permit},
    };
    let caller = permit(Action::ManageOwnTokens).await?;
    Ok(tokens::create(&caller, wish).await?)
}

/// The caller's own; everybody's for who may manage all.
#[server(input = Json)]
pub async fn list_tokens() -> Result<Vec<TokenSummary>, ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::tokens, permit},
    };
    let caller = permit(Action::ManageOwnTokens).await?;
    Ok(tokens::list(&caller).await?)
}

#[server(input = Json)]
pub async fn revoke_token(id: TokenId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::tokens, permit},
    };
    let caller = permit(Action::ManageOwnTokens).await?;
    Ok(tokens::revoke(&caller, id).await?)
}
