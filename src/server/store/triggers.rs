//! Triggers: a row per trigger node of a workflow, as drafts and publications leave it, and the list of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        id::{NodeId, TriggerId, WorkflowId, WorkspaceId},
        trigger::Trigger,
    },
    server::Result,
};

/// A trigger node as it is to be kept.
pub struct Registration<'a> {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub node: &'a NodeId,
    pub node_name: &'a str,
    pub trigger: &'a Trigger,
    /// For a webhook that has no address yet.
    pub token: Option<SealedToken>,
}

/// What the database keeps of a webhook's token.
pub struct SealedToken {
    /// SHA-256, to look it up.
    pub hash: Vec<u8>,
    /// Encrypted, to show it.
    pub sealed: Vec<u8>,
}

/// The database's clock, which schedules go by.
pub async fn clock(db: impl PgExecutor<'_>) -> Result<DateTime<Utc>> {
    Ok(sqlx::query_scalar("select now()").fetch_one(db).await?)
}

/// The nodes of the workflow that have a row, and whether each has a webhook address.
pub async fn known(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
) -> Result<BTreeMap<NodeId, bool>> {
    let nodes: Vec<(String, bool)> = sqlx::query_as(
        "select node_id, token_hash is not null from triggers where workspace_id = $1 and workflow_id = $2",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .fetch_all(db)
    .await?;
    Ok(nodes.into_iter().map(|(node, addressed)| (node.into(), addressed)).collect())
}

/// Keeps a node that has no row yet; it is not live. Of nodes that share an id, as drafts may have, the first counts.
pub async fn add(db: impl PgExecutor<'_>, node: &Registration<'_>) -> Result<()> {
    sqlx::query(
        "insert into triggers
             (workspace_id, id, workflow_id, node_id, node_name, kind, definition, token_hash, token_sealed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict on constraint triggers_node_key do nothing",
    )
    .bind(node.workspace.0)
    .bind(Uuid::now_v7())
    .bind(node.workflow.0)
    .bind(node.node.as_str())
    .bind(node.node_name)
    .bind(node.trigger.kind())
    .bind(Json(node.trigger))
    .bind(node.token.as_ref().map(|token| token.hash.as_slice()))
    .bind(node.token.as_ref().map(|token| token.sealed.as_slice()))
    .execute(db)
    .await?;
    Ok(())
}

/// Follows a node of the draft; what is live stays as it was published.
pub async fn redraw(db: impl PgExecutor<'_>, node: &Registration<'_>) -> Result<()> {
    sqlx::query(
        "update triggers set
             node_name = $4,
             drawn = true,
             kind = case when live then kind else $5 end,
             definition = case when live then definition else $6 end,
             token_hash = coalesce(token_hash, $7),
             token_sealed = coalesce(token_sealed, $8)
         where workspace_id = $1 and workflow_id = $2 and node_id = $3",
    )
    .bind(node.workspace.0)
    .bind(node.workflow.0)
    .bind(node.node.as_str())
    .bind(node.node_name)
    .bind(node.trigger.kind())
    .bind(Json(node.trigger))
    .bind(node.token.as_ref().map(|token| token.hash.as_slice()))
    .bind(node.token.as_ref().map(|token| token.sealed.as_slice()))
    .execute(db)
    .await?;
    Ok(())
}

/// Puts a node live. A schedule that was live with the same times goes on with the next one that is not fired yet.
pub async fn put_live(db: impl PgExecutor<'_>, node: &Registration<'_>, next_at: Option<DateTime<Utc>>) -> Result<()> {
    sqlx::query(
        "update triggers set
             node_name = $4,
             drawn = true,
             live = true,
             kind = $5,
             definition = $6,
             token_hash = coalesce(token_hash, $7),
             token_sealed = coalesce(token_sealed, $8),
             next_at = case when live and definition = $6 then coalesce(next_at, $9) else $9 end,
             due_at = case when live and definition = $6 then due_at end
         where workspace_id = $1 and workflow_id = $2 and node_id = $3",
    )
    .bind(node.workspace.0)
    .bind(node.workflow.0)
    .bind(node.node.as_str())
    .bind(node.node_name)
    .bind(node.trigger.kind())
    .bind(Json(node.trigger))
    .bind(node.token.as_ref().map(|token| token.hash.as_slice()))
    .bind(node.token.as_ref().map(|token| token.sealed.as_slice()))
    .bind(next_at)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes which nodes are no longer in the draft; what is live stays live.
pub async fn erase_others(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    nodes: &[&str],
) -> Result<()> {
    sqlx::query(
        "update triggers set drawn = false
         where workspace_id = $1 and workflow_id = $2 and drawn and node_id <> all ($3)",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(nodes)
    .execute(db)
    .await?;
    Ok(())
}

/// Puts every other node of the workflow out of service.
pub async fn retire_others(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    nodes: &[&str],
) -> Result<()> {
    sqlx::query(
        "update triggers set drawn = false, live = false, next_at = null
         where workspace_id = $1 and workflow_id = $2 and node_id <> all ($3)",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(nodes)
    .execute(db)
    .await?;
    Ok(())
}

/// A trigger as lists need it.
pub struct Listed {
    pub id: TriggerId,
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub node: NodeId,
    pub node_name: String,
    pub trigger: Trigger,
    pub live: bool,
    pub token_sealed: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct ListedRow {
    id: Uuid,
    workflow_id: Uuid,
    workflow_name: String,
    node_id: String,
    node_name: String,
    definition: Json<Trigger>,
    live: bool,
    token_sealed: Option<Vec<u8>>,
}

impl From<ListedRow> for Listed {
    fn from(row: ListedRow) -> Self {
        Self {
            id: TriggerId(row.id),
            workflow: WorkflowId(row.workflow_id),
            workflow_name: row.workflow_name,
            node: row.node_id.into(),
            node_name: row.node_name,
            trigger: row.definition.0,
            live: row.live,
            token_sealed: row.token_sealed,
        }
    }
}

/// The triggers that are drawn or live, of one workflow or of all, by workflow and age; at most 500.
pub async fn list(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: Option<WorkflowId>,
) -> Result<Vec<Listed>> {
    let rows: Vec<ListedRow> = sqlx::query_as(
        "select t.id, t.workflow_id, w.name as workflow_name, t.node_id, t.node_name, t.definition, t.live,
                t.token_sealed
         from triggers t
         join workflows w on w.workspace_id = t.workspace_id and w.id = t.workflow_id
         where t.workspace_id = $1 and ($2::uuid is null or t.workflow_id = $2)
           and (t.drawn or t.live) and w.deleted_at is null
         order by lower(w.name), w.id, t.created_at, t.node_id
         limit 500",
    )
    .bind(workspace.0)
    .bind(workflow.map(|id| id.0))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Listed::from).collect())
}
