//! Items that earlier executions had, by a hash of what tells them apart.

use sqlx::PgExecutor;

use crate::{
    domain::id::{ExecutionId, NodeId, RunId, WorkflowId, WorkspaceId},
    server::Result,
};

/// Who looks at items.
pub struct Looker<'a> {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub node: &'a NodeId,
    pub execution: ExecutionId,
    pub run: &'a RunId,
}

/// Remembers these for so many days from now, and gives those that no other task run had before.
pub async fn remember(
    db: impl PgExecutor<'_>,
    looker: &Looker<'_>,
    hashes: &[Vec<u8>],
    days: i32,
) -> Result<Vec<Vec<u8>>> {
    let rows: Vec<(Vec<u8>, bool)> = sqlx::query_as(
        "insert into seen_items as seen (workspace_id, workflow_id, node_id, hash, execution_id, run, forget_at)
         select $1, $2, $3, given.hash, $4, $5, now() + make_interval(days => $7)
         from (select distinct unnest($6::bytea[]) as hash order by 1) given
         on conflict (workspace_id, workflow_id, node_id, hash) do update set
             execution_id = case when seen.forget_at > now() then seen.execution_id else excluded.execution_id end,
             run = case when seen.forget_at > now() then seen.run else excluded.run end,
             forget_at = excluded.forget_at
         returning seen.hash, seen.execution_id = $4 and seen.run = $5",
    )
    .bind(looker.workspace.0)
    .bind(looker.workflow.0)
    .bind(looker.node.as_str())
    .bind(looker.execution.0)
    .bind(looker.run.to_string())
    .bind(hashes)
    .bind(days)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|(hash, is_new)| is_new.then_some(hash)).collect())
}

/// Deletes what is too old to count.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from seen_items where forget_at <= now()").execute(db).await?;
    Ok(())
}
