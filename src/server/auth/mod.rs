//! Who is calling: sessions, passwords, API tokens, CSRF. Every server function and route begins with [`permit`]
//! or takes a [`Caller`].

use crate::{
    api::ApiError,
    domain::{
        id::{UserId, WorkspaceId},
        role::{Action, Role},
    },
    server::AppState,
};

/// A person (or their token) at work in one workspace.
#[derive(Clone)]
pub struct Caller {
    pub app: AppState,
    pub user: UserId,
    pub email: String,
    pub workspace: WorkspaceId,
    pub role: Role,
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
}

/// The caller of the server function under way, who may do this.
pub async fn permit(_action: Action) -> Result<Caller, ApiError> {
    Err(ApiError::unauthenticated())
}
