//! Questions of one replica to another about an attempt in its hands. Few and short-lived.

use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use super::offers::Attempt;
use crate::{
    domain::id::{ExecutionId, ReplicaId, WorkspaceId},
    server::Result,
};

/// A question to this replica.
pub struct Question {
    pub id: Uuid,
    pub attempt: Attempt,
}

pub async fn ask(db: impl PgExecutor<'_>, id: Uuid, whom: ReplicaId, attempt: &Attempt) -> Result<()> {
    sqlx::query(
        "insert into questions (id, workspace_id, replica_id, execution_id, run, attempt)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(attempt.workspace.0)
    .bind(whom.0)
    .bind(attempt.execution.0)
    .bind(attempt.run.to_string())
    .bind(attempt.number as i32)
    .execute(db)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct QuestionRow {
    id: Uuid,
    workspace_id: Uuid,
    execution_id: Uuid,
    run: String,
    attempt: i32,
}

/// Questions to the replica that are not answered, the oldest first.
pub async fn open(db: impl PgExecutor<'_>, replica: ReplicaId, limit: i64) -> Result<Vec<Question>> {
    let rows: Vec<QuestionRow> = sqlx::query_as(
        "select id, workspace_id, execution_id, run, attempt from questions
         where replica_id = $1 and answer is null order by asked_at limit $2",
    )
    .bind(replica.0)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let question = |row: QuestionRow| {
        let (workspace, execution) = (WorkspaceId(row.workspace_id), ExecutionId(row.execution_id));
        let attempt = Attempt { workspace, execution, run: row.run.as_str().into(), number: row.attempt as u32 };
        Question { id: row.id, attempt }
    };
    Ok(rows.into_iter().map(question).collect())
}

pub async fn answer(db: impl PgExecutor<'_>, id: Uuid, answer: &str) -> Result<()> {
    sqlx::query("update questions set answer = $2 where id = $1").bind(id).bind(answer).execute(db).await?;
    Ok(())
}

/// Takes the answer, with the question; none: it is not there yet.
pub async fn take_answer(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<String>> {
    let taken = sqlx::query_scalar("delete from questions where id = $1 and answer is not null returning answer");
    Ok(taken.bind(id).fetch_optional(db).await?)
}

/// Takes a question back that nobody answered.
pub async fn withdraw(db: impl PgExecutor<'_>, id: Uuid) -> Result<()> {
    sqlx::query("delete from questions where id = $1").bind(id).execute(db).await?;
    Ok(())
}

/// Forgets what nobody waits for any more.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from questions where asked_at < now() - interval '1 minute'").execute(db).await?;
    Ok(())
}
