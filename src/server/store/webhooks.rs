//! Webhooks: found by the token in their address, which is kept as a hash.

use sqlx::{FromRow, PgExecutor, types::Json};
use uuid::Uuid;

use super::triggers::SealedToken;
use crate::{
    domain::{
        id::{NodeId, TriggerId, WorkflowId, WorkspaceId},
        trigger::Trigger,
        workflow::Workflow,
    },
    server::Result,
};

/// The workflow and node of a webhook; none: there is no such webhook in the workspace.
pub async fn node(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: TriggerId,
) -> Result<Option<(WorkflowId, NodeId)>> {
    let row: Option<(Uuid, String)> = sqlx::query_as(
        "select workflow_id, node_id from triggers where workspace_id = $1 and id = $2 and kind = 'webhook'",
    )
    .bind(workspace.0)
    .bind(id.0)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(workflow, node)| (WorkflowId(workflow), node.into())))
}

/// A webhook as it is live, or drawn where it is not; none: the workspace has no such trigger.
pub async fn definition(db: impl PgExecutor<'_>, workspace: WorkspaceId, id: TriggerId) -> Result<Option<Trigger>> {
    let row: Option<Json<Trigger>> =
        sqlx::query_scalar("select definition from triggers where workspace_id = $1 and id = $2 and kind = 'webhook'")
            .bind(workspace.0)
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    Ok(row.map(|row| row.0))
}

/// Gives a webhook another address.
pub async fn replace_token(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: TriggerId,
    token: SealedToken,
) -> Result<()> {
    sqlx::query("update triggers set token_hash = $3, token_sealed = $4 where workspace_id = $1 and id = $2")
        .bind(workspace.0)
        .bind(id.0)
        .bind(token.hash)
        .bind(token.sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// A live webhook, found by its address.
pub struct Endpoint {
    pub workspace: WorkspaceId,
    pub trigger: TriggerId,
    pub workflow: WorkflowId,
    pub node: NodeId,
    pub definition: Trigger,
    pub version: i32,
}

#[derive(FromRow)]
struct EndpointRow {
    workspace_id: Uuid,
    id: Uuid,
    workflow_id: Uuid,
    node_id: String,
    definition: Json<Trigger>,
    live_version: i32,
}

/// The live webhook whose token has this SHA-256. The token stands for the workspace: no caller names one.
pub async fn endpoint(db: impl PgExecutor<'_>, token_hash: &[u8]) -> Result<Option<Endpoint>> {
    let row: Option<EndpointRow> = sqlx::query_as(
        "select t.workspace_id, t.id, t.workflow_id, t.node_id, t.definition, w.live_version
         from triggers t
         join workflows w on w.workspace_id = t.workspace_id and w.id = t.workflow_id
         where t.token_hash = $1 and t.live and t.kind = 'webhook'
           and w.deleted_at is null and w.live_version is not null",
    )
    .bind(token_hash)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Endpoint {
        workspace: WorkspaceId(row.workspace_id),
        trigger: TriggerId(row.id),
        workflow: WorkflowId(row.workflow_id),
        node: row.node_id.into(),
        definition: row.definition.0,
        version: row.live_version,
    }))
}

/// A published version as it was published.
pub async fn version(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    version: i32,
) -> Result<Workflow> {
    let Json(definition) = sqlx::query_scalar(
        "select definition from workflow_versions where workspace_id = $1 and workflow_id = $2 and version = $3",
    )
    .bind(workspace.0)
    .bind(workflow.0)
    .bind(version)
    .fetch_one(db)
    .await?;
    Ok(definition)
}
