//! The instance's key check and the workspaces' data keys, all of them sealed.

use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{domain::id::WorkspaceId, server::Result};

/// Keeps what the instance's key sealed for this purpose, unless there is something already.
pub async fn keep_of_instance(db: impl PgExecutor<'_>, purpose: &str, sealed: &[u8]) -> Result<()> {
    sqlx::query("insert into instance_keys (purpose, key_sealed) values ($1, $2) on conflict do nothing")
        .bind(purpose)
        .bind(sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// What the instance's key sealed for this purpose.
pub async fn for_instance(db: impl PgExecutor<'_>, purpose: &str) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar("select key_sealed from instance_keys where purpose = $1")
        .bind(purpose)
        .fetch_optional(db)
        .await?)
}

/// The check text, locked: nobody else changes the instance's key, and nobody adds a data key under the old one.
pub async fn lock_check(db: impl PgExecutor<'_>) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar("select key_sealed from instance_keys where purpose = 'check' for update")
        .fetch_one(db)
        .await?)
}

/// Everything that the instance's key sealed, by purpose.
pub async fn of_instance(db: impl PgExecutor<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    Ok(sqlx::query_as("select purpose, key_sealed from instance_keys").fetch_all(db).await?)
}

pub async fn rewrap_of_instance(db: impl PgExecutor<'_>, purpose: &str, sealed: &[u8]) -> Result<()> {
    sqlx::query("update instance_keys set key_sealed = $2 where purpose = $1")
        .bind(purpose)
        .bind(sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// A workspace's data key of one generation.
pub struct DataKey {
    pub workspace: WorkspaceId,
    pub generation: i32,
    pub sealed: Vec<u8>,
}

/// Every data key of every workspace, held against other changes; sealing goes on.
pub async fn of_workspaces(db: impl PgExecutor<'_>) -> Result<Vec<DataKey>> {
    let rows: Vec<DataKeyRow> =
        sqlx::query_as("select workspace_id, generation, key_sealed from workspace_keys for no key update")
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(DataKey::from).collect())
}

pub async fn rewrap(db: impl PgExecutor<'_>, workspace: WorkspaceId, generation: i32, sealed: &[u8]) -> Result<()> {
    sqlx::query("update workspace_keys set key_sealed = $3 where workspace_id = $1 and generation = $2")
        .bind(workspace.0)
        .bind(generation)
        .bind(sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// A workspace's data keys, the newest first: it seals, all open.
pub async fn data_keys(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar("select key_sealed from workspace_keys where workspace_id = $1 order by generation desc")
        .bind(workspace.0)
        .fetch_all(db)
        .await?)
}

/// The newest data key. Its row is held until the transaction ends: while somebody seals with it, it is not retired.
pub async fn hold_newest(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "select key_sealed from workspace_keys where workspace_id = $1 and retired_at is null
         order by generation desc
         limit 1
         for key share",
    )
    .bind(workspace.0)
    .fetch_optional(db)
    .await?)
}

/// The generations in use, the newest first, held against other changes; sealing goes on.
pub async fn generations(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<i32>> {
    Ok(sqlx::query_scalar(
        "select generation from workspace_keys where workspace_id = $1 and retired_at is null
         order by generation desc
         for no key update",
    )
    .bind(workspace.0)
    .fetch_all(db)
    .await?)
}

/// Waits for whoever seals with an older generation than this, and keeps others from it until the transaction ends.
pub async fn lock_older(db: impl PgExecutor<'_>, workspace: WorkspaceId, generation: i32) -> Result<()> {
    sqlx::query(
        "select 1 from workspace_keys where workspace_id = $1 and generation < $2 and retired_at is null for update",
    )
    .bind(workspace.0)
    .bind(generation)
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps a data key of this generation; the first one only where the workspace has none. What another key than the
/// instance's present one wrapped is left out (`leave_out_foreign_key`).
pub async fn keep_data_key(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    generation: i32,
    sealed: &[u8],
) -> Result<bool> {
    let done = sqlx::query(
        "insert into workspace_keys (workspace_id, generation, key_sealed)
         select $1, $2, $3 where $2 > 1 or not exists (select 1 from workspace_keys where workspace_id = $1)
         on conflict do nothing",
    )
    .bind(workspace.0)
    .bind(generation)
    .bind(sealed)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes the generations before this one out of use.
pub async fn retire_older(db: impl PgExecutor<'_>, workspace: WorkspaceId, generation: i32) -> Result<()> {
    sqlx::query(
        "update workspace_keys set retired_at = now()
         where workspace_id = $1 and generation < $2 and retired_at is null",
    )
    .bind(workspace.0)
    .bind(generation)
    .execute(db)
    .await?;
    Ok(())
}

/// Drops keys that were retired a while ago, of all workspaces.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from workspace_keys where retired_at < now() - interval '10 minutes'").execute(db).await?;
    Ok(())
}

/// The check text, kept from being changed until the transaction ends.
pub async fn hold_check(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("select 1 from instance_keys where purpose = 'check' for share").execute(db).await?;
    Ok(())
}

/// How many workspaces have a data key, and how many have two.
pub async fn count(db: impl PgExecutor<'_>) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "select count(*), count(*) filter (where keys > 1)
         from (select count(*) as keys from workspace_keys where retired_at is null group by workspace_id) as counted",
    )
    .fetch_one(db)
    .await?)
}

/// The workspaces that have a data key.
pub async fn workspaces(db: impl PgExecutor<'_>) -> Result<Vec<WorkspaceId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar("select distinct workspace_id from workspace_keys order by workspace_id")
        .fetch_all(db)
        .await?;
    Ok(ids.into_iter().map(WorkspaceId).collect())
}

#[derive(FromRow)]
struct DataKeyRow {
    workspace_id: Uuid,
    generation: i32,
    key_sealed: Vec<u8>,
}

impl From<DataKeyRow> for DataKey {
    fn from(row: DataKeyRow) -> Self {
        Self { workspace: WorkspaceId(row.workspace_id), generation: row.generation, sealed: row.key_sealed }
    }
}
