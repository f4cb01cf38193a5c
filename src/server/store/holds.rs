//! Concurrency keys: who holds one and who waits for it. A key is locked while its line changes, so that no more hold it
//! than may, however many replicas ask.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
    server::Result,
};

/// A key and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub workspace: WorkspaceId,
    pub scope: String,
    pub key: String,
}

/// Who holds or waits: an attempt, or with an empty run an execution as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    pub execution: ExecutionId,
    pub run: String,
    pub attempt: u32,
}

/// Somebody in the line of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub holder: Holder,
    /// None: waits.
    pub held_since: Option<DateTime<Utc>>,
}

/// Keeps everybody else from the key's line until the transaction ends.
pub async fn lock(db: impl PgExecutor<'_>, key: &Key) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 7))")
        .bind(format!("{}/{}/{}", key.workspace, key.scope, key.key))
        .execute(db)
        .await?;
    Ok(())
}

/// Puts the holder at the end of the line, unless it stands there already.
pub async fn line_up(
    db: impl PgExecutor<'_>,
    key: &Key,
    most: u32,
    holder: &Holder,
    replica: Option<ReplicaId>,
) -> Result<()> {
    sqlx::query(
        "insert into holds (workspace_id, scope, key, most, execution_id, run, attempt, replica_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint holds_once do nothing",
    )
    .bind(key.workspace.0)
    .bind(&key.scope)
    .bind(&key.key)
    .bind(most as i32)
    .bind(holder.execution.0)
    .bind(&holder.run)
    .bind(holder.attempt as i32)
    .bind(replica.map(|replica| replica.0))
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the holder out of the line.
pub async fn leave(db: impl PgExecutor<'_>, holder: &Holder) -> Result<()> {
    sqlx::query("delete from holds where execution_id = $1 and run = $2 and attempt = $3")
        .bind(holder.execution.0)
        .bind(&holder.run)
        .bind(holder.attempt as i32)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes executions that are over out of the key's line: the replica that ended one may not have come to it yet.
pub async fn leave_if_over(db: impl PgExecutor<'_>, key: &Key) -> Result<()> {
    sqlx::query(
        "delete from holds h using executions e
         where h.workspace_id = $1 and h.scope = $2 and h.key = $3 and h.run = ''
             and e.id = h.execution_id and e.finished_at is not null",
    )
    .bind(key.workspace.0)
    .bind(&key.scope)
    .bind(&key.key)
    .execute(db)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct PlaceRow {
    execution_id: Uuid,
    run: String,
    attempt: i32,
    held_since: Option<DateTime<Utc>>,
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Self {
        let (execution, attempt) = (ExecutionId(row.execution_id), row.attempt as u32);
        Self { holder: Holder { execution, run: row.run, attempt }, held_since: row.held_since }
    }
}

/// Lets the first of the line hold the key as far as their limits allow. Gives those who hold it now and did not before.
/// The caller holds the lock.
pub async fn grant(db: impl PgExecutor<'_>, key: &Key) -> Result<Vec<Place>> {
    let rows: Vec<PlaceRow> = sqlx::query_as(
        "update holds set held_since = now()
         from (
             select place from (
                 select place, most, row_number() over (order by place) as rank
                 from (
                     select place, most from holds
                     where workspace_id = $1 and scope = $2 and key = $3 and held_since is null
                     order by place limit 100) waiting) ranked
             where rank + (
                 select count(*) from holds
                 where workspace_id = $1 and scope = $2 and key = $3 and held_since is not null) <= most) free
         where holds.place = free.place
         returning execution_id, run, attempt, held_since",
    )
    .bind(key.workspace.0)
    .bind(&key.scope)
    .bind(&key.key)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Place::from).collect())
}

/// The first `limit` of the line, those who hold the key before those who wait.
pub async fn line(db: impl PgExecutor<'_>, key: &Key, limit: i64) -> Result<Vec<Place>> {
    let rows: Vec<PlaceRow> = sqlx::query_as(
        "select execution_id, run, attempt, held_since from holds
         where workspace_id = $1 and scope = $2 and key = $3
         order by held_since is null, place limit $4",
    )
    .bind(key.workspace.0)
    .bind(&key.scope)
    .bind(&key.key)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Place::from).collect())
}

/// The key that the holder stands in line for, and whether it holds it. Looks at no other.
pub async fn standing(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    holder: &Holder,
) -> Result<Option<(Key, Option<DateTime<Utc>>)>> {
    let row: Option<(String, String, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select scope, key, held_since from holds
         where workspace_id = $1 and execution_id = $2 and run = $3 and attempt = $4",
    )
    .bind(workspace.0)
    .bind(holder.execution.0)
    .bind(&holder.run)
    .bind(holder.attempt as i32)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(scope, key, held_since)| (Key { workspace, scope, key }, held_since)))
}

/// The place of a holder, with its key and limit, and how many wait before it.
pub async fn place(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    holder: &Holder,
) -> Result<Option<(Key, u32, i64, Place)>> {
    let row: Option<QueuedRow> = sqlx::query_as(
        "select h.scope, h.key, h.most, h.held_since,
                (select count(*) from holds b
                 where b.workspace_id = h.workspace_id and b.scope = h.scope and b.key = h.key
                     and b.place < h.place and b.held_since is null) as before
         from holds h
         where h.workspace_id = $1 and h.execution_id = $2 and h.run = $3 and h.attempt = $4",
    )
    .bind(workspace.0)
    .bind(holder.execution.0)
    .bind(&holder.run)
    .bind(holder.attempt as i32)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let key = Key { workspace, scope: row.scope, key: row.key };
        let place = Place { holder: holder.clone(), held_since: row.held_since };
        (key, row.most as u32, row.before, place)
    }))
}

#[derive(FromRow)]
struct QueuedRow {
    scope: String,
    key: String,
    most: i32,
    held_since: Option<DateTime<Utc>>,
    before: i64,
}

/// Takes out of all lines who will never leave by themselves: executions that are over, attempts of replicas that are
/// gone. Gives their keys.
pub async fn sweep(db: impl PgExecutor<'_>) -> Result<Vec<Key>> {
    let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
        "with swept as (
             delete from holds h
             where (h.held_since is not null and h.run = '' and h.held_since < now() - interval '2 seconds'
                     and not exists (select 1 from executions e where e.id = h.execution_id and e.finished_at is null))
                 or (h.replica_id is not null
                     and not exists (select 1 from replicas r where r.id = h.replica_id and r.retired_at is null))
             returning workspace_id, scope, key
         )
         select distinct workspace_id, scope, key from swept",
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(workspace, scope, key)| Key { workspace: WorkspaceId(workspace), scope, key }).collect())
}

/// Attempts of this replica that hold their keys.
pub async fn held_here(db: impl PgExecutor<'_>, replica: ReplicaId) -> Result<Vec<(Key, Place)>> {
    let rows: Vec<HeldRow> = sqlx::query_as(
        "select workspace_id, scope, key, execution_id, run, attempt, held_since from holds
         where replica_id = $1 and held_since is not null",
    )
    .bind(replica.0)
    .fetch_all(db)
    .await?;
    let place = |row: HeldRow| {
        let key = Key { workspace: WorkspaceId(row.workspace_id), scope: row.scope, key: row.key };
        (key, row.place.into())
    };
    Ok(rows.into_iter().map(place).collect())
}

#[derive(FromRow)]
struct HeldRow {
    workspace_id: Uuid,
    scope: String,
    key: String,
    #[sqlx(flatten)]
    place: PlaceRow,
}

/// Executions of this replica, and sleeping ones, that hold their key for two seconds and still count as queued: the news
/// got lost.
pub async fn untold(db: impl PgExecutor<'_>, replica: ReplicaId) -> Result<Vec<ExecutionId>> {
    let rows: Vec<(Uuid,)> = sqlx::query_as(
        "select h.execution_id from holds h
         join executions e on e.id = h.execution_id
         where h.run = '' and h.attempt = 0 and h.held_since < now() - interval '2 seconds' and e.status = 'queued'
             and (e.replica_id = $1 or e.replica_id is null)",
    )
    .bind(replica.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ExecutionId(id)).collect())
}

/// Executions that stand in the key's line before this one, the oldest first.
pub async fn before(db: impl PgExecutor<'_>, key: &Key, execution: ExecutionId) -> Result<Vec<ExecutionId>> {
    let rows: Vec<(Uuid,)> = sqlx::query_as(
        "select execution_id from holds
         where workspace_id = $1 and scope = $2 and key = $3
             and place < (select place from holds where execution_id = $4 and run = '' and attempt = 0)
         order by place",
    )
    .bind(key.workspace.0)
    .bind(&key.scope)
    .bind(&key.key)
    .bind(execution.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ExecutionId(id)).collect())
}

/// The execution's workflow; none: the workspace has no such execution.
pub async fn workflow_of(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<WorkflowId>> {
    let row: Option<(Uuid,)> = sqlx::query_as("select workflow_id from executions where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(execution.0)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|(id,)| WorkflowId(id)))
}
