//! The writing side of executions: what the lanes append, one statement and one commit per batch, behind the fence.

mod append;
mod columns;
pub mod lines;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgExecutor, Row};
use uuid::Uuid;

pub use self::append::append;
use crate::{
    domain::{
        event::Event,
        execution::ExecutionStatus,
        id::{ExecutionId, ReplicaId, RunId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::Result,
};

/// The day that an execution's journal is filed under, whenever its lines are written: that of its id, a UUID v7, in UTC.
pub fn day_of(execution: ExecutionId) -> NaiveDate {
    let millis = execution.0.get_timestamp().map_or(0, |time| {
        let (seconds, nanos) = time.to_unix();
        seconds as i64 * 1_000 + i64::from(nanos / 1_000_000)
    });
    DateTime::from_timestamp_millis(millis).unwrap_or_default().date_naive()
}

/// The right to write: lost as soon as another replica raised the lane's epoch.
#[derive(Clone, Copy, Debug)]
pub struct Fence {
    pub replica: ReplicaId,
    pub lane: i32,
    pub epoch: i32,
}

/// What one execution adds to a batch.
#[derive(Clone, Debug)]
pub struct Entry {
    pub execution: ExecutionId,
    pub workspace: WorkspaceId,
    /// Set in the entry that accepts the execution.
    pub new: Option<NewExecution>,
    pub events: Vec<Event>,
    /// The execution's status after the events, where the table does not hold it yet.
    pub standing: Option<Standing>,
    /// It leaves memory with these events; `standing` is set then.
    pub asleep: Option<Asleep>,
    /// Letters to other executions, as JSON.
    pub letters: Vec<(ExecutionId, String)>,
    /// Task runs that begin to wait for an event.
    pub waits: Vec<NewWait>,
}

/// A task run that waits for an event of this name; with a key, one that has the same.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWait {
    pub run: RunId,
    pub name: String,
    pub key: Option<String>,
}

/// An execution that has no replica until its timer is due or a letter comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asleep {
    pub due_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub struct NewExecution {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub version: i32,
    /// Kept with the execution when it runs a draft.
    pub draft: Option<Arc<Workflow>>,
    pub started_via: String,
    pub idempotency_key: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub status: ExecutionStatus,
    pub finished_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
}

/// Whether the journal holds this line: tells a batch whose answer was lost from one that was never written. Only while
/// the fence stands is it sure that nobody else wrote the line, after an adoption.
pub async fn holds(db: impl PgExecutor<'_>, fence: Fence, execution: ExecutionId, seq: i32) -> Result<bool> {
    let row = sqlx::query(
        "select exists (select 1 from journal where execution_id = $1 and day = $6 and seq = $2)
            and exists (select 1 from lanes where replica_id = $3 and lane = $4 and epoch = $5)",
    )
    .bind(execution.0)
    .bind(seq)
    .bind(fence.replica.0)
    .bind(fence.lane)
    .bind(fence.epoch)
    .bind(day_of(execution))
    .fetch_one(db)
    .await?;
    Ok(row.try_get(0)?)
}

/// Those of the executions that the replica owns.
pub async fn owned_by(
    db: impl PgExecutor<'_>,
    replica: ReplicaId,
    executions: &[ExecutionId],
) -> Result<Vec<ExecutionId>> {
    let ids: Vec<Uuid> = executions.iter().map(|execution| execution.0).collect();
    let rows: Vec<(Uuid,)> = sqlx::query_as("select id from executions where id = any($1) and replica_id = $2")
        .bind(ids)
        .bind(replica.0)
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|(id,)| ExecutionId(id)).collect())
}

/// The whole journal of an execution, for whoever takes it over.
pub async fn all(db: impl PgExecutor<'_>, execution: ExecutionId) -> Result<Vec<Event>> {
    let rows: Vec<(i32, DateTime<Utc>, String)> =
        sqlx::query_as("select seq, at, body from journal where execution_id = $1 and day = $2 order by seq")
            .bind(execution.0)
            .bind(day_of(execution))
            .fetch_all(db)
            .await?;
    let mut events = Vec::new();
    for row in rows {
        events.extend(lines::events(row)?);
    }
    Ok(events)
}

/// The execution that a start with this key made before, if one, and whether the key still stands for it after so many
/// seconds.
pub async fn started_with_key(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    key: &str,
    secs: u32,
) -> Result<Option<(ExecutionId, bool)>> {
    let row: Option<(Uuid, bool)> = sqlx::query_as(
        "select id, created_at > now() - make_interval(secs => $4) from executions
         where workspace_id = $1 and workflow_id = $2 and idempotency_key = $3",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(key)
    .bind(f64::from(secs))
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(id, counts)| (ExecutionId(id), counts)))
}

/// Takes its key from an execution, for another one.
pub async fn free_key(db: impl PgExecutor<'_>, workspace: WorkspaceId, execution: ExecutionId) -> Result<()> {
    sqlx::query("update executions set idempotency_key = null where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(execution.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether the execution is over; none: the workspace has no such execution.
pub async fn is_finished(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<bool>> {
    let row: Option<(bool,)> =
        sqlx::query_as("select finished_at is not null from executions where workspace_id = $1 and id = $2")
            .bind(workspace.0)
            .bind(execution.0)
            .fetch_optional(db)
            .await?;
    Ok(row.map(|(finished,)| finished))
}
