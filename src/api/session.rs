//! Logging in and out, the first owner, and what a person may change about their own account.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    account::{Session, SessionSummary},
    id::SessionId,
};

/// Who is logged in; None: nobody.
#[server(name = AskSession, input = Json)]
pub async fn session() -> Result<Option<Session>, ApiError> {
    use crate::server::auth;
    let (_, parts) = auth::request()?;
    Ok(auth::identity(&parts)?.map(Session::from))
}

#[server(input = Json)]
pub async fn log_in(email: String, password: String) -> Result<(), ApiError> {
    use crate::server::auth::{login, request, set_cookie};
    let (app, parts) = request()?;
    set_cookie(login::log_in(&app, &parts, &email, &password).await?);
    Ok(())
}

#[server(input = Json)]
pub async fn log_out() -> Result<(), ApiError> {
    use crate::server::auth::{login, request, set_cookie};
    let (app, parts) = request()?;
    set_cookie(login::log_out(&app, &parts).await?);
    Ok(())
}

/// Creates the workspace and its owner with the one-time token that the server printed, and logs the owner in.
#[server(input = Json)]
pub async fn set_up(
    token: String,
    workspace_name: String,
    name: String,
    email: String,
    password: String,
) -> Result<(), ApiError> {
    use crate::server::auth::{request, set_cookie, setup};
    let (app, parts) = request()?;
    let claim = setup::Claim { token, workspace_name, name, email, password };
    set_cookie(setup::claim(&app, &parts, claim).await?);
    Ok(())
}

/// Changes the own name as others see it.
#[server(input = Json)]
pub async fn change_name(name: String) -> Result<(), ApiError> {
    use crate::server::auth;
    let caller = auth::caller()?;
    Ok(auth::people::rename(&caller, &name).await?)
}

/// Ends all other sessions of the caller.
#[server(input = Json)]
pub async fn change_password(current: String, new: String) -> Result<(), ApiError> {
    use crate::server::auth;
    let (_, parts) = auth::request()?;
    auth::set_cookie(auth::login::change_password(&auth::caller()?, &parts, &current, &new).await?);
    Ok(())
}

/// Shows that the person at the browser still is the one who logged in; what needs it answers `confirm_password`.
#[server(input = Json)]
pub async fn confirm_password(password: String) -> Result<(), ApiError> {
    use crate::server::auth;
    let (_, parts) = auth::request()?;
    auth::set_cookie(auth::login::confirm(&auth::caller()?, &parts, &password).await?);
    Ok(())
}

#[server(input = Json)]
pub async fn list_sessions() -> Result<Vec<SessionSummary>, ApiError> {
    use crate::server::auth;
    Ok(auth::sessions::list(&auth::caller()?).await?)
}

/// Ends one of the caller's own sessions at once.
#[server(input = Json)]
pub async fn end_session(id: SessionId) -> Result<(), ApiError> {
    use crate::server::auth;
    Ok(auth::sessions::end(&auth::caller()?, id).await?)
}
