//! Inviting somebody by a link that works once and for seven days, and what its holder does with it: set a name and a
//! password, or show the password of the account that the address has already.

use axum::http::{HeaderValue, request::Parts};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Caller, identity, login, members, password, people, secret, sessions, site::Site};
use crate::{
    api::ApiError,
    domain::{
        id::{InvitationId, UserId},
        member::{INVITATION_DAYS, Invitation, NewInvitation, Welcome},
        role::{Action, Role},
    },
    server::{
        AppState, Result,
        store::{self, invitations::Open, users::User},
    },
};

/// Links of a workspace that are open at a time.
const MOST: usize = 200;

pub async fn list(caller: &Caller) -> Result<Vec<Invitation>> {
    caller.require(Action::ViewMembers)?;
    store::invitations::list(&mut *caller.begin().await?, caller.workspace).await
}

/// Makes a link for this address; an earlier one for it is void. The link is in this answer and nowhere else.
pub async fn create(caller: &Caller, email: &str, role: Role) -> Result<NewInvitation> {
    caller.require(Action::ManageMembers)?;
    let email = people::New::checked(email, "")?.email;
    members::may_give(caller, role)?;
    let mut tx = caller.begin().await?;
    if store::members::list(&mut *tx, caller.workspace).await?.iter().any(|member| member.email == email) {
        return Err(ApiError::invalid("email", "They are a member already. Change their role instead.").into());
    }
    if store::invitations::list(&mut *tx, caller.workspace).await?.len() >= MOST {
        return Err(ApiError::invalid("email", format!("{MOST} invitations are open. Revoke some first.")).into());
    }
    login::require_confirmed_person(caller).await?;
    let token = secret::new();
    let hash = secret::hash(&token);
    let new =
        store::invitations::New { workspace: caller.workspace, hash: &hash, email: &email, role, by: caller.user };
    store::invitations::void(&mut *tx, caller.workspace, &email).await?;
    let invitation = store::invitations::insert(&mut *tx, new).await?;
    tx.commit().await?;
    let link = format!("{}/invitation?token={token}", Site::of(&caller.app.config).origin);
    Ok(NewInvitation { link, invitation })
}

/// The link is void at once.
pub async fn revoke(caller: &Caller, id: InvitationId) -> Result<()> {
    caller.require(Action::ManageMembers)?;
    let mut tx = caller.begin().await?;
    let offered = store::invitations::role_offered(&mut *tx, caller.workspace, id).await?;
    members::may_give(caller, offered.ok_or_else(|| ApiError::not_found("invitation"))?)?;
    store::invitations::revoke(&mut *tx, caller.workspace, id).await?;
    tx.commit().await
}

/// What the link's holder is offered.
pub async fn show(app: &AppState, parts: &Parts, token: &str) -> Result<Welcome> {
    let open = open(&mut *app.everywhere.acquire().await?, token).await?;
    let account = store::users::by_email(&app.everywhere, &open.email).await?;
    let is_you = identity(parts)?.is_some_and(|identity| identity.email == open.email);
    Ok(Welcome {
        workspace_name: open.workspace_name,
        email: open.email,
        role: open.role,
        invited_by: open.invited_by,
        has_account: account.is_some(),
        is_you,
    })
}

/// What the holder fills in; the name only where the address has no account yet.
pub struct Acceptance {
    pub token: String,
    pub name: String,
    pub password: String,
}

/// Makes the holder a member and logs them in there. Returns the cookie to set.
pub async fn accept(app: &AppState, parts: &Parts, acceptance: Acceptance) -> Result<HeaderValue> {
    let Acceptance { token, name, password } = acceptance;
    let offered = open(&mut *app.everywhere.acquire().await?, &token).await?;
    let user = match store::users::by_email(&app.everywhere, &offered.email).await? {
        Some(_) => {
            let user = login::check(app, parts, &offered.email, &password).await?;
            let mut tx = app.everywhere.begin().await?;
            join(&mut tx, &token, user).await?;
            tx.commit().await?;
            user
        }
        None => {
            let person = new_account(&offered, &name, &password).await?;
            let mut tx = app.everywhere.begin().await?;
            store::users::insert(&mut *tx, &person).await.map_err(people::taken)?;
            join(&mut tx, &token, person.id).await?;
            tx.commit().await?;
            person.id
        }
    };
    sessions::begin_in(&app.everywhere, &Site::of(&app.config), user, offered.workspace, &parts.headers).await
}

/// The same for somebody who is logged in with the address: their login goes on in the new workspace.
pub async fn accept_as(caller: &Caller, token: &str) -> Result<()> {
    let session = caller.session()?;
    let offered = open(&mut *caller.app.everywhere.acquire().await?, token).await?;
    if offered.email != caller.email {
        let detail = format!("This invitation is for {}. Log out, then open the link again.", offered.email);
        return Err(ApiError::forbidden(detail).into());
    }
    let mut tx = caller.app.everywhere.begin().await?;
    join(&mut tx, token, caller.user).await?;
    store::members::switch(&mut *tx, session, caller.user, offered.workspace).await?;
    Ok(tx.commit().await?)
}

async fn new_account(offered: &Open, name: &str, password: &str) -> Result<User> {
    let person = people::New::checked(&offered.email, name)?;
    password::check("password", password, &[&person.email, &person.name, &offered.workspace_name])?;
    Ok(person.with(UserId(Uuid::now_v7()), password::hash(password).await?))
}

/// Uses the link up; of two at once, the second finds it void.
async fn join(db: &mut PgConnection, token: &str, user: UserId) -> Result<()> {
    let offered = open(&mut *db, token).await?;
    store::invitations::accepted(&mut *db, offered.workspace, offered.id).await?;
    if !store::members::insert(db, offered.workspace, user, offered.role).await? {
        return Err(ApiError::conflict("member", "You are a member of this workspace already.").into());
    }
    tracing::info!(workspace = %offered.workspace, member = %user, role = offered.role.name(), "member joined");
    Ok(())
}

/// The invitation while its link holds, and while whoever gave it out still could.
async fn open(db: impl sqlx::PgExecutor<'_>, token: &str) -> Result<Open> {
    let found = store::invitations::find(db, &secret::hash(token)).await?;
    let may_give = |open: &Open| open.inviter_role.may(Action::ManageMembers) && open.inviter_role.covers(open.role);
    found.filter(may_give).ok_or_else(|| void().into())
}

fn void() -> ApiError {
    let detail =
        format!("This link has been used or revoked, or is over {INVITATION_DAYS} days old. Ask for a new one.");
    ApiError::new(403, "void_link", detail)
}
