//! Who has a workflow open: a row per tab, renewed while it is open.

use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        draft::Present,
        id::{NodeId, UserId, WorkflowId, WorkspaceId},
    },
    server::Result,
};

/// Says that the tab is open, and what is selected in it. Nothing happens where there is no such workflow.
pub async fn renew(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    (tab, by): (Uuid, UserId),
    node: &str,
) -> Result<()> {
    sqlx::query(
        "insert into presences (workspace_id, workflow_id, tab, user_id, node_id)
         select w.workspace_id, w.id, $3, $4, $5
         from workflows w
         where w.workspace_id = $1 and w.id = $2
         on conflict (workspace_id, workflow_id, tab) do update
         set user_id = excluded.user_id, node_id = excluded.node_id, seen_at = now()",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(tab)
    .bind(by.0)
    .bind(node)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets tabs of the workflow that nobody heard of for a while.
pub async fn forget_gone(db: impl PgExecutor<'_>, workspace: WorkspaceId, workflow: WorkflowId) -> Result<()> {
    sqlx::query(
        "delete from presences
         where workspace_id = $1 and workflow_id = $2 and seen_at < now() - interval '30 seconds'",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Who else has the workflow open, in the order in which they came.
pub async fn others(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    tab: Uuid,
) -> Result<Vec<Present>> {
    let rows: Vec<PresentRow> = sqlx::query_as(
        "select p.tab, coalesce(nullif(u.name, ''), u.email) as name, p.node_id
         from presences p join users u on u.id = p.user_id
         where p.workspace_id = $1 and p.workflow_id = $2 and p.tab <> $3 and p.seen_at >= now() - interval '30 seconds'
         order by p.tab
         limit 20",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(tab)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Present::from).collect())
}

#[derive(FromRow)]
struct PresentRow {
    tab: Uuid,
    name: String,
    node_id: String,
}

impl From<PresentRow> for Present {
    fn from(row: PresentRow) -> Self {
        let node = (!row.node_id.is_empty()).then(|| NodeId::from(row.node_id.as_str()));
        Self { tab: row.tab, name: row.name, node }
    }
}
