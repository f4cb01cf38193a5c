//! Outputs of tasks that are kept for a while, by a hash of all that they depend on.

use sqlx::PgExecutor;

use crate::{
    domain::id::{NodeId, WorkflowId, WorkspaceId},
    server::Result,
};

/// Which task with which data.
pub struct ResultKey<'a> {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub node: &'a NodeId,
    pub hash: [u8; 32],
}

/// The output, as JSON text, and the port that it leaves through.
pub async fn find(db: impl PgExecutor<'_>, key: &ResultKey<'_>) -> Result<Option<(String, String)>> {
    Ok(sqlx::query_as(
        "select output, port from results
         where workspace_id = $1 and workflow_id = $2 and node_id = $3 and hash = $4 and expires_at > now()",
    )
    .bind(key.workspace.0)
    .bind(key.workflow.0)
    .bind(key.node.as_str())
    .bind(key.hash.as_slice())
    .fetch_optional(db)
    .await?)
}

pub async fn keep(db: impl PgExecutor<'_>, key: &ResultKey<'_>, output: &str, port: &str, secs: u32) -> Result<()> {
    sqlx::query(
        "insert into results (workspace_id, workflow_id, node_id, hash, output, port, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
         on conflict (workspace_id, workflow_id, node_id, hash) do update set
             output = excluded.output, port = excluded.port, expires_at = excluded.expires_at",
    )
    .bind(key.workspace.0)
    .bind(key.workflow.0)
    .bind(key.node.as_str())
    .bind(key.hash.as_slice())
    .bind(output)
    .bind(port)
    .bind(f64::from(secs))
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes what is too old to be used.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from results where expires_at <= now()").execute(db).await?;
    Ok(())
}
