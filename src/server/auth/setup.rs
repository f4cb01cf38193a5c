//! The first start: a one-time link, shown where only the operator can read it, makes its holder the owner.
//! There is no default account at any time.

use axum::http::{HeaderValue, request::Parts};

use super::{password, people, secret, sessions, site::Site};
use crate::{
    api::ApiError,
    domain::{
        id::{UserId, WorkspaceId},
        role::Role,
    },
    server::{AppState, Result, store},
};

/// While nobody can log in: a new link, valid once and for 15 minutes; older ones become void. Afterwards: None.
pub async fn link(app: &AppState) -> Result<Option<String>> {
    if store::users::any(&app.everywhere).await? {
        return Ok(None);
    }
    let token = secret::new();
    let mut tx = app.everywhere.begin().await?;
    store::setup::void(&mut *tx).await?;
    store::setup::insert(&mut *tx, &secret::hash(&token)).await?;
    tx.commit().await?;
    Ok(Some(format!("{}/setup?token={token}", Site::of(&app.config).origin)))
}

/// What the person fills in.
pub struct Claim {
    pub token: String,
    pub workspace_name: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

/// Makes the workspace and its owner, and logs them in. Returns the cookie to set.
pub async fn claim(app: &AppState, parts: &Parts, claim: Claim) -> Result<HeaderValue> {
    let token = secret::hash(&claim.token);
    if store::users::any(&app.everywhere).await? || !store::setup::is_valid(&app.everywhere, &token).await? {
        return Err(void().into());
    }
    let person = people::New::checked(&claim.email, &claim.name)?;
    let workspace_name = people::workspace_name(&claim.workspace_name)?;
    password::check("password", &claim.password, &[&person.email, &person.name, workspace_name])?;
    let password_hash = password::hash(&claim.password).await?;

    let mut tx = app.everywhere.begin().await?;
    store::setup::lock(&mut *tx).await?;
    if store::users::any(&mut *tx).await? || !store::setup::use_up(&mut *tx, &token).await? {
        return Err(void().into());
    }
    let (user, workspace) = (UserId(uuid::Uuid::now_v7()), WorkspaceId(uuid::Uuid::now_v7()));
    store::users::insert(&mut *tx, &person.with(user, password_hash)).await?;
    store::users::insert_workspace(&mut *tx, workspace, workspace_name).await?;
    store::users::set_role(&mut *tx, workspace, user, Role::Owner).await?;
    tx.commit().await?;
    sessions::begin(&app.everywhere, &Site::of(&app.config), user, &parts.headers).await
}

fn void() -> ApiError {
    ApiError::new(
        403,
        "void_link",
        "This link has been used or is over 15 minutes old. Restart the server: it prints a new one while nobody owns it.",
    )
}
