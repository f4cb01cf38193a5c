//! Links that make somebody a member. Keyed by the SHA-256 of their secret.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::members::role;
use crate::{
    domain::{
        id::{InvitationId, UserId, WorkspaceId},
        member::Invitation,
        role::Role,
    },
    server::{Error, Result},
};

/// An invitation about to be kept.
pub struct New<'a> {
    pub workspace: WorkspaceId,
    pub hash: &'a [u8],
    pub email: &'a str,
    pub role: Role,
    pub by: UserId,
}

/// Stores it for seven days.
pub async fn insert(db: impl PgExecutor<'_>, new: New<'_>) -> Result<Invitation> {
    let row: InvitationRow = sqlx::query_as(
        "with new as (
             insert into invitations (workspace_id, id, token_hash, email, role, invited_by)
             values ($1, $2, $3, $4, $5, $6) returning *)
         select new.id, new.email, new.role, u.email as invited_by, new.created_at, new.expires_at
         from new join users u on u.id = new.invited_by",
    )
    .bind(new.workspace.0)
    .bind(Uuid::now_v7())
    .bind(new.hash)
    .bind(new.email)
    .bind(new.role.name())
    .bind(new.by.0)
    .fetch_one(db)
    .await?;
    row.try_into()
}

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: Uuid,
    email: String,
    role: String,
    invited_by: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = Error;

    fn try_from(row: InvitationRow) -> Result<Self> {
        Ok(Self {
            id: InvitationId(row.id),
            email: row.email,
            role: role(&row.role)?,
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

/// Those that can still be used, the newest first.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Invitation>> {
    let rows: Vec<InvitationRow> = sqlx::query_as(
        "select i.id, i.email, i.role, u.email as invited_by, i.created_at, i.expires_at
         from invitations i join users u on u.id = i.invited_by
         where i.workspace_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
         order by i.created_at desc, i.id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Invitation::try_from).collect()
}

/// Voids what was sent to this address before: only the newest link holds.
pub async fn void(db: impl PgExecutor<'_>, workspace: WorkspaceId, email: &str) -> Result<()> {
    sqlx::query(
        "update invitations set revoked_at = now()
         where workspace_id = $1 and email = $2 and accepted_at is null and revoked_at is null",
    )
    .bind(workspace.0)
    .bind(email)
    .execute(db)
    .await?;
    Ok(())
}

/// The role that an open invitation offers; none: there is no such invitation.
pub async fn role_offered(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: InvitationId) -> Result<Option<Role>> {
    let found: Option<String> = sqlx::query_scalar(
        "select role from invitations
         where workspace_id = $1 and id = $2 and accepted_at is null and revoked_at is null and expires_at > now()",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    found.as_deref().map(role).transpose()
}

pub async fn revoke(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: InvitationId) -> Result<()> {
    sqlx::query("update invitations set revoked_at = now() where workspace_id = $1 and id = $2 and revoked_at is null")
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(())
}

/// An invitation that its link's holder may still use, with what its inviter is now.
pub struct Open {
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    pub inviter_role: Role,
}

#[derive(sqlx::FromRow)]
struct OpenRow {
    workspace_id: Uuid,
    workspace_name: String,
    id: Uuid,
    email: String,
    role: String,
    invited_by: String,
    inviter_role: String,
}

/// What the link leads to, in whichever workspace; held until the transaction ends, so that it is used once.
pub async fn find(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<Option<Open>> {
    let row: Option<OpenRow> = sqlx::query_as(
        "select i.workspace_id, w.name as workspace_name, i.id, i.email, i.role,
                coalesce(nullif(u.name, ''), u.email) as invited_by, m.role as inviter_role
         from invitations i
         join workspaces w on w.id = i.workspace_id
         join members m on m.workspace_id = i.workspace_id and m.user_id = i.invited_by
         join users u on u.id = i.invited_by and u.disabled_at is null
         where i.token_hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
         for update of i",
    )
    .bind(hash)
    .fetch_optional(db)
    .await?;
    let open = |row: OpenRow| {
        Ok(Open {
            workspace: WorkspaceId(row.workspace_id),
            workspace_name: row.workspace_name,
            id: InvitationId(row.id),
            email: row.email,
            role: role(&row.role)?,
            invited_by: row.invited_by,
            inviter_role: role(&row.inviter_role)?,
        })
    };
    row.map(open).transpose()
}

/// Uses it up.
pub async fn accepted(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: InvitationId) -> Result<()> {
    sqlx::query("update invitations set accepted_at = now() where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(())
}
