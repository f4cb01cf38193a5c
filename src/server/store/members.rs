//! Who belongs to which workspace, with which role.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        account::Membership,
        id::{SessionId, UserId, WorkspaceId},
        member::Member,
        role::Role,
    },
    server::{Error, Result},
};

#[derive(sqlx::FromRow)]
struct MemberRow {
    user_id: Uuid,
    email: String,
    name: String,
    role: String,
    created_at: DateTime<Utc>,
    seen_at: Option<DateTime<Utc>>,
}

impl TryFrom<MemberRow> for Member {
    type Error = Error;

    fn try_from(row: MemberRow) -> Result<Self> {
        Ok(Self {
            id: UserId(row.user_id),
            email: row.email,
            name: row.name,
            role: role(&row.role)?,
            joined_at: row.created_at,
            seen_at: row.seen_at,
        })
    }
}

pub(super) fn role(name: &str) -> Result<Role> {
    Role::parse(name).ok_or_else(|| Error::internal(format!("unknown role {name}")))
}

/// The workspace's members, the strongest role first, then by name.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = sqlx::query_as(
        "select m.user_id, u.email, u.name, m.role, m.created_at, m.seen_at
         from members m join users u on u.id = m.user_id
         where m.workspace_id = $1
         order by array_position(array['owner', 'admin', 'editor', 'operator', 'viewer'], m.role),
                  lower(coalesce(nullif(u.name, ''), u.email)), m.user_id",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Member::try_from).collect()
}

/// Lets one transaction at a time change who belongs to the workspace: the last owner must not go twice at once.
pub async fn lock(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<()> {
    sqlx::query("select from workspaces where id = $1 for no key update").bind(workspace.0).execute(db).await?;
    Ok(())
}

/// The person's role there; none: they are no member.
pub async fn role_of(db: impl PgExecutor<'_>, workspace: WorkspaceId, user: UserId) -> Result<Option<Role>> {
    let found: Option<String> = sqlx::query_scalar("select role from members where workspace_id = $1 and user_id = $2")
        .bind(workspace.0)
        .bind(user.0)
        .fetch_optional(db)
        .await?;
    found.as_deref().map(role).transpose()
}

/// Whether the workspace has an owner besides this person, whose account is not disabled.
pub async fn has_other_owner(db: impl PgExecutor<'_>, workspace: WorkspaceId, user: UserId) -> Result<bool> {
    let statement = "select exists (
             select from members m join users u on u.id = m.user_id and u.disabled_at is null
             where m.workspace_id = $1 and m.user_id <> $2 and m.role = 'owner')";
    Ok(sqlx::query_scalar(statement).bind(workspace.0).bind(user.0).fetch_one(db).await?)
}

/// Makes somebody a member. False: they are one already, and nothing changes.
pub async fn insert(db: impl PgExecutor<'_>, workspace: WorkspaceId, user: UserId, role: Role) -> Result<bool> {
    let done = sqlx::query(
        "insert into members (workspace_id, user_id, role) values ($1, $2, $3)
         on conflict (workspace_id, user_id) do nothing",
    )
    .bind(workspace.0)
    .bind(user.0)
    .bind(role.name())
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a member another role. Their logins get new values with the next request.
pub async fn set_role(db: impl PgExecutor<'_>, workspace: WorkspaceId, user: UserId, role: Role) -> Result<()> {
    sqlx::query(
        "with changed as (update members set role = $3 where workspace_id = $1 and user_id = $2)
         update sessions set renewed_at = '-infinity', previous_hash = null where user_id = $2",
    )
    .bind(workspace.0)
    .bind(user.0)
    .bind(role.name())
    .execute(db)
    .await?;
    Ok(())
}

/// Takes somebody out of the workspace, with their logins at work there, their tokens and their open invitations.
pub async fn remove(db: impl PgExecutor<'_>, workspace: WorkspaceId, user: UserId) -> Result<()> {
    sqlx::query("delete from members where workspace_id = $1 and user_id = $2")
        .bind(workspace.0)
        .bind(user.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The workspaces of a person, the one that they joined first first.
pub async fn of_user(db: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Membership>> {
    let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
        "select w.id, w.name, m.role from members m join workspaces w on w.id = m.workspace_id
         where m.user_id = $1 order by m.created_at, w.id",
    )
    .bind(user.0)
    .fetch_all(db)
    .await?;
    let membership = |(workspace, name, found): (Uuid, String, String)| {
        Ok(Membership { workspace: WorkspaceId(workspace), name, role: role(&found)? })
    };
    rows.into_iter().map(membership).collect()
}

/// Lets a login work in another workspace from now on. False: the person is no member of it.
pub async fn switch(db: impl PgExecutor<'_>, session: SessionId, user: UserId, workspace: WorkspaceId) -> Result<bool> {
    let done = sqlx::query(
        "update sessions set workspace_id = $3
         where id = $1 and user_id = $2 and exists (select from members where workspace_id = $3 and user_id = $2)",
    )
    .bind(session.0)
    .bind(user.0)
    .bind(workspace.0)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
