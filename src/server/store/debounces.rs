//! Executions that wait whether a later start with the same key comes. They stand in the table of the concurrency keys, as
//! attempt 1 of the whole, so that whoever sweeps there clears up here, too.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::holds::Key;
use crate::{domain::id::ExecutionId, server::Result};

/// Who else stood there.
pub struct Places {
    /// They are gone from there.
    pub earlier: Vec<ExecutionId>,
    /// It came after this one: the place is its.
    pub later: Option<ExecutionId>,
}

/// Takes the key's place from all that came before: ids tell the order. The caller holds the lock.
pub async fn take_over(db: impl PgExecutor<'_>, key: &Key, execution: ExecutionId) -> Result<Places> {
    let rows: Vec<(Uuid, bool)> = sqlx::query_as(
        "with mine as (
             insert into holds (workspace_id, scope, key, most, execution_id, run, attempt, held_since)
             values ($1, $2, $3, 1, $4, '', 1, now())
             on conflict on constraint holds_once do nothing
         ), gone as (
             delete from holds where workspace_id = $1 and scope = $2 and key = $3 and execution_id < $4
             returning execution_id
         )
         select execution_id, false from gone
         union all
         select execution_id, true from holds
         where workspace_id = $1 and scope = $2 and key = $3 and execution_id > $4",
    )
    .bind(key.workspace.0)
    .bind(&key.scope)
    .bind(&key.key)
    .bind(execution.0)
    .fetch_all(db)
    .await?;
    let later = rows.iter().filter(|(_, is_later)| *is_later).map(|(id, _)| ExecutionId(*id)).max();
    let earlier = rows.into_iter().filter(|(_, is_later)| !is_later).map(|(id, _)| ExecutionId(id)).collect();
    Ok(Places { earlier, later })
}
