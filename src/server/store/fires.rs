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
         where t.live and t.next_at <= now()
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
}

/// Records what came of these times, each once. A time without an execution counts as missed unless one with its
/// key exists: a replica that died between start and commit may have left one.
pub async fn record(db: impl PgExecutor<'_>, settled: &[Settled]) -> Result<()> {
    let workspaces: Vec<Uuid> = settled.iter().map(|time| time.workspace.0).collect();
    let workflows: Vec<Uuid> = settled.iter().map(|time| time.workflow.0).collect();
    let triggers: Vec<Uuid> = settled.iter().map(|time| time.trigger.0).collect();
    let times: Vec<DateTime<Utc>> = settled.iter().map(|time| time.at).collect();
    let keys: Vec<&str> = settled.iter().map(|time| time.key.as_str()).collect();
    let executions: Vec<Option<Uuid>> = settled.iter().map(|time| time.execution.map(|id| id.0)).collect();
    sqlx::query(
        "insert into trigger_fires (workspace_id, trigger_id, scheduled_at, outcome, execution_id)
         select s.workspace_id, s.trigger_id, s.at,
                case when coalesce(s.execution_id, e.id) is null then 'missed' else 'fired' end,
                coalesce(s.execution_id, e.id)
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[])
             as s (workspace_id, workflow_id, trigger_id, at, key, execution_id)
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
    .execute(db)
    .await?;
    Ok(())
}

/// Sets when each of these schedules comes next; none: never again.
pub async fn advance(db: impl PgExecutor<'_>, next: &[(TriggerId, Option<DateTime<Utc>>)]) -> Result<()> {
    let (ids, times): (Vec<Uuid>, Vec<Option<DateTime<Utc>>>) = next.iter().map(|(id, at)| (id.0, *at)).unzip();
    sqlx::query(
        "update triggers t set next_at = n.at
         from unnest($1::uuid[], $2::timestamptz[]) as n (id, at)
         where t.id = n.id",
    )
    .bind(ids)
    .bind(times)
    .execute(db)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct FireRow {
    trigger_id: Uuid,
    scheduled_at: DateTime<Utc>,
    execution_id: Option<Uuid>,
    status: Option<String>,
}

/// What came of the last five times of each of these schedules, latest first.
pub async fn latest(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    triggers: &[TriggerId],
) -> Result<Vec<(TriggerId, Fire)>> {
    let ids: Vec<Uuid> = triggers.iter().map(|id| id.0).collect();
    let rows: Vec<FireRow> = sqlx::query_as(
        "select f.trigger_id, f.scheduled_at, f.execution_id, e.status
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
        let outcome = match row.execution_id {
            Some(id) => FireOutcome::Fired { execution: ExecutionId(id), status },
            None => FireOutcome::Missed,
        };
        Self { scheduled_at: row.scheduled_at, outcome }
    }
}

/// Deletes what came of times more than 30 days ago.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from trigger_fires where scheduled_at < now() - interval '30 days'").execute(db).await?;
    Ok(())
}
