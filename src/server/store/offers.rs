//! Attempts that another replica than the owner makes: given, claimed, answered with a letter to the owner.

use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::id::{ExecutionId, ReplicaId, RunId, WorkspaceId},
    server::{
        Result,
        store::adoption::{Taken, TakenRow},
    },
};

/// Which attempt it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub workspace: WorkspaceId,
    pub execution: ExecutionId,
    pub run: RunId,
    pub number: u32,
}

/// A claimed attempt, with what its execution runs.
pub struct Claimed {
    pub id: i64,
    pub attempt: Attempt,
    pub of: Taken,
}

#[derive(FromRow)]
struct ClaimedRow {
    offer: i64,
    run_id: String,
    attempt: i32,
    #[sqlx(flatten)]
    of: TakenRow,
}

/// Offers the attempt to the group. Offers of earlier attempts of the same run are void.
pub async fn put(db: impl PgExecutor<'_>, attempt: &Attempt, group: &str) -> Result<()> {
    sqlx::query(
        "with void as (delete from offers where execution_id = $2 and run_id = $3 and attempt < $4)
         insert into offers (workspace_id, execution_id, run_id, attempt, worker_group) values ($1, $2, $3, $4, $5)
         on conflict (execution_id, run_id, attempt) do nothing",
    )
    .bind(attempt.workspace.0)
    .bind(attempt.execution.0)
    .bind(attempt.run.to_string())
    .bind(attempt.number as i32)
    .bind(group)
    .execute(db)
    .await?;
    Ok(())
}

/// How an offered attempt stands.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Standing {
    /// Whether the attempt is on offer, or was.
    pub is_offered: bool,
    /// Who makes it, and where that runs; none: nobody has claimed it.
    pub claimed_by: Option<Uuid>,
    pub host: Option<String>,
    /// Offers to the group that go first.
    pub before: i64,
    /// Replicas that serve the group.
    pub workers: i64,
}

pub async fn standing(db: impl PgExecutor<'_>, attempt: &Attempt, group: &str) -> Result<Standing> {
    let standing = sqlx::query_as(
        "with it as (
             select id, claimed_by from offers
             where workspace_id = $1 and execution_id = $2 and run_id = $3 and attempt = $4
         )
         select exists (select from it) as is_offered, (select claimed_by from it) as claimed_by,
                (select r.host from it join replicas r on r.id = it.claimed_by) as host,
                (select count(*) from offers o, it
                 where o.worker_group = $5 and o.claimed_by is null and o.id < it.id) as before,
                (select count(*) from replicas where $5 = any(groups) and retired_at is null) as workers",
    )
    .bind(attempt.workspace.0)
    .bind(attempt.execution.0)
    .bind(attempt.run.to_string())
    .bind(attempt.number as i32)
    .bind(group)
    .fetch_one(db)
    .await?;
    Ok(standing)
}

/// Takes the offer back, or stops whoever claimed it.
pub async fn withdraw(db: impl PgExecutor<'_>, attempt: &Attempt) -> Result<()> {
    sqlx::query("delete from offers where execution_id = $1 and run_id = $2 and attempt = $3")
        .bind(attempt.execution.0)
        .bind(attempt.run.to_string())
        .bind(attempt.number as i32)
        .execute(db)
        .await?;
    Ok(())
}

/// Claims up to `limit` attempts of these groups, the oldest first. One claimer per replica (engine.md, fact 13).
pub async fn claim(db: impl PgExecutor<'_>, me: ReplicaId, groups: &[String], limit: i64) -> Result<Vec<Claimed>> {
    let rows: Vec<ClaimedRow> = sqlx::query_as(
        "with me as materialized (select 1 from replicas where id = $1 and retired_at is null for share),
         chosen as materialized (
             select o.id from offers o, me
             where o.claimed_by is null and o.worker_group = any($2)
             order by o.id limit $3 for update of o skip locked
         ), claimed as (
             update offers o set claimed_by = $1 from chosen where o.id = chosen.id
             returning o.id, o.execution_id, o.run_id, o.attempt
         )
         select c.id as offer, c.run_id, c.attempt, e.workspace_id, e.id, e.workflow_id, e.version,
                coalesce(e.definition, v.definition)::text as definition
         from claimed c
         join executions e on e.id = c.execution_id
         left join workflow_versions v
             on v.workspace_id = e.workspace_id and v.workflow_id = e.workflow_id and v.version = e.version
         order by c.id",
    )
    .bind(me.0)
    .bind(groups)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(ClaimedRow::read).collect())
}

/// What the replica has claimed and not answered, nor was taken back.
pub async fn claimed(db: impl PgExecutor<'_>, me: ReplicaId) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar("select id from offers where claimed_by = $1").bind(me.0).fetch_all(db).await?)
}

/// Answers the offer with a letter to the execution's owner, in one commit. Nothing happens if it was taken back, or
/// given to another replica.
pub async fn answer(db: impl PgExecutor<'_>, me: ReplicaId, id: i64, letter: &str) -> Result<()> {
    sqlx::query(
        "with gone as (delete from offers where id = $1 and claimed_by = $2 returning execution_id)
         insert into inbox (execution_id, body) select execution_id, $3 from gone",
    )
    .bind(id)
    .bind(me.0)
    .bind(letter)
    .execute(db)
    .await?;
    Ok(())
}

/// Tells the owners of attempts that a retired replica had claimed that they are lost: by a letter of the engine's form.
/// `stopped`: the replica stops in good order.
pub async fn lose(db: impl PgExecutor<'_>, retired: ReplicaId, stopped: bool) -> Result<u64> {
    let done = sqlx::query(
        "with gone as (delete from offers where claimed_by = $1 returning execution_id, run_id, attempt)
         insert into inbox (execution_id, body)
         select execution_id,
             json_build_object('type', 'attempt_lost', 'node', run_id, 'attempt', attempt, 'stopped', $2)::text from gone",
    )
    .bind(retired.0)
    .bind(stopped)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

impl ClaimedRow {
    /// None: what the execution runs cannot be read.
    fn read(self) -> Option<Claimed> {
        let of = self.of.read()?;
        let (workspace, execution) = (of.workspace, of.execution);
        let attempt = Attempt { workspace, execution, run: self.run_id.as_str().into(), number: self.attempt as u32 };
        Some(Claimed { id: self.offer, attempt, of })
    }
}
