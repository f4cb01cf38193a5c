//! Secrets of webhooks while they change: a credential's values before its last replacement, taken for a day.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::{
    domain::id::{CredentialId, WorkspaceId},
    server::Result,
};

/// What was sealed before, as which version, and how long it counts.
pub struct Previous {
    pub sealed: Vec<u8>,
    pub version: i32,
    pub until: DateTime<Utc>,
}

/// The values before the last replacement, while they count.
pub async fn previous(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
) -> Result<Option<Previous>> {
    let row: Option<(Vec<u8>, i32, DateTime<Utc>)> = sqlx::query_as(
        "select previous_sealed, previous_version, previous_until from credentials
         where workspace_id = $1 and id = $2 and previous_until > now()",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(sealed, version, until)| Previous { sealed, version, until }))
}

/// Puts new values in place as the given version and keeps those before for a day, until when the answer says. None: they
/// are not of the version before any more.
pub async fn shift(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    credential: CredentialId,
    version: i32,
    values_sealed: &[u8],
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar(
        "update credentials set previous_sealed = values_sealed, previous_version = version,
             previous_until = now() + interval '24 hours', values_sealed = $4, version = $3, updated_at = now()
         where workspace_id = $1 and id = $2 and version = $3 - 1
         returning previous_until",
    )
    .bind(workspace.0)
    .bind(credential.0)
    .bind(version)
    .bind(values_sealed)
    .fetch_optional(db)
    .await?)
}

/// Whether there was one to forget.
pub async fn forget_previous(db: impl PgExecutor<'_>, workspace: WorkspaceId, name: &str) -> Result<bool> {
    let done = sqlx::query(
        "update credentials set previous_sealed = null, previous_version = null, previous_until = null
         where workspace_id = $1 and name = $2 and previous_until > now()",
    )
    .bind(workspace.0)
    .bind(name)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The names of the credentials whose old values still count, and until when.
pub async fn changing(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<BTreeMap<String, DateTime<Utc>>> {
    let rows: Vec<(String, DateTime<Utc>)> = sqlx::query_as(
        "select name, previous_until from credentials where workspace_id = $1 and previous_until > now()",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Forgets old values that count no more, of all workspaces.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query(
        "update credentials set previous_sealed = null, previous_version = null, previous_until = null
         where previous_until <= now()",
    )
    .execute(db)
    .await?;
    Ok(())
}
