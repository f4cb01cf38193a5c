//! Notification channels.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        channel::{Channel, ChannelKind, NewChannel},
        id::{ChannelId, WorkspaceId},
    },
    server::{Error, Result},
};

/// By name.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Channel>> {
    let rows: Vec<ChannelRow> = sqlx::query_as(
        "select id, name, kind, target, server, sender, credential, updated_at
         from channels
         where workspace_id = $1
         order by lower(name), name",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Channel::try_from).collect()
}

pub async fn named(db: impl PgExecutor<'_>, workspace: WorkspaceId, name: &str) -> Result<Option<Channel>> {
    let row: Option<ChannelRow> = sqlx::query_as(
        "select id, name, kind, target, server, sender, credential, updated_at
         from channels
         where workspace_id = $1 and name = $2",
    )
    .bind(workspace.0)
    .bind(name)
    .fetch_optional(db)
    .await?;
    row.map(Channel::try_from).transpose()
}

/// The names of those that name this credential.
pub async fn telling_with(db: impl PgExecutor<'_>, workspace: WorkspaceId, credential: &str) -> Result<Vec<String>> {
    let names = sqlx::query_scalar(
        "select name from channels where workspace_id = $1 and credential = $2 order by lower(name), name",
    );
    Ok(names.bind(workspace.0).bind(credential).fetch_all(db).await?)
}

/// Runs into `channels_name_key` when the workspace has the name already.
pub async fn insert(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: ChannelId, new: &NewChannel) -> Result<()> {
    sqlx::query(
        "insert into channels (workspace_id, id, name, kind, target, server, sender, credential)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(&new.name)
    .bind(new.kind.name())
    .bind(&new.target)
    .bind(&new.server)
    .bind(&new.sender)
    .bind(&new.credential)
    .execute(db)
    .await?;
    Ok(())
}

/// False: the workspace has no such channel.
pub async fn replace(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: ChannelId, new: &NewChannel) -> Result<bool> {
    let done = sqlx::query(
        "update channels
         set name = $3, kind = $4, target = $5, server = $6, sender = $7, credential = $8, updated_at = now()
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(&new.name)
    .bind(new.kind.name())
    .bind(&new.target)
    .bind(&new.server)
    .bind(&new.sender)
    .bind(&new.credential)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// False: the workspace has no such channel.
pub async fn delete(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: ChannelId) -> Result<bool> {
    let done = sqlx::query("delete from channels where workspace_id = $1 and id = $2");
    Ok(done.bind(workspace.0).bind(id.0).execute(db).await?.rows_affected() > 0)
}

#[derive(FromRow)]
struct ChannelRow {
    id: Uuid,
    name: String,
    kind: String,
    target: String,
    server: String,
    sender: String,
    credential: String,
    updated_at: DateTime<Utc>,
}

impl TryFrom<ChannelRow> for Channel {
    type Error = Error;

    fn try_from(row: ChannelRow) -> Result<Self> {
        let kind = ChannelKind::parse(&row.kind)
            .ok_or_else(|| Error::internal(format!("a channel of the unknown kind {}", row.kind)))?;
        Ok(Self {
            id: ChannelId(row.id),
            settings: NewChannel {
                name: row.name,
                kind,
                target: row.target,
                server: row.server,
                sender: row.sender,
                credential: row.credential,
            },
            updated_at: row.updated_at,
        })
    }
}
