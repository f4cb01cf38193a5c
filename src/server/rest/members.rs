//! /api/v1/members and /api/v1/invitations

use axum::Json;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::{Body, Path};
use crate::{
    domain::{
        id::{InvitationId, UserId},
        member::{Invitation, Member, NewInvitation},
        role::Role,
    },
    server::{
        Caller, Result,
        auth::{invitations, members},
    },
};

#[derive(Serialize)]
pub struct MemberList {
    members: Vec<Member>,
}

/// List members
///
/// The strongest role first.
#[utoipa::path(
    get, path = "/members", tag = "Members", operation_id = "list_members",
    responses((status = 200, description = "The members", body = ref("#/components/schemas/MemberList")))
)]
pub async fn list(caller: Caller) -> Result<Json<MemberList>> {
    Ok(Json(MemberList { members: members::list(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    /// `owner`, `admin`, `editor`, `operator` or `viewer`; not above the role of the token's creator.
    #[schema(value_type = String, example = "editor")]
    role: Role,
}

/// Change a member's role
///
/// It counts from their next request on.
#[utoipa::path(
    patch, path = "/members/{id}", tag = "Members", operation_id = "change_role",
    params(("id" = Uuid, Path, description = "The member")), request_body = RoleBody,
    responses(
        (status = 204, description = "Changed"),
        (status = 409, description = "The workspace would be without an owner"),
    )
)]
pub async fn change_role(caller: Caller, Path(id): Path<UserId>, Body(body): Body<RoleBody>) -> Result<StatusCode> {
    members::set_role(&caller, id, body.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a member
///
/// Their logins in this workspace and their tokens end at once.
#[utoipa::path(
    delete, path = "/members/{id}", tag = "Members", operation_id = "remove_member",
    params(("id" = Uuid, Path, description = "The member")),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "The workspace would be without an owner"),
    )
)]
pub async fn remove(caller: Caller, Path(id): Path<UserId>) -> Result<StatusCode> {
    members::remove(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
pub struct InvitationList {
    invitations: Vec<Invitation>,
}

/// List invitations
///
/// Those that nobody has used yet. Their links are not shown again.
#[utoipa::path(
    get, path = "/invitations", tag = "Members", operation_id = "list_invitations",
    responses((status = 200, description = "The invitations", body = ref("#/components/schemas/InvitationList")))
)]
pub async fn invitations(caller: Caller) -> Result<Json<InvitationList>> {
    Ok(Json(InvitationList { invitations: invitations::list(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    #[schema(example = "grace@example.com")]
    email: String,
    /// `owner`, `admin`, `editor`, `operator` or `viewer`; not above the role of the token's creator.
    #[schema(value_type = String, example = "editor")]
    role: Role,
}

/// Invite somebody
///
/// Answers with a link that works once and for seven days, and makes earlier ones for the address void. Hand it on
/// yourself: FlowPilot sends no email.
#[utoipa::path(
    post, path = "/invitations", tag = "Members", operation_id = "invite_member", request_body = InvitationBody,
    responses((status = 201, description = "Invited", body = ref("#/components/schemas/NewInvitation")))
)]
pub async fn invite(caller: Caller, Body(body): Body<InvitationBody>) -> Result<(StatusCode, Json<NewInvitation>)> {
    Ok((StatusCode::CREATED, Json(invitations::create(&caller, &body.email, body.role).await?)))
}

/// Revoke an invitation
///
/// Its link is void at once.
#[utoipa::path(
    delete, path = "/invitations/{id}", tag = "Members", operation_id = "revoke_invitation",
    params(("id" = Uuid, Path, description = "The invitation")),
    responses((status = 204, description = "Revoked"))
)]
pub async fn revoke(caller: Caller, Path(id): Path<InvitationId>) -> Result<StatusCode> {
    invitations::revoke(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
