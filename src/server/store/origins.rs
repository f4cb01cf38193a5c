//! How an execution began: enough to run it again.

use sqlx::{FromRow, PgExecutor, types::Json};

use crate::{
    domain::{
        event::{Cause, Change},
        execution::ExecutionStatus,
        id::{ExecutionId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::{Error, Result, store::journal::day_of},
};

pub struct Origin {
    pub status: ExecutionStatus,
    pub workflow: WorkflowId,
    pub workflow_is_deleted: bool,
    /// 0: a draft.
    pub version: i32,
    /// What it ran, whatever was drawn since.
    pub definition: Workflow,
    pub cause: Cause,
}

pub async fn find(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: ExecutionId) -> Result<Option<Origin>> {
    let row: Option<OriginRow> = sqlx::query_as(
        "select e.status, e.workflow_id, w.deleted_at is not null as workflow_is_deleted, e.version,
                coalesce(e.definition, v.definition) as definition, j.body
         from executions e
         join workflows w on w.workspace_id = e.workspace_id and w.id = e.workflow_id
         left join workflow_versions v
             on v.workspace_id = e.workspace_id and v.workflow_id = e.workflow_id and v.version = e.version
         join journal j on j.execution_id = e.id and j.day = $3 and j.seq = 1
         where e.workspace_id = $1 and e.id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(day_of(id))
    .fetch_optional(db)
    .await?;
    row.map(Origin::try_from).transpose()
}

#[derive(FromRow)]
struct OriginRow {
    status: String,
    workflow_id: uuid::Uuid,
    workflow_is_deleted: bool,
    version: i32,
    definition: Json<Workflow>,
    body: String,
}

impl TryFrom<OriginRow> for Origin {
    type Error = Error;

    fn try_from(row: OriginRow) -> Result<Self> {
        let changes: Vec<Change> = serde_json::from_str(&row.body)?;
        let Some(Change::Started { cause }) = changes.into_iter().next() else {
            return Err(Error::internal("an execution's journal does not begin with its start"));
        };
        let status = ExecutionStatus::parse(&row.status);
        Ok(Self {
            status: status.ok_or_else(|| Error::internal(format!("unknown status {}", row.status)))?,
            workflow: WorkflowId(row.workflow_id),
            workflow_is_deleted: row.workflow_is_deleted,
            version: row.version,
            definition: row.definition.0,
            cause,
        })
    }
}
