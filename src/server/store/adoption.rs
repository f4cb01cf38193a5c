//! Handing the live executions of a retired replica to a living one.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::Result,
};

/// An execution that changed hands, with what it runs.
pub struct Orphan {
    pub workspace: WorkspaceId,
    pub execution: ExecutionId,
    pub workflow: WorkflowId,
    pub version: i32,
    pub definition: Workflow,
}

#[derive(sqlx::FromRow)]
struct OrphanRow {
    workspace_id: Uuid,
    id: Uuid,
    workflow_id: Uuid,
    version: i32,
    definition: sqlx::types::Json<Workflow>,
}

/// Gives up to `limit` live executions of the retired replica to `to`. Several replicas may take at the same time.
pub async fn take(db: impl PgExecutor<'_>, from: ReplicaId, to: ReplicaId, limit: i64) -> Result<Vec<Orphan>> {
    let rows: Vec<OrphanRow> = sqlx::query_as(
        "with taken as (
             update executions set replica_id = $2
             where id in (select id from executions where replica_id = $1 and finished_at is null
                          order by created_at limit $3 for update skip locked)
             returning workspace_id, id, workflow_id, version, definition
         )
         select t.workspace_id, t.id, t.workflow_id, t.version, coalesce(t.definition, v.definition) as definition
         from taken t
         left join workflow_versions v
             on v.workspace_id = t.workspace_id and v.workflow_id = t.workflow_id and v.version = t.version",
    )
    .bind(from.0)
    .bind(to.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Orphan::from).collect())
}

impl From<OrphanRow> for Orphan {
    fn from(row: OrphanRow) -> Self {
        Self {
            workspace: WorkspaceId(row.workspace_id),
            execution: ExecutionId(row.id),
            workflow: WorkflowId(row.workflow_id),
            version: row.version,
            definition: row.definition.0,
        }
    }
}
