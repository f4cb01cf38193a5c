//! The instance's key check and the workspaces' data keys, all of them sealed.

use sqlx::PgExecutor;

use crate::{domain::id::WorkspaceId, server::Result};

/// Keeps the sealed check text of the first start; later ones change nothing.
pub async fn keep_check(db: impl PgExecutor<'_>, sealed: &[u8]) -> Result<()> {
    sqlx::query("insert into instance_keys (id, check_sealed) values (1, $1) on conflict (id) do nothing")
        .bind(sealed)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn check(db: impl PgExecutor<'_>) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar("select check_sealed from instance_keys where id = 1").fetch_one(db).await?)
}

pub async fn data_key(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar("select key_sealed from workspace_keys where workspace_id = $1")
        .bind(workspace.0)
        .fetch_optional(db)
        .await?)
}

/// Keeps the workspace's data key unless it has one.
pub async fn keep_data_key(db: impl PgExecutor<'_>, workspace: WorkspaceId, sealed: &[u8]) -> Result<()> {
    sqlx::query(
        "insert into workspace_keys (workspace_id, key_sealed) values ($1, $2) on conflict (workspace_id) do nothing",
    )
    .bind(workspace.0)
    .bind(sealed)
    .execute(db)
    .await?;
    Ok(())
}
