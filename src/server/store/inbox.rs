//! Messages to the replica that owns an execution: any replica writes them, the owner consumes them.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::id::{ExecutionId, ReplicaId},
    server::Result,
};

/// Leaves a message, for whichever replica owns the execution when it looks.
pub async fn put(db: impl PgExecutor<'_>, execution: ExecutionId, body: &str) -> Result<()> {
    sqlx::query("insert into inbox (execution_id, body) values ($1, $2)")
        .bind(execution.0)
        .bind(body)
        .execute(db)
        .await?;
    Ok(())
}

/// A message that waits for its execution's owner.
pub struct Waiting {
    pub id: i64,
    pub execution: ExecutionId,
    pub body: String,
    pub execution_is_over: bool,
}

/// Messages for executions of this replica, oldest first. They stay until [`remove`]d.
pub async fn peek(db: impl PgExecutor<'_>, replica: ReplicaId, limit: i64) -> Result<Vec<Waiting>> {
    let rows: Vec<(i64, Uuid, String, bool)> = sqlx::query_as(
        "select i.id, i.execution_id, i.body, e.finished_at is not null
         from inbox i join executions e on e.id = i.execution_id
         where e.replica_id = $1 order by i.id limit $2",
    )
    .bind(replica.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let waiting = rows.into_iter().map(|(id, execution, body, execution_is_over)| Waiting {
        id,
        execution: ExecutionId(execution),
        body,
        execution_is_over,
    });
    Ok(waiting.collect())
}

/// Done with these messages.
pub async fn remove(db: impl PgExecutor<'_>, ids: &[i64]) -> Result<()> {
    sqlx::query("delete from inbox where id = any($1)").bind(ids).execute(db).await?;
    Ok(())
}
