//! People, workspaces and memberships.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        id::{UserId, WorkspaceId},
        role::Role,
    },
    server::Result,
};

/// What a login needs to know of a person.
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self { id: UserId(row.id), email: row.email, name: row.name, password_hash: row.password_hash }
    }
}

/// Whether anybody can log in yet.
pub async fn any(db: impl PgExecutor<'_>) -> Result<bool> {
    Ok(sqlx::query_scalar("select exists (select 1 from users)").fetch_one(db).await?)
}

/// The person with this address (lower case), unless disabled.
pub async fn by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<User>> {
    let row: Option<UserRow> =
        sqlx::query_as("select id, email, name, password_hash from users where email = $1 and disabled_at is null")
            .bind(email)
            .fetch_optional(db)
            .await?;
    Ok(row.map(User::from))
}

pub async fn by_id(db: impl PgExecutor<'_>, id: UserId) -> Result<Option<User>> {
    let row: Option<UserRow> =
        sqlx::query_as("select id, email, name, password_hash from users where id = $1 and disabled_at is null")
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    Ok(row.map(User::from))
}

/// Fails with the constraint `users_email_key` when the address is taken.
pub async fn insert(db: impl PgExecutor<'_>, user: &User) -> Result<()> {
    sqlx::query("insert into users (id, email, name, password_hash) values ($1, $2, $3, $4)")
        .bind(user.id.0)
        .bind(&user.email)
        .bind(&user.name)
        .bind(&user.password_hash)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn set_password_hash(db: impl PgExecutor<'_>, id: UserId, password_hash: &str) -> Result<()> {
    sqlx::query("update users set password_hash = $2 where id = $1").bind(id.0).bind(password_hash).execute(db).await?;
    Ok(())
}

/// Disables an account and ends its logins, or enables it. False: nobody has this address.
pub async fn set_disabled(db: impl PgExecutor<'_>, email: &str, is_out: bool) -> Result<bool> {
    let done: Option<Uuid> = sqlx::query_scalar(
        "with changed as (
             update users set disabled_at = case when $2 then coalesce(disabled_at, now()) end
             where email = $1 returning id),
         ended as (delete from sessions using changed where $2 and user_id = changed.id)
         select id from changed",
    )
    .bind(email)
    .bind(is_out)
    .fetch_optional(db)
    .await?;
    Ok(done.is_some())
}

pub async fn set_name(db: impl PgExecutor<'_>, id: UserId, name: &str) -> Result<()> {
    sqlx::query("update users set name = $2 where id = $1").bind(id.0).bind(name).execute(db).await?;
    Ok(())
}

pub async fn insert_workspace(db: impl PgExecutor<'_>, id: WorkspaceId, name: &str) -> Result<()> {
    sqlx::query("insert into workspaces (id, name) values ($1, $2)").bind(id.0).bind(name).execute(db).await?;
    Ok(())
}

/// The oldest workspace of this name; names are not unique.
pub async fn workspace_by_name(db: impl PgExecutor<'_>, name: &str) -> Result<Option<WorkspaceId>> {
    let id: Option<Uuid> =
        sqlx::query_scalar("select id from workspaces where name = $1 order by created_at, id limit 1")
            .bind(name)
            .fetch_optional(db)
            .await?;
    Ok(id.map(WorkspaceId))
}

/// Makes the person a member; an existing membership gets the role.
pub async fn set_role(db: impl PgExecutor<'_>, workspace: WorkspaceId, user: UserId, role: Role) -> Result<()> {
    sqlx::query(
        "insert into members (workspace_id, user_id, role) values ($1, $2, $3)
         on conflict (workspace_id, user_id) do update set role = excluded.role",
    )
    .bind(workspace.0)
    .bind(user.0)
    .bind(role.name())
    .execute(db)
    .await?;
    Ok(())
}

/// The workspace that a login begins in: the one that the person joined first.
pub async fn first_workspace(db: impl PgExecutor<'_>, user: UserId) -> Result<Option<WorkspaceId>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "select workspace_id from members where user_id = $1 order by created_at, workspace_id limit 1",
    )
    .bind(user.0)
    .fetch_optional(db)
    .await?;
    Ok(id.map(WorkspaceId))
}
