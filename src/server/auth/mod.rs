//! Who is calling: sessions, passwords, API tokens, CSRF. Every server function and route begins with [`permit`]
//! or takes a [`Caller`]; [`protect`] puts the layers that they rely on around the routes.

pub mod cross_origin;
mod identity;
pub mod invitations;
pub mod login;
pub mod members;
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
pub mod workspaces;

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
        id::{ExecutionId, SessionId, UserId, WorkflowId, WorkspaceId},
        payload::Sight,
        role::{Action, Role},
        scope::Reach,
    },
    server::{
        AppState, Result,
        store::{self, tenants::WorkspaceTx},
    },
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
    /// How far their token reaches; none: as far as the role.
    pub reach: Option<Reach>,
}

impl Caller {
    /// Whether role and token both allow it, somewhere in the workspace.
    pub fn may(&self, action: Action) -> bool {
        self.role.may(action) && self.reach.as_ref().is_none_or(|reach| reach.allows(action))
    }

    /// How much of executions' data they are shown.
    pub fn sight(&self) -> Sight {
        if self.may(Action::ViewPayloads) { Sight::Whole } else { Sight::Shape }
    }

    /// Refuses what concerns the workspace as a whole, with the reason, when the role or the token may not.
    pub fn require(&self, action: Action) -> Result<(), ApiError> {
        match self.require_within(action)? {
            None => Ok(()),
            Some(_) => Err(ApiError::forbidden(
                "This token is for certain workflows only; it may not do what concerns the whole workspace.",
            )),
        }
    }

    /// For what shows or touches many workflows. Some: only these, as the token says.
    pub fn require_within(&self, action: Action) -> Result<Option<&[WorkflowId]>, ApiError> {
        if !self.role.may(action) {
            let (role, may_not) = (self.role.name(), action.label());
            return Err(ApiError::forbidden(format!("Your role ({role}) may not {may_not}. Ask an owner or admin.")));
        }
        match &self.reach {
            Some(reach) if !reach.allows(action) => Err(out_of_scope(action)),
            Some(reach) => Ok(reach.workflows.as_deref()),
            None => Ok(None),
        }
    }

    /// For what concerns one workflow.
    pub fn require_on(&self, action: Action, workflow: WorkflowId) -> Result<(), ApiError> {
        match self.require_within(action)? {
            Some(only) if !only.contains(&workflow) => Err(other_workflow()),
            _ => Ok(()),
        }
    }

    /// For lists and the like that can be narrowed to one workflow. Gives the one to narrow to: a token for a single
    /// workflow means that one, a token for several has to be told which.
    pub fn require_narrowed(&self, action: Action, wish: Option<WorkflowId>) -> Result<Option<WorkflowId>, ApiError> {
        match (self.require_within(action)?, wish) {
            (None, wish) => Ok(wish),
            (Some(only), Some(wish)) if only.contains(&wish) => Ok(Some(wish)),
            (Some(_), Some(_)) => Err(other_workflow()),
            (Some([single]), None) => Ok(Some(*single)),
            (Some(_), None) => {
                Err(ApiError::invalid("workflow_id", "This token is for certain workflows. Name one of them."))
            }
        }
    }

    /// For what concerns an execution. It need not exist: then whoever looks for it finds that out.
    pub async fn require_of(&self, action: Action, execution: ExecutionId) -> Result<()> {
        let Some(only) = self.require_within(action)? else { return Ok(()) };
        let mut tx = self.begin().await?;
        let workflow = store::executions::workflow_of(&mut *tx, self.workspace, execution).await?;
        match workflow.is_none_or(|workflow| only.contains(&workflow)) {
            true => Ok(()),
            false => Err(other_workflow().into()),
        }
    }

    /// What this request reads and writes in: its workspace and no other.
    pub async fn begin(&self) -> Result<WorkspaceTx> {
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
        let Identity { user, email, workspace, role, via, reach, .. } =
            identity(parts)?.ok_or_else(ApiError::unauthenticated)?;
        Ok(Self { app, user, email, workspace, role, via, reach })
    }
}

fn out_of_scope(action: Action) -> ApiError {
    let may_not = action.label();
    ApiError::forbidden(match action.scope() {
        Some(scope) => format!("This token may not {may_not}: it lacks the scope {}.", scope.name()),
        None => format!("A token may not {may_not}. Log in with a browser."),
    })
}

fn other_workflow() -> ApiError {
    ApiError::forbidden("This token is for other workflows.")
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
