//! Executions that never ran, for measurements of a database that keeps many.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::journal::day_of;
use crate::{
    domain::id::{ExecutionId, WorkflowId, WorkspaceId},
    server::Result,
};

/// Adds so many succeeded executions, each with this journal of one row.
pub async fn add(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    count: usize,
    body: &str,
) -> Result<()> {
    let ids: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
    let days: Vec<NaiveDate> = ids.iter().map(|id| day_of(ExecutionId(*id))).collect();
    let at: DateTime<Utc> = Utc::now();
    sqlx::query(
        "with e as (
             insert into executions (workspace_id, id, workflow_id, version, status, started_via, created_at, finished_at)
             select $1, id, $2, 1, 'succeeded', 'bench', $5, $5 from unnest($3::uuid[]) as u (id))
         insert into journal (execution_id, seq, day, at, body)
         select id, 1, day, $5, $6 from unnest($3::uuid[], $4::date[]) as u (id, day)",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(ids)
    .bind(days)
    .bind(at)
    .bind(body)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a timer is due that nobody has taken yet.
pub async fn is_any_due(db: impl PgExecutor<'_>) -> Result<bool> {
    let statement = "select exists (select 1 from timers where due_at <= now())";
    Ok(sqlx::query_scalar(statement).fetch_one(db).await?)
}
