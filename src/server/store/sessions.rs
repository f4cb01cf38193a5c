//! Logins. Keyed by the SHA-256 of what the cookie carries.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        account::SessionSummary,
        id::{SessionId, UserId, WorkspaceId},
        role::Role,
    },
    server::{
        Error, Result,
        auth::{Identity, Via},
    },
};

/// A session that stands, with what is due for it.
pub struct Found {
    pub identity: Identity,
    /// The cookie's value is over 15 minutes old.
    pub renewal_is_due: bool,
    /// The last sign of life is over a minute old.
    pub sighting_is_due: bool,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    id: Uuid,
    user_id: Uuid,
    email: String,
    name: String,
    workspace_id: Uuid,
    workspace_name: String,
    role: String,
    renewal_is_due: bool,
    sighting_is_due: bool,
}

impl TryFrom<FoundRow> for Found {
    type Error = Error;

    fn try_from(row: FoundRow) -> Result<Self> {
        let role = Role::parse(&row.role).ok_or_else(|| Error::internal(format!("unknown role {}", row.role)))?;
        Ok(Self {
            identity: Identity {
                user: UserId(row.user_id),
                email: row.email,
                name: row.name,
                workspace: WorkspaceId(row.workspace_id),
                workspace_name: row.workspace_name,
                role,
                via: Via::Session(SessionId(row.id)),
                reach: None,
            },
            renewal_is_due: row.renewal_is_due,
            sighting_is_due: row.sighting_is_due,
        })
    }
}

/// The session of this cookie: seen within 60 minutes, begun within 12 hours, of an active member.
pub async fn find(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<Option<Found>> {
    let row: Option<FoundRow> = sqlx::query_as(
        "select s.id, s.user_id, u.email, u.name, s.workspace_id, w.name as workspace_name, m.role,
                s.id_hash = $1 and s.renewed_at < now() - interval '15 minutes' as renewal_is_due,
                s.seen_at < now() - interval '1 minute' as sighting_is_due
         from sessions s
         join users u on u.id = s.user_id and u.disabled_at is null
         join members m on m.workspace_id = s.workspace_id and m.user_id = s.user_id
         join workspaces w on w.id = s.workspace_id
         where (s.id_hash = $1 or s.previous_hash = $1 and s.renewed_at > now() - interval '10 seconds')
           and s.seen_at > now() - interval '60 minutes'
           and s.created_at > now() - interval '12 hours'",
    )
    .bind(hash)
    .fetch_optional(db)
    .await?;
    row.map(Found::try_from).transpose()
}

pub async fn insert(
    db: impl PgExecutor<'_>,
    hash: &[u8],
    user: UserId,
    workspace: WorkspaceId,
    user_agent: &str,
) -> Result<()> {
    sqlx::query(
        "with seen as (update members set seen_at = now() where user_id = $3 and workspace_id = $4)
         insert into sessions (id, id_hash, user_id, workspace_id, user_agent) values ($1, $2, $3, $4, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(hash)
    .bind(user.0)
    .bind(workspace.0)
    .bind(user_agent)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the session a new value. False: another request was first.
pub async fn renew(db: impl PgExecutor<'_>, old: &[u8], new: &[u8]) -> Result<bool> {
    let done = sqlx::query(
        "update sessions set id_hash = $2, previous_hash = id_hash, renewed_at = now(), seen_at = now()
         where id_hash = $1",
    )
    .bind(old)
    .bind(new)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives the session a new value; the old one dies at once. The person has just shown their password.
pub async fn replace(db: impl PgExecutor<'_>, id: SessionId, new: &[u8]) -> Result<()> {
    sqlx::query(
        "update sessions set id_hash = $2, previous_hash = null, renewed_at = now(), seen_at = now(), confirmed_at = now()
         where id = $1",
    )
    .bind(id.0)
    .bind(new)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes a sign of life, also for the workspace's list of members.
pub async fn seen(db: impl PgExecutor<'_>, id: SessionId) -> Result<()> {
    sqlx::query(
        "with seen as (update sessions set seen_at = now() where id = $1 returning workspace_id, user_id)
         update members m set seen_at = now()
         from seen where m.workspace_id = seen.workspace_id and m.user_id = seen.user_id",
    )
    .bind(id.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether the person showed their password within the last ten minutes.
pub async fn is_confirmed(db: impl PgExecutor<'_>, id: SessionId) -> Result<bool> {
    let confirmed: Option<bool> =
        sqlx::query_scalar("select confirmed_at > now() - interval '10 minutes' from sessions where id = $1")
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    Ok(confirmed.unwrap_or(false))
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    user_agent: String,
    created_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
}

/// The person's logins that still stand, the last seen first.
pub async fn of_user(db: impl PgExecutor<'_>, user: UserId, current: Option<SessionId>) -> Result<Vec<SessionSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(
        "select id, user_agent, created_at, seen_at from sessions
         where user_id = $1 and seen_at > now() - interval '60 minutes' and created_at > now() - interval '12 hours'
         order by seen_at desc, id",
    )
    .bind(user.0)
    .fetch_all(db)
    .await?;
    let summary = |row: SummaryRow| SessionSummary {
        id: SessionId(row.id),
        user_agent: row.user_agent,
        created_at: row.created_at,
        seen_at: row.seen_at,
        current: Some(SessionId(row.id)) == current,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// Ends one of the person's sessions. False: they have no such session.
pub async fn end(db: impl PgExecutor<'_>, user: UserId, id: SessionId) -> Result<bool> {
    let done =
        sqlx::query("delete from sessions where id = $1 and user_id = $2").bind(id.0).bind(user.0).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends whichever session has this value, current or just replaced.
pub async fn end_by_hash(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<()> {
    sqlx::query("delete from sessions where id_hash = $1 or previous_hash = $1").bind(hash).execute(db).await?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn end_all(db: impl PgExecutor<'_>, user: UserId) -> Result<()> {
    sqlx::query("delete from sessions where user_id = $1").bind(user.0).execute(db).await?;
    Ok(())
}

pub async fn end_others(db: impl PgExecutor<'_>, user: UserId, keep: SessionId) -> Result<()> {
    sqlx::query("delete from sessions where user_id = $1 and id <> $2").bind(user.0).bind(keep.0).execute(db).await?;
    Ok(())
}

/// Ends the person's sessions except the `keep` that were seen last, and everybody's that are over anyway.
pub async fn end_surplus(db: impl PgExecutor<'_>, user: UserId, keep: i64) -> Result<()> {
    sqlx::query(
        "delete from sessions
         where created_at < now() - interval '12 hours' or seen_at < now() - interval '60 minutes'
            or id in (select id from sessions where user_id = $1 order by seen_at desc, id desc offset $2)",
    )
    .bind(user.0)
    .bind(keep)
    .execute(db)
    .await?;
    Ok(())
}
