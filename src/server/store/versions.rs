//! Published versions of workflows. Their definition never changes.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        draft::{Version, VersionSummary},
        id::{UserId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::Result,
};

/// Keeps the definition as the next version, whose number comes back. The workflow has to be locked.
pub async fn publish(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: WorkflowId,
    by: UserId,
    definition: &Workflow,
) -> Result<i32> {
    let version = sqlx::query_scalar(
        "insert into workflow_versions (workspace_id, workflow_id, version, revision, definition, published_by)
         select w.workspace_id, w.id,
                1 + coalesce((select max(v.version) from workflow_versions v
                              where v.workspace_id = w.workspace_id and v.workflow_id = w.id), 0),
                w.revision, $4, $3
         from workflows w
         where w.workspace_id = $1 and w.id = $2
         returning version",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(by.0)
    .bind(Json(definition))
    .fetch_one(db)
    .await?;
    Ok(version)
}

/// Says what people call a version and what they say of it; false: there is no such version.
pub async fn describe(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    (id, version): (WorkflowId, i32),
    name: &str,
    note: &str,
) -> Result<bool> {
    let done = sqlx::query(
        "update workflow_versions set name = $4, note = $5
         where workspace_id = $1 and workflow_id = $2 and version = $3",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(version)
    .bind(name)
    .bind(note)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The workflow's name and the version that triggers start, if one is live; none: the workspace has no such workflow.
pub async fn live_number(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: WorkflowId,
) -> Result<Option<(String, Option<i32>)>> {
    let statement =
        "select name, live_version from workflows where workspace_id = $1 and id = $2 and deleted_at is null";
    Ok(sqlx::query_as(statement).bind(workspace.0).bind(id.0).fetch_optional(db).await?)
}

/// The version that triggers start, and its definition.
pub async fn live(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId) -> Result<Option<(i32, Workflow)>> {
    let row: Option<(i32, Json<Workflow>)> = sqlx::query_as(
        "select v.version, v.definition
         from workflows w
         join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         where w.workspace_id = $1 and w.id = $2 and w.deleted_at is null",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(version, Json(workflow))| (version, workflow)))
}

/// The same for a workflow by its name or its id. Of several with the name, the one that was made first.
pub async fn live_by_name(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<(WorkflowId, i32, Workflow)>> {
    let row: Option<(Uuid, i32, Json<Workflow>)> = sqlx::query_as(
        "select w.id, v.version, v.definition
         from workflows w
         join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         where w.workspace_id = $1 and (w.name = $2 or w.id::text = $2) and w.deleted_at is null
         order by w.id::text = $2 desc, w.created_at
         limit 1",
    )
    .bind(workspace.0)
    .bind(name)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(id, version, Json(workflow))| (WorkflowId(id), version, workflow)))
}

/// What was published, newest first.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId) -> Result<Vec<VersionSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(
        "select v.version, v.name, v.note, v.revision, v.version is not distinct from w.live_version as live,
                coalesce(u.email, '') as published_by, v.published_at
         from workflow_versions v
         join workflows w on w.workspace_id = v.workspace_id and w.id = v.workflow_id
         left join users u on u.id = v.published_by
         where v.workspace_id = $1 and v.workflow_id = $2 and w.deleted_at is null
         order by v.version desc",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(VersionSummary::from).collect())
}

pub async fn get(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: WorkflowId,
    version: i32,
) -> Result<Option<Version>> {
    let row: Option<VersionRow> = sqlx::query_as(
        "select v.version, v.name, v.note, v.revision, v.version is not distinct from w.live_version as live,
                coalesce(u.email, '') as published_by, v.published_at, v.definition
         from workflow_versions v
         join workflows w on w.workspace_id = v.workspace_id and w.id = v.workflow_id
         left join users u on u.id = v.published_by
         where v.workspace_id = $1 and v.workflow_id = $2 and v.version = $3 and w.deleted_at is null",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(version)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Version { summary: row.summary.into(), workflow: row.definition.0 }))
}

#[derive(FromRow)]
struct SummaryRow {
    version: i32,
    name: String,
    note: String,
    revision: i32,
    live: bool,
    published_by: String,
    published_at: DateTime<Utc>,
}

impl From<SummaryRow> for VersionSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            version: row.version,
            name: row.name,
            note: row.note,
            revision: row.revision,
            live: row.live,
            published_by: row.published_by,
            published_at: row.published_at,
        }
    }
}

#[derive(FromRow)]
struct VersionRow {
    #[sqlx(flatten)]
    summary: SummaryRow,
    definition: Json<Workflow>,
}
