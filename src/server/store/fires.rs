//! The times of schedules: which are due, and what came of each.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        execution::ExecutionStatus,
        id::{ExecutionId, NodeId, TriggerId, WorkflowId, WorkspaceId},
        trigger::{Fire, FireOutcome, Trigger},
    },
    server::Result,
};

/// A live schedule whose next time has come, locked for the transaction that asked.
pub struct DueSchedule {
    pub workspace: WorkspaceId,
    pub trigger: TriggerId,
    pub workflow: WorkflowId,
    pub node: NodeId,
    pub definition: Trigger,
    pub next_at: DateTime<Utc>,
    /// The database's time.
    pub now: DateTime<Utc>,
    /// None: the workflow was deleted or is not published any more.
    pub version: Option<i32>,
}

#[derive(FromRow)]
struct DueRow {
    workspace_id: Uuid,
    id: Uuid,
    workflow_id: Uuid,
    node_id: String,
    definition: Json<Trigger>,
    next_at: DateTime<Utc>,
    now: DateTime<Utc>,
    version: Option<i32>,
}

impl From<DueRow> for DueSchedule {
    fn from(row: DueRow) -> Self {
        Self {
            workspace: WorkspaceId(row.workspace_id),
            trigger: TriggerId(row.id),
            workflow: WorkflowId(row.workflow_id),
            node: row.node_id.into(),
            definition: row.definition.0,
            next_at: row.next_at,
            now: row.now,
            version: row.version,
        }
    }
}

/// Takes up to `limit` due schedules of all workspaces, the longest due first, that no other replica is firing.
pub async fn take_due(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<DueSchedule>> {
    let rows: Vec<DueRow> = sqlx::query_as(
        "select t.workspace_id, t.id, t.workflow_id, t.node_id, t.definition, t.next_at, now() as now,
                case when w.deleted_at is null then w.live_version end as version
         from triggers t
         join workflows w on w.workspace_id = t.workspace_id and w.id = t.workflow_id
         where t.live and t.next_at <= now() and coalesce(t.due_at, t.next_at) <= now()
         order by t.next_at
         limit $1
         for update of t skip locked",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(DueSchedule::from).collect())
}

/// One time of a schedule that is over.
pub struct Settled {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    pub at: DateTime<Utc>,
    /// The key that its execution was or would have been started with.
    pub key: String,
    pub execution: Option<ExecutionId>,
    /// What it came to where there is no execution.
    pub otherwise: FireOutcome,
}

/// Records what came of these times, each once. A time without an execution counts as missed unless one with its
/// key exists: a replica that died between start and commit may have left one.
pub async fn record(db: impl PgExecutor<'_>, settled: &[Settled]) -> Result<()> {
    let workspaces: Vec<Uuid> = settled.iter().map(|time| time.workspace.0).collect();
    let workflows: Vec<Uuid> = settled.iter().map(|time| time.workflow.0).collect();
    let triggers: Vec<Uuid> = settled.iter().map(|time| time.trigger.0).collect();
    let times: Vec<DateTime<Utc>> = settled.iter().map(|time| time.at).collect();
    let keys: Vec<&str> = settled.iter().map(|time| time.key.as_str()).collect();
    let otherwise: Vec<&str> = settled.iter().map(|time| name(time.otherwise)).collect();
    let executions: Vec<Option<Uuid>> = settled.iter().map(|time| time.execution.map(|id| id.0)).collect();
    sqlx::query(
        "insert into trigger_fires (workspace_id, trigger_id, scheduled_at, outcome, execution_id)
         select s.workspace_id, s.trigger_id, s.at,
                case when coalesce(s.execution_id, e.id) is null then s.otherwise else 'fired' end,
                coalesce(s.execution_id, e.id)
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[],
                     $7::text[])
             as s (workspace_id, workflow_id, trigger_id, at, key, execution_id, otherwise)
         left join executions e on e.workspace_id = s.workspace_id and e.workflow_id = s.workflow_id
             and e.idempotency_key = s.key
         on conflict on constraint trigger_fires_once do nothing",
    )
    .bind(workspaces)
    .bind(workflows)
    .bind(triggers)
    .bind(times)
    .bind(keys)
    .bind(executions)
    .bind(otherwise)
    .execute(db)
    .await?;
    Ok(())
}

/// When a schedule comes next; none: never again.
pub struct Next {
    pub trigger: TriggerId,
    pub at: Option<DateTime<Utc>>,
    /// When it fires, where jitter puts it off.
    pub due_at: Option<DateTime<Utc>>,
}

/// Sets when each of these schedules comes next.
pub async fn advance(db: impl PgExecutor<'_>, next: &[Next]) -> Result<()> {
    sqlx::query(
        "update triggers t set next_at = n.at, due_at = n.due_at
         from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as n (id, at, due_at)
         where t.id = n.id",
    )
    .bind(next.iter().map(|next| next.trigger.0).collect::<Vec<_>>())
    .bind(next.iter().map(|next| next.at).collect::<Vec<_>>())
    .bind(next.iter().map(|next| next.due_at).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct FireRow {
    trigger_id: Uuid,
    scheduled_at: DateTime<Utc>,
    outcome: String,
    execution_id: Option<Uuid>,
    status: Option<String>,
}

fn name(outcome: FireOutcome) -> &'static str {
    match outcome {
        FireOutcome::Fired { .. } => "fired",
        FireOutcome::Missed => "missed",
        FireOutcome::Skipped => "skipped",
        FireOutcome::Buffered => "buffered",
    }
}

/// What came of the last five times of each of these schedules, latest first.
pub async fn latest(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    triggers: &[TriggerId],
) -> Result<Vec<(TriggerId, Fire)>> {
    let ids: Vec<Uuid> = triggers.iter().map(|id| id.0).collect();
    let rows: Vec<FireRow> = sqlx::query_as(
        "select f.trigger_id, f.scheduled_at, f.outcome, f.execution_id, e.status
         from unnest($2::uuid[]) as t (id)
         cross join lateral (
             select * from trigger_fires
             where workspace_id = $1 and trigger_id = t.id
             order by scheduled_at desc
             limit 5) f
         left join executions e on e.workspace_id = $1 and e.id = f.execution_id
         order by f.scheduled_at desc",
    )
    .bind(workspace.0)
    .bind(ids)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (TriggerId(row.trigger_id), row.into())).collect())
}

impl From<FireRow> for Fire {
    fn from(row: FireRow) -> Self {
        let status = row.status.as_deref().and_then(ExecutionStatus::parse);
        let outcome = match (row.execution_id, row.outcome.as_str()) {
            (Some(id), _) => FireOutcome::Fired { execution: ExecutionId(id), status },
            (None, "skipped") => FireOutcome::Skipped,
            (None, "buffered") => FireOutcome::Buffered,
            (None, _) => FireOutcome::Missed,
        };
        Self { scheduled_at: row.scheduled_at, outcome }
    }
}

/// Deletes what came of times more than 30 days ago.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from trigger_fires where scheduled_at < now() - interval '30 days'").execute(db).await?;
    Ok(())
}

/// Executions of the schedule that are under way, the oldest first; those of its last hundred.
pub async fn under_way(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    trigger: TriggerId,
) -> Result<Vec<ExecutionId>> {
    let rows: Vec<(Uuid,)> = sqlx::query_as(
        "select e.id from (
             select execution_id, scheduled_at from trigger_fires
             where workspace_id = $1 and trigger_id = $2 and execution_id is not null
             order by scheduled_at desc limit 100) f
         join executions e on e.workspace_id = $1 and e.id = f.execution_id
         where e.finished_at is null
         order by f.scheduled_at",
    )
    .bind(workspace.0)
    .bind(trigger.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ExecutionId(id)).collect())
}

/// How many times of the schedule wait for the end of its execution.
pub async fn buffered(db: impl PgExecutor<'_>, workspace: WorkspaceId, trigger: TriggerId) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(*) from trigger_fires where workspace_id = $1 and trigger_id = $2 and outcome = 'buffered'",
    )
    .bind(workspace.0)
    .bind(trigger.0)
    .fetch_one(db)
    .await?)
}

/// A time that waited and whose turn has come.
pub struct Ready {
    pub schedule: DueSchedule,
    pub at: DateTime<Utc>,
}

/// The oldest waiting time of each schedule that has no execution under way, locked for the transaction that asked.
pub async fn ready(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Ready>> {
    let rows: Vec<DueRow> = sqlx::query_as(
        "select t.workspace_id, t.id, t.workflow_id, t.node_id, t.definition, f.scheduled_at as next_at, now() as now,
                case when w.deleted_at is null and t.live then w.live_version end as version
         from trigger_fires f
         join triggers t on t.workspace_id = f.workspace_id and t.id = f.trigger_id
         join workflows w on w.workspace_id = t.workspace_id and w.id = t.workflow_id
         where f.outcome = 'buffered'
             and f.scheduled_at = (
                 select min(b.scheduled_at) from trigger_fires b
                 where b.trigger_id = f.trigger_id and b.outcome = 'buffered')
             and not exists (
                 select 1 from (
                     select execution_id from trigger_fires
                     where trigger_id = f.trigger_id and execution_id is not null
                     order by scheduled_at desc limit 100) r
                 join executions e on e.workspace_id = f.workspace_id and e.id = r.execution_id
                 where e.finished_at is null)
         order by f.scheduled_at
         limit $1
         for update of f skip locked",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| Ready { at: row.next_at, schedule: row.into() }).collect())
}

/// What came of a time that had not fired: an execution, or nothing.
pub async fn settle(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    trigger: TriggerId,
    at: DateTime<Utc>,
    execution: Option<ExecutionId>,
) -> Result<()> {
    sqlx::query(
        "insert into trigger_fires (workspace_id, trigger_id, scheduled_at, outcome, execution_id)
         values ($1, $2, $3, case when $4::uuid is null then 'skipped' else 'fired' end, $4)
         on conflict on constraint trigger_fires_once do update set
             outcome = excluded.outcome, execution_id = excluded.execution_id, fired_at = now()
         where trigger_fires.execution_id is null",
    )
    .bind(workspace.0)
    .bind(trigger.0)
    .bind(at)
    .bind(execution.map(|id| id.0))
    .execute(db)
    .await?;
    Ok(())
}

/// A live schedule of the workspace, as it is; none: there is no such schedule.
pub async fn find(db: impl PgExecutor<'_>, workspace: WorkspaceId, trigger: TriggerId) -> Result<Option<DueSchedule>> {
    let row: Option<DueRow> = sqlx::query_as(
        "select t.workspace_id, t.id, t.workflow_id, t.node_id, t.definition, now() as next_at, now() as now,
                case when t.live then w.live_version end as version
         from triggers t
         join workflows w on w.workspace_id = t.workspace_id and w.id = t.workflow_id
         where t.workspace_id = $1 and t.id = $2 and t.kind = 'schedule' and w.deleted_at is null",
    )
    .bind(workspace.0)
    .bind(trigger.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(DueSchedule::from))
}

/// Which of the schedule's times from `from` to `to` have an execution.
pub async fn fired(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    trigger: TriggerId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<DateTime<Utc>>> {
    Ok(sqlx::query_scalar(
        "select scheduled_at from trigger_fires
         where workspace_id = $1 and trigger_id = $2 and scheduled_at between $3 and $4 and execution_id is not null",
    )
    .bind(workspace.0)
    .bind(trigger.0)
    .bind(from)
    .bind(to)
    .fetch_all(db)
    .await?)
}
