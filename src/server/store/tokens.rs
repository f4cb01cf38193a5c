//! API tokens. Keyed by the SHA-256 of the secret.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        account::TokenSummary,
        id::{TokenId, UserId, WorkflowId, WorkspaceId},
        role::Role,
        scope::{Reach, Scope},
    },
    server::{
        Error, Result,
        auth::{Identity, Via},
    },
};

/// Who a token acts for.
pub struct Found {
    pub identity: Identity,
    /// The last use that was noted is over a minute old.
    pub use_is_due: bool,
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
    use_is_due: bool,
    #[sqlx(flatten)]
    reach: ReachRow,
}

#[derive(sqlx::FromRow)]
struct ReachRow {
    scopes: Vec<String>,
    workflows: Option<Vec<Uuid>>,
    networks: Vec<String>,
}

impl From<ReachRow> for Reach {
    /// A scope that this version does not know allows nothing.
    fn from(row: ReachRow) -> Self {
        Self {
            scopes: row.scopes.iter().filter_map(|name| Scope::parse(name)).collect(),
            workflows: row.workflows.map(|ids| ids.into_iter().map(WorkflowId).collect()),
            networks: row.networks,
        }
    }
}

/// Who a token that is neither expired nor revoked acts for, with the role that its creator has now.
pub async fn find(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<Option<Found>> {
    let row: Option<FoundRow> = sqlx::query_as(
        "select t.id, t.user_id, u.email, u.name, t.workspace_id, w.name as workspace_name, m.role,
                t.scopes, t.workflows, t.networks,
                t.last_used_at is null or t.last_used_at < now() - interval '1 minute' as use_is_due
         from api_tokens t
         join users u on u.id = t.user_id and u.disabled_at is null
         join members m on m.workspace_id = t.workspace_id and m.user_id = t.user_id
         join workspaces w on w.id = t.workspace_id
         where t.token_hash = $1 and t.revoked_at is null and t.expires_at > now()",
    )
    .bind(hash)
    .fetch_optional(db)
    .await?;
    row.map(found).transpose()
}

fn found(row: FoundRow) -> Result<Found> {
    let role = Role::parse(&row.role).ok_or_else(|| Error::internal(format!("unknown role {}", row.role)))?;
    let identity = Identity {
        user: UserId(row.user_id),
        email: row.email,
        name: row.name,
        workspace: WorkspaceId(row.workspace_id),
        workspace_name: row.workspace_name,
        role,
        via: Via::Token(TokenId(row.id)),
        reach: Some(row.reach.into()),
    };
    Ok(Found { identity, use_is_due: row.use_is_due })
}

/// Notes the use; of several at once, the first.
pub async fn used(db: impl PgExecutor<'_>, id: TokenId) -> Result<()> {
    sqlx::query(
        "update api_tokens set last_used_at = now()
         where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')",
    )
    .bind(id.0)
    .execute(db)
    .await?;
    Ok(())
}

/// A token about to be kept.
pub struct New<'a> {
    pub workspace: WorkspaceId,
    pub user: UserId,
    pub name: &'a str,
    pub hash: &'a [u8],
    pub prefix: &'a str,
    /// How long it lives.
    pub days: u16,
    pub reach: &'a Reach,
}

pub async fn insert(db: impl PgExecutor<'_>, token: New<'_>) -> Result<TokenSummary> {
    let row: SummaryRow = sqlx::query_as(
        "with new as (
             insert into api_tokens
                 (id, workspace_id, user_id, name, token_hash, prefix, expires_at, scopes, workflows, networks)
             values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7), $8, $9, $10) returning *)
         select t.id, t.name, t.prefix, u.email, t.created_at, t.expires_at, t.last_used_at, t.scopes, t.workflows,
                t.networks
         from new t join users u on u.id = t.user_id",
    )
    .bind(Uuid::now_v7())
    .bind(token.workspace.0)
    .bind(token.user.0)
    .bind(token.name)
    .bind(token.hash)
    .bind(token.prefix)
    .bind(i32::from(token.days))
    .bind(token.reach.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>())
    .bind(token.reach.workflows.as_ref().map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>()))
    .bind(&token.reach.networks)
    .fetch_one(db)
    .await?;
    Ok(row.into())
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    name: String,
    prefix: String,
    email: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    reach: ReachRow,
}

impl From<SummaryRow> for TokenSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: TokenId(row.id),
            name: row.name,
            prefix: row.prefix,
            email: row.email,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            reach: row.reach.into(),
        }
    }
}

/// The workspace's tokens that still work, of one person or (`None`) of everybody, newest first.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId, of: Option<UserId>) -> Result<Vec<TokenSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(
        "select t.id, t.name, t.prefix, u.email, t.created_at, t.expires_at, t.last_used_at, t.scopes, t.workflows,
                t.networks
         from api_tokens t join users u on u.id = t.user_id
         where t.workspace_id = $1 and ($2::uuid is null or t.user_id = $2)
           and t.revoked_at is null and t.expires_at > now()
         order by t.created_at desc, t.id",
    )
    .bind(workspace.0)
    .bind(of.map(|user| user.0))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(TokenSummary::from).collect())
}

/// Revokes a token of the workspace, of one person or (`None`) of anybody. False: there is no such token.
pub async fn revoke(db: impl PgExecutor<'_>, workspace: WorkspaceId, of: Option<UserId>, id: TokenId) -> Result<bool> {
    let done = sqlx::query(
        "update api_tokens set revoked_at = now()
         where workspace_id = $1 and id = $2 and ($3::uuid is null or user_id = $3) and revoked_at is null",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(of.map(|user| user.0))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
