//! Workflows and their drafts. Published versions are in `versions`.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, types::Json};

use crate::{
    domain::{
        draft::{Draft, WorkflowCursor, WorkflowSummary},
        id::{UserId, WorkflowId, WorkspaceId},
        task::Kind,
        workflow::Workflow,
    },
    server::Result,
};

/// Who creates what, and where.
pub struct Creation<'a> {
    pub workspace: WorkspaceId,
    pub id: WorkflowId,
    pub by: UserId,
    pub workflow: &'a Workflow,
}

/// Stores a new workflow at revision 1.
pub async fn create(db: impl PgExecutor<'_>, creation: Creation<'_>) -> Result<()> {
    let Creation { workspace, id, by, workflow } = creation;
    sqlx::query(
        "insert into workflows (workspace_id, id, created_by, name, description, kinds, node_count, draft)
         values ($1, $2, $3, $4, $5, $6, $7, $8::json)",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(by.0)
    .bind(&workflow.name)
    .bind(&workflow.description)
    .bind(kinds_of(workflow))
    .bind(workflow.nodes.len() as i32)
    .bind(serde_json::to_string(workflow)?)
    .execute(db)
    .await?;
    Ok(())
}

/// The draft, with no problems looked for yet.
pub async fn draft(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId) -> Result<Option<Draft>> {
    let row: Option<DraftRow> = sqlx::query_as(
        "select w.id, w.draft, w.revision, w.live_version, v.revision as live_revision,
                coalesce(u.email, '') as created_by, w.created_at, w.updated_at
         from workflows w
         left join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         left join users u on u.id = w.created_by
         where w.workspace_id = $1 and w.id = $2 and w.deleted_at is null",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(Draft::from))
}

/// Holds the workflow until the transaction ends, so that saves, publication and deletion come one after the other;
/// its revision comes back. None: there is no such workflow.
pub async fn lock(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId) -> Result<Option<i32>> {
    let revision = sqlx::query_scalar(
        "select revision from workflows where workspace_id = $1 and id = $2 and deleted_at is null for no key update",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    Ok(revision)
}

/// What was saved last; none: there is no such workflow.
pub async fn revision(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId) -> Result<Option<i32>> {
    let statement = "select revision from workflows where workspace_id = $1 and id = $2 and deleted_at is null";
    Ok(sqlx::query_scalar(statement).bind(workspace.0).bind(id.0).fetch_optional(db).await?)
}

/// Replaces the draft and counts its revision up; the new revision comes back.
pub async fn save(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId, workflow: &Workflow) -> Result<i32> {
    let revision = sqlx::query_scalar(
        "update workflows
         set name = $3, description = $4, kinds = $5, node_count = $6, draft = $7::json,
             revision = revision + 1, updated_at = now()
         where workspace_id = $1 and id = $2
         returning revision",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(&workflow.name)
    .bind(&workflow.description)
    .bind(kinds_of(workflow))
    .bind(workflow.nodes.len() as i32)
    .bind(serde_json::to_string(workflow)?)
    .fetch_one(db)
    .await?;
    Ok(revision)
}

/// Names the version that triggers start from now on, or none.
pub async fn set_live(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: WorkflowId,
    version: Option<i32>,
) -> Result<()> {
    sqlx::query("update workflows set live_version = $3, updated_at = now() where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(version)
        .execute(db)
        .await?;
    Ok(())
}

/// How many of these there are.
pub async fn count(db: impl PgExecutor<'_>, workspace: WorkspaceId, ids: &[WorkflowId]) -> Result<usize> {
    let statement = "select count(*) from workflows where workspace_id = $1 and id = any($2) and deleted_at is null";
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let count: i64 = sqlx::query_scalar(statement).bind(workspace.0).bind(ids).fetch_one(db).await?;
    Ok(count as usize)
}

/// Takes it out of every list; its executions stay readable.
pub async fn delete(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: WorkflowId) -> Result<()> {
    sqlx::query(
        "update workflows set deleted_at = now(), live_version = null, updated_at = now()
         where workspace_id = $1 and id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Which workflows a list shows: those that pass every filter, last changed first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the name or description; case does not matter.
    pub search: Option<String>,
    pub published: Option<bool>,
    /// Goes on after this one.
    pub after: Option<WorkflowCursor>,
    pub limit: i64,
    /// None: all that there are.
    pub only: Option<Vec<WorkflowId>>,
}

pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId, filter: &Filter) -> Result<Vec<WorkflowSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(
        "select w.id, w.name, w.description, w.node_count, w.kinds, w.revision, w.live_version,
                v.revision as live_revision, coalesce(u.email, '') as created_by, w.updated_at
         from workflows w
         left join workflow_versions v
             on v.workspace_id = w.workspace_id and v.workflow_id = w.id and v.version = w.live_version
         left join users u on u.id = w.created_by
         where w.workspace_id = $1 and w.deleted_at is null
           and ($2::text is null or strpos(lower(w.name), lower($2)) > 0 or strpos(lower(w.description), lower($2)) > 0)
           and ($3::boolean is null or (w.live_version is not null) = $3)
           and ($4::timestamptz is null or (w.updated_at, w.id) < ($4, $5))
           and ($7::uuid[] is null or w.id = any($7))
         order by w.updated_at desc, w.id desc
         limit $6",
    )
    .bind(workspace.0)
    .bind(&filter.search)
    .bind(filter.published)
    .bind(filter.after.map(|cursor| cursor.updated_at))
    .bind(filter.after.map(|cursor| cursor.id.0))
    .bind(filter.limit)
    .bind(filter.only.as_ref().map(|only| only.iter().map(|id| id.0).collect::<Vec<_>>()))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(WorkflowSummary::from).collect())
}

/// Each kind once, in the order of the nodes.
fn kinds_of(workflow: &Workflow) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for name in workflow.nodes.iter().map(|node| node.kind.name()) {
        if !kinds.contains(&name) {
            kinds.push(name);
        }
    }
    kinds
}

#[derive(FromRow)]
struct DraftRow {
    id: uuid::Uuid,
    draft: Json<Workflow>,
    revision: i32,
    live_version: Option<i32>,
    live_revision: Option<i32>,
    created_by: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<DraftRow> for Draft {
    fn from(row: DraftRow) -> Self {
        Self {
            id: WorkflowId(row.id),
            workflow: row.draft.0,
            revision: row.revision,
            live_version: row.live_version,
            live_revision: row.live_revision,
            problems: Vec::new(),
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(FromRow)]
struct SummaryRow {
    id: uuid::Uuid,
    name: String,
    description: String,
    node_count: i32,
    kinds: Vec<String>,
    revision: i32,
    live_version: Option<i32>,
    live_revision: Option<i32>,
    created_by: String,
    updated_at: DateTime<Utc>,
}

impl From<SummaryRow> for WorkflowSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: WorkflowId(row.id),
            name: row.name,
            description: row.description,
            node_count: row.node_count,
            kinds: row.kinds.iter().filter_map(|name| Kind::parse(name)).collect(),
            revision: row.revision,
            live_version: row.live_version,
            live_revision: row.live_revision,
            created_by: row.created_by,
            updated_at: row.updated_at,
        }
    }
}
