//! The writing side of executions: what the lanes append, one statement and one commit per batch, behind the fence.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row};
use uuid::Uuid;

use crate::{
    domain::{
        event::Event,
        execution::ExecutionStatus,
        id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
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
    /// Set in the entry that accepts the execution.
    pub new: Option<NewExecution>,
    pub events: Vec<Event>,
    /// The execution's status after the events, where the table does not hold it yet.
    pub standing: Option<Standing>,
    /// It leaves memory with these events; `standing` is set then.
    pub asleep: Option<Asleep>,
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
/// new execution is inserted with the status it has at the end of the batch.
pub async fn append(connection: &mut PgConnection, fence: Fence, entries: &[Entry]) -> Result<bool> {
    let mut new = NewColumns::default();
    let mut changed = ChangedColumns::default();
    let mut lines = LineColumns::default();
    let mut timers = TimerColumns::default();
    for entry in entries {
        match (&entry.new, &entry.standing) {
            (Some(execution), standing) => new.push(entry, execution, standing.as_ref())?,
            (None, Some(standing)) => changed.push(entry, standing),
            (None, None) => {}
        }
        timers.push(entry);
        entry.events.iter().try_for_each(|event| lines.push(entry.execution, event))?;
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
    where e.id = u.id and e.replica_id = $1
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
)
select count(*) from fence";

/// What the statement would be without its fence: the reliability suite has to notice.
fn without_fence() -> String {
    let fence = "select 1 from lanes where replica_id = $1 and lane = $2 and epoch = $3 for no key update";
    APPEND.replace(fence, "select 1 where $1::uuid is not null and $2::int is not null and $3::int is not null")
}

#[derive(Default)]
struct NewColumns {
    workspaces: Vec<Uuid>,
    ids: Vec<Uuid>,
    workflows: Vec<Uuid>,
    versions: Vec<i32>,
    drafts: Vec<Option<String>>,
    statuses: Vec<&'static str>,
    vias: Vec<String>,
    keys: Vec<Option<String>>,
    created_at: Vec<DateTime<Utc>>,
    finished_at: Vec<Option<DateTime<Utc>>>,
    errors: Vec<Option<String>>,
    asleep: Vec<bool>,
}

impl NewColumns {
    fn push(&mut self, entry: &Entry, new: &NewExecution, standing: Option<&Standing>) -> Result<()> {
        self.workspaces.push(new.workspace.0);
        self.ids.push(entry.execution.0);
        self.workflows.push(new.workflow.0);
        self.versions.push(new.version);
        self.drafts.push(new.draft.as_deref().map(serde_json::to_string).transpose()?);
        self.statuses.push(standing.map_or(ExecutionStatus::Queued, |standing| standing.status).name());
        self.vias.push(new.started_via.clone());
        self.keys.push(new.idempotency_key.clone());
        self.created_at.push(new.created_at);
        self.finished_at.push(standing.and_then(|standing| standing.finished_at));
        self.errors.push(standing.and_then(|standing| standing.error.clone()));
        self.asleep.push(entry.asleep.is_some());
        Ok(())
    }
}

#[derive(Default)]
struct ChangedColumns {
    ids: Vec<Uuid>,
    statuses: Vec<&'static str>,
    finished_at: Vec<Option<DateTime<Utc>>>,
    errors: Vec<Option<String>>,
    asleep: Vec<bool>,
}

impl ChangedColumns {
    fn push(&mut self, entry: &Entry, standing: &Standing) {
        self.ids.push(entry.execution.0);
        self.statuses.push(standing.status.name());
        self.finished_at.push(standing.finished_at);
        self.errors.push(standing.error.clone());
        self.asleep.push(entry.asleep.is_some());
    }
}

#[derive(Default)]
struct TimerColumns {
    ids: Vec<Uuid>,
    due_at: Vec<DateTime<Utc>>,
}

impl TimerColumns {
    fn push(&mut self, entry: &Entry) {
        if let Some(due_at) = entry.asleep.and_then(|asleep| asleep.due_at) {
            self.ids.push(entry.execution.0);
            self.due_at.push(due_at);
        }
    }
}

#[derive(Default)]
struct LineColumns {
    ids: Vec<Uuid>,
    seqs: Vec<i32>,
    days: Vec<NaiveDate>,
    ats: Vec<DateTime<Utc>>,
    bodies: Vec<String>,
}

impl LineColumns {
    fn push(&mut self, id: ExecutionId, event: &Event) -> Result<()> {
        self.ids.push(id.0);
        self.seqs.push(event.seq);
        self.days.push(day_of(id));
        self.ats.push(event.at);
        self.bodies.push(serde_json::to_string(&event.change)?);
        Ok(())
    }
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
    rows.into_iter().map(|(seq, at, body)| Ok(Event { seq, at, change: serde_json::from_str(&body)? })).collect()
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
