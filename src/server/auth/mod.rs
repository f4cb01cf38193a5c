//! Who is calling: sessions, passwords, API tokens, CSRF. Every server function and route begins with [`permit`]
//! or takes a [`Caller`]; [`protect`] puts the layers that they rely on around the routes.

pub mod cross_origin;
mod identity;
pub mod login;
pub mod password;
pub mod peer;
pub mod people;
pub mod secret;
pub mod sessions;
pub mod setup;
pub mod site;
pub mod throttle;
pub mod tokens;
pub mod visitors;
mod weak;

use axum::{
    Router,
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, header, request::Parts},
    middleware::from_fn_with_state,
};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

pub use identity::{Identity, Via, again as identity_again, of as identity};

use crate::{
    api::ApiError,
    domain::{
        id::{SessionId, UserId, WorkspaceId},
        role::{Action, Role},
    },
    server::{AppState, store::tenants::WorkspaceTx},
};

/// A person (or their token) at work in one workspace.
#[derive(Clone)]
pub struct Caller {
    pub app: AppState,
    pub user: UserId,
    pub email: String,
    pub workspace: WorkspaceId,
    /// The role of this moment; looked up for every request.
    pub role: Role,
    pub via: Via,
}

impl Caller {
    /// Refuses with the reason when the role may not.
    pub fn require(&self, action: Action) -> Result<(), ApiError> {
        if self.role.may(action) {
            return Ok(());
        }
        let (role, may_not) = (self.role.name(), action.label());
        Err(ApiError::forbidden(format!("Your role ({role}) may not {may_not}. Ask an owner or admin.")))
    }

    /// What this request reads and writes in: its workspace and no other.
    pub async fn begin(&self) -> crate::server::Result<WorkspaceTx> {
        self.app.tenants.begin(self.workspace).await
    }

    /// The session of a person at a browser; tokens may not touch passwords, sessions and tokens.
    pub fn session(&self) -> Result<SessionId, ApiError> {
        match self.via {
            Via::Session(id) => Ok(id),
            Via::Token(_) => Err(ApiError::forbidden("An API token may not do this. Log in with a browser.")),
        }
    }

    fn of(app: AppState, parts: &Parts) -> Result<Self, ApiError> {
        let Identity { user, email, workspace, role, via, .. } =
            identity(parts)?.ok_or_else(ApiError::unauthenticated)?;
        Ok(Self { app, user, email, workspace, role, via })
    }
}

/// The caller of the server function under way, who may do this.
pub async fn permit(action: Action) -> Result<Caller, ApiError> {
    let caller = caller()?;
    caller.require(action)?;
    Ok(caller)
}

/// The caller of the server function under way, whatever their role: for what everybody may do with their own account.
pub fn caller() -> Result<Caller, ApiError> {
    let (app, parts) = request()?;
    Caller::of(app, &parts)
}

/// The state and the head of the request that the server function under way answers.
pub fn request() -> Result<(AppState, Parts), ApiError> {
    let found = use_context::<AppState>().zip(use_context::<Parts>());
    found.ok_or_else(|| crate::server::Error::internal("a server function ran outside of a request").into())
}

/// Sets a cookie with the answer of the server function under way.
pub fn set_cookie(cookie: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

impl<S> FromRequestParts<S> for Caller
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Self::of(AppState::from_ref(state), parts)
    }
}

/// Puts around routes that people and tokens call: the check for cross-origin requests, and who is calling.
/// Webhooks and health stay outside: they read no cookies.
pub fn protect(routes: Router<AppState>, app: &AppState) -> Router<AppState> {
    routes
        .layer(from_fn_with_state(app.clone(), visitors::redirect))
        .layer(from_fn_with_state(app.clone(), identity::identify))
        .layer(from_fn_with_state(app.clone(), cross_origin::refuse))
}
