//! The people of the workspace: who they are, what they may, inviting others. What changes somebody's power answers
//! `confirm_password` when the caller has not shown their password within ten minutes.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    id::{InvitationId, UserId},
    member::{Invitation, Member, NewInvitation, Welcome},
    role::Role,
};

#[server(input = Json, output = Json)]
pub async fn list_members() -> Result<Vec<Member>, ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::members, permit},
    };
    let caller = permit(Action::ViewMembers).await?;
    Ok(members::list(&caller).await?)
}

/// Answers 409 `last_owner` instead of leaving the workspace without an owner.
#[server(input = Json, output = Json)]
pub async fn change_role(id: UserId, role: Role) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::members, permit},
    };
    let caller = permit(Action::ManageMembers).await?;
    Ok(members::set_role(&caller, id, role).await?)
}

#[server(input = Json, output = Json)]
pub async fn remove_member(id: UserId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::members, permit},
    };
    let caller = permit(Action::ManageMembers).await?;
    Ok(members::remove(&caller, id).await?)
}

/// Ends all logins of a member.
#[server(input = Json, output = Json)]
pub async fn end_member_sessions(id: UserId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::members, permit},
    };
    let caller = permit(Action::ManageMembers).await?;
    Ok(members::end_sessions(&caller, id).await?)
}

/// Those that nobody has used yet.
#[server(input = Json, output = Json)]
pub async fn list_invitations() -> Result<Vec<Invitation>, ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::invitations, permit},
    };
    let caller = permit(Action::ViewMembers).await?;
    Ok(invitations::list(&caller).await?)
}

/// The link is in this answer and nowhere else.
#[server(input = Json, output = Json)]
pub async fn invite_member(email: String, role: Role) -> Result<NewInvitation, ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::invitations, permit},
    };
    let caller = permit(Action::ManageMembers).await?;
    Ok(invitations::create(&caller, &email, role).await?)
}

#[server(input = Json, output = Json)]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), ApiError> {
    use crate::{
        domain::role::Action,
        server::{auth::invitations, permit},
    };
    let caller = permit(Action::ManageMembers).await?;
    Ok(invitations::revoke(&caller, id).await?)
}

/// What the holder of a link is offered; 403 `void_link` when it holds no more.
#[server(input = Json, output = Json)]
pub async fn show_invitation(token: String) -> Result<Welcome, ApiError> {
    use crate::server::auth::{invitations, request};
    let (app, parts) = request()?;
    Ok(invitations::show(&app, &parts, &token).await?)
}

/// Joins with a new account, or with the password of the one that the address has, and logs in.
#[server(input = Json, output = Json)]
pub async fn accept_invitation(token: String, name: String, password: String) -> Result<(), ApiError> {
    use crate::server::auth::{invitations, request, set_cookie};
    let (app, parts) = request()?;
    let acceptance = invitations::Acceptance { token, name, password };
    set_cookie(invitations::accept(&app, &parts, acceptance).await?);
    Ok(())
}

/// Joins as who is logged in.
#[server(input = Json, output = Json)]
pub async fn join_workspace(token: String) -> Result<(), ApiError> {
    use crate::server::auth::{caller, invitations};
    Ok(invitations::accept_as(&caller()?, &token).await?)
}
