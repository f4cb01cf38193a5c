//! Executions as lists and pages read them. Every statement looks in one workspace only; the engine writes. Their ids begin
//! with their time: in the order of ids they stand as they came.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        event::Event,
        execution::{ExecutionCursor, ExecutionFilter, ExecutionPage, ExecutionStatus, ExecutionSummary},
        id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::{
        Error, Result,
        store::journal::{day_of, lines},
    },
};

/// One execution's line; none: the workspace has no such execution.
pub async fn summary(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<ExecutionSummary>> {
    let row: Option<SummaryRow> = sqlx::query_as(
        "select e.id, e.workflow_id, w.name as workflow_name, e.version, e.status, e.started_via, e.created_at,
             e.finished_at, e.error
         from executions e
         join workflows w on w.workspace_id = e.workspace_id and w.id = e.workflow_id
         where e.workspace_id = $1 and e.id = $2",
    )
    .bind(workspace.0)
    .bind(execution.0)
    .fetch_optional(db)
    .await?;
    row.map(ExecutionSummary::try_from).transpose()
}

/// The list's statement; with a workflow or without, so that each has a plan of its own.
macro_rules! listed {
    ($of_workflow:literal) => {
        concat!(
            "select e.id, e.workflow_id, w.name as workflow_name, e.version, e.status, e.started_via, e.created_at,
                 e.finished_at, e.error
             from executions e
             join workflows w on w.workspace_id = e.workspace_id and w.id = e.workflow_id
             where e.workspace_id = $1 and ",
            $of_workflow,
            " and (cardinality($3::text[]) = 0 or e.status = any($3))
                 and e.id < coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
             order by e.id desc
             limit $5"
        )
    };
}

/// Where the execution belongs; none: there is no such execution.
pub async fn workspace(db: impl PgExecutor<'_>, execution: ExecutionId) -> Result<Option<WorkspaceId>> {
    let row: Option<(Uuid,)> = sqlx::query_as("select workspace_id from executions where id = $1")
        .bind(execution.0)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|(id,)| WorkspaceId(id)))
}

/// Which workflow it runs; none: the workspace has no such execution.
pub async fn workflow_of(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<WorkflowId>> {
    let id: Option<Uuid> = sqlx::query_scalar("select workflow_id from executions where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(execution.0)
        .fetch_optional(db)
        .await?;
    Ok(id.map(WorkflowId))
}

/// A page of the workspace's executions, newest first.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId, filter: &ExecutionFilter) -> Result<ExecutionPage> {
    let size = filter.page_size() as usize;
    let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.name()).collect();
    let statement = match filter.workflow {
        Some(_) => listed!("e.workflow_id = $2"),
        None => listed!("$2::uuid is null"),
    };
    let rows: Vec<SummaryRow> = sqlx::query_as(statement)
        .bind(workspace.0)
        .bind(filter.workflow.map(|workflow| workflow.0))
        .bind(statuses)
        .bind(filter.before.map(|cursor| cursor.id.0))
        .bind(size as i64 + 1)
        .fetch_all(db)
        .await?;
    page(rows, size)
}

/// The `limit` newest executions of the workspace and those named, whichever they are: what its live list looks at.
pub async fn recent(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    and: &[ExecutionId],
    limit: i64,
) -> Result<Vec<ExecutionSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(
        "select e.id, e.workflow_id, w.name as workflow_name, e.version, e.status, e.started_via, e.created_at,
             e.finished_at, e.error
         from executions e
         join workflows w on w.workspace_id = e.workspace_id and w.id = e.workflow_id
         where e.workspace_id = $1
             and e.id in (
                 (select id from executions where workspace_id = $1 order by id desc limit $3)
                 union
                 select unnest($2::uuid[]))
         order by e.id",
    )
    .bind(workspace.0)
    .bind(and.iter().map(|execution| execution.0).collect::<Vec<_>>())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(ExecutionSummary::try_from).collect()
}

/// The execution's events with a `seq` above `after`, in order; empty where the workspace has no such execution.
pub async fn events(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
    after: i32,
    limit: i64,
) -> Result<Vec<Event>> {
    // From the row on that holds the event after `after`.
    let rows: Vec<(i32, DateTime<Utc>, String)> = sqlx::query_as(
        "select j.seq, j.at, j.body
         from journal j
         where j.execution_id = $2
             and j.day = $5
             and j.seq >= coalesce(
                 (select max(seq) from journal where execution_id = $2 and day = $5 and seq <= $3), 1)
             and exists (select 1 from executions e where e.workspace_id = $1 and e.id = $2)
         order by j.seq
         limit $4",
    )
    .bind(workspace.0)
    .bind(execution.0)
    .bind(after.saturating_add(1))
    .bind(limit)
    .bind(day_of(execution))
    .fetch_all(db)
    .await?;
    let mut events = Vec::new();
    for row in rows {
        events.extend(lines::events(row)?.filter(|event| event.seq > after));
    }
    events.truncate(limit as usize);
    Ok(events)
}

/// The workflow as the execution runs it: its published version, or the draft that was kept with it.
pub async fn definition(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<Workflow>> {
    let row: Option<(Option<Json<Workflow>>,)> = sqlx::query_as(
        "select coalesce(e.definition, v.definition)
         from executions e
         left join workflow_versions v
             on v.workspace_id = e.workspace_id and v.workflow_id = e.workflow_id and v.version = e.version
         where e.workspace_id = $1 and e.id = $2",
    )
    .bind(workspace.0)
    .bind(execution.0)
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|(workflow,)| workflow).map(|Json(workflow)| workflow))
}

/// The replica whose memory holds the execution, with its host; none: it sleeps, or its replica is gone.
pub async fn owner(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<(ReplicaId, String)>> {
    let row: Option<(Uuid, String)> = sqlx::query_as(
        "select r.id, r.host from executions e
         join replicas r on r.id = e.replica_id and r.retired_at is null
         where e.workspace_id = $1 and e.id = $2",
    )
    .bind(workspace.0)
    .bind(execution.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(id, host)| (ReplicaId(id), host)))
}

#[derive(FromRow)]
struct SummaryRow {
    id: Uuid,
    workflow_id: Uuid,
    workflow_name: String,
    version: i32,
    status: String,
    started_via: String,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    error: Option<String>,
}

impl TryFrom<SummaryRow> for ExecutionSummary {
    type Error = Error;

    fn try_from(row: SummaryRow) -> Result<Self> {
        let status = ExecutionStatus::parse(&row.status)
            .ok_or_else(|| Error::internal(format!("execution {} has the unknown status {}", row.id, row.status)))?;
        Ok(Self {
            id: ExecutionId(row.id),
            workflow_id: WorkflowId(row.workflow_id),
            workflow_name: row.workflow_name,
            version: row.version,
            status,
            started_via: row.started_via,
            created_at: row.created_at,
            finished_at: row.finished_at,
            error: row.error,
        })
    }
}

/// Whether anything is under way on any replica, in any workspace. What sleeps is not.
pub async fn is_any_awake(db: impl PgExecutor<'_>) -> Result<bool> {
    let statement = "select exists (select 1 from executions where finished_at is null and replica_id is not null)";
    Ok(sqlx::query_scalar(statement).fetch_one(db).await?)
}

/// Rows hold one more than the page, which tells whether another page follows.
fn page(mut rows: Vec<SummaryRow>, size: usize) -> Result<ExecutionPage> {
    let more = rows.len() > size;
    rows.truncate(size);
    let executions = rows.into_iter().map(ExecutionSummary::try_from).collect::<Result<Vec<_>>>()?;
    let last = executions.last().filter(|_| more);
    let next = last.map(|last| ExecutionCursor { created_at: last.created_at, id: last.id });
    Ok(ExecutionPage { executions, next })
}
