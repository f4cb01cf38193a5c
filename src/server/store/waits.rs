//! Task runs that wait for an event.

use serde_json::Value;
use sqlx::PgExecutor;

use crate::{domain::id::WorkspaceId, server::Result};

/// Leaves the answer in the inbox of every task run that waits for this event, once. Gives how many did.
pub async fn answer(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    name: &str,
    key: Option<&str>,
    answer: &Value,
) -> Result<u64> {
    let done = sqlx::query(
        "with answered as (
             delete from waits where workspace_id = $1 and name = $2 and (key is null or key = $3)
             returning execution_id, run
         )
         insert into inbox (execution_id, body)
         select execution_id, json_build_object('type', 'answer', 'run', run, 'answer', $4::json)::text from answered",
    )
    .bind(workspace.0)
    .bind(name)
    .bind(key)
    .bind(answer)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Forgets those whose executions are over.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query(
        "delete from waits w
         where not exists (select 1 from executions e where e.id = w.execution_id and e.finished_at is null)",
    )
    .execute(db)
    .await?;
    Ok(())
}
