//! The writing side of executions: what the lanes append, one statement and one commit per batch, behind the fence.

mod columns;
pub mod lines;

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row};
use uuid::Uuid;

use self::columns::{ChangedColumns, LetterColumns, LineColumns, NewColumns, TimerColumns, WaitColumns};
use crate::{
    domain::{
        event::Event,
        execution::ExecutionStatus,
        id::{ExecutionId, ReplicaId, RunId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::{
        Result,
        fault::{self, Fault},
    },
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

/// Writes the entries in one commit. False: the fence is gone and nothing was written.
///
/// One statement without BEGIN and COMMIT round trips: natural batching is the group commit (engine.md, fact 3).
/// Bodies go as text arrays, cast in SQL (fact 6). A row inserted in the statement is invisible to its update, so a
/// new execution is inserted with the status it has at the end of the batch. `is not distinct from` keeps the planner from
/// beginning with all executions of the replica, which it takes for few: no index serves it.
pub async fn append(connection: &mut PgConnection, fence: Fence, entries: &[Entry]) -> Result<bool> {
    let mut new = NewColumns::default();
    let mut changed = ChangedColumns::default();
    let mut lines = LineColumns::default();
    let mut timers = TimerColumns::default();
    let mut letters = LetterColumns::default();
    let mut waits = WaitColumns::default();
    for entry in entries {
        match (&entry.new, &entry.standing) {
            (Some(execution), standing) => new.push(entry, execution, standing.as_ref())?,
            (None, Some(standing)) => changed.push(entry, standing),
            (None, None) => {}
        }
        timers.push(entry);
        waits.push(entry);
        letters.push(entry);
        lines.push(entry.execution, &entry.events)?;
    }
    let statement = if fault::is_set(Fault::NoFence) { Cow::Owned(without_fence()) } else { Cow::Borrowed(APPEND) };
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(fence.replica.0)
        .bind(fence.lane)
        .bind(fence.epoch)
        .bind(new.workspaces)
        .bind(new.ids)
        .bind(new.workflows)
        .bind(new.versions)
        .bind(new.drafts)
        .bind(new.statuses)
        .bind(new.vias)
        .bind(new.keys)
        .bind(new.created_at)
        .bind(new.finished_at)
        .bind(new.errors)
        .bind(new.asleep)
        .bind(lines.ids)
        .bind(lines.seqs)
        .bind(lines.days)
        .bind(lines.ats)
        .bind(lines.bodies)
        .bind(changed.ids)
        .bind(changed.statuses)
        .bind(changed.finished_at)
        .bind(changed.errors)
        .bind(changed.asleep)
        .bind(timers.ids)
        .bind(timers.due_at)
        .bind(letters.to)
        .bind(letters.bodies)
        .bind(waits.ids)
        .bind(waits.runs)
        .bind(waits.workspaces)
        .bind(waits.names)
        .bind(waits.keys)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<i64, _>(0)? == 1)
}

const APPEND: &str = "\
with fence as materialized (
    select 1 from lanes where replica_id = $1 and lane = $2 and epoch = $3 for no key update
), new as (
    insert into executions (workspace_id, id, workflow_id, version, definition, status, started_via,
                            idempotency_key, created_at, finished_at, error, replica_id)
    select u.workspace, u.id, u.workflow, u.version, u.draft::json, u.status, u.via, u.key, u.created_at,
           u.finished_at, u.error, case when u.asleep then null else $1 end
    from fence, unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::int[], $8::text[], $9::text[], $10::text[],
                       $11::text[], $12::timestamptz[], $13::timestamptz[], $14::text[], $15::bool[])
        as u (workspace, id, workflow, version, draft, status, via, key, created_at, finished_at, error, asleep)
    returning workspace_id, id, workflow_id, status, finished_at
), lines as (
    insert into journal (execution_id, seq, day, at, body)
    select u.* from fence, unnest($16::uuid[], $17::int[], $18::date[], $19::timestamptz[], $20::text[]) as u
), changed as (
    update executions e set status = u.status, finished_at = u.finished_at, error = u.error,
                            replica_id = case when u.asleep then null else $1 end
    from fence, unnest($21::uuid[], $22::text[], $23::timestamptz[], $24::text[], $25::bool[])
        as u (id, status, finished_at, error, asleep)
    where e.id = u.id and e.replica_id is not distinct from $1
    returning e.workspace_id, e.id, e.workflow_id, e.status, e.finished_at
), dead as (
    insert into dead_letters (workspace_id, execution_id, workflow_id, failed_at)
    select workspace_id, id, workflow_id, finished_at from (select * from new union all select * from changed) ended
    where status = 'failed'
    on conflict (execution_id) do nothing
), timed as (
    insert into timers (execution_id, due_at)
    select u.* from fence, unnest($26::uuid[], $27::timestamptz[]) as u
    on conflict (execution_id) do update set due_at = excluded.due_at
), told as (
    insert into inbox (execution_id, body)
    select u.* from fence, unnest($28::uuid[], $29::text[]) as u
), waiting as (
    insert into waits (execution_id, run, workspace_id, name, key)
    select u.* from fence, unnest($30::uuid[], $31::text[], $32::uuid[], $33::text[], $34::text[]) as u
    on conflict (execution_id, run) do update set name = excluded.name, key = excluded.key
)
select count(*) from fence";

/// What the statement would be without its fence: the reliability suite has to notice.
fn without_fence() -> String {
    let fence = "select 1 from lanes where replica_id = $1 and lane = $2 and epoch = $3 for no key update";
    APPEND.replace(fence, "select 1 where $1::uuid is not null and $2::int is not null and $3::int is not null")
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
