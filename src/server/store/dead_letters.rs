//! Dead letters: listed, marked for replay, resolved. The journal's statement makes them, with the end of an execution
//! that failed.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        dead_letter::{DeadLetter, DeadLetterFilter, DeadLetterPage, Resolution, Resolved},
        execution::{ExecutionCursor, ExecutionStatus, ExecutionSummary},
        id::{ExecutionId, WorkflowId, WorkspaceId},
    },
    server::{Error, Result},
};

/// What a statement reads of a dead letter `d`, its execution `e` and its workflow `w`.
const SELECT: &str = "select e.id, e.workflow_id, w.name as workflow_name, e.version, e.status, e.started_via,
        e.created_at, e.finished_at, e.error,
        d.failed_at, d.replay_at, d.replay_error, d.resolved_at, d.resolution, d.resolved_by, d.replayed_as
    from dead_letters d
    join executions e on e.workspace_id = d.workspace_id and e.id = d.execution_id
    join workflows w on w.workspace_id = e.workspace_id and w.id = e.workflow_id";

/// Restricts `d` and `e` to a filter in `$1` to `$6`.
const FILTER: &str = "d.workspace_id = $1
    and ($2::uuid is null or d.workflow_id = $2)
    and ($3::uuid is null or d.execution_id = $3)
    and ($4::text is null or position(lower($4) in lower(e.error)) > 0)
    and ($5::timestamptz is null or d.failed_at >= $5)
    and ($6::timestamptz is null or d.failed_at < $6)";

/// A page of those that nobody dealt with, latest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    filter: &DeadLetterFilter,
    after: Option<ExecutionCursor>,
    size: u32,
) -> Result<DeadLetterPage> {
    let sql = format!(
        "{SELECT} where {FILTER} and d.resolved_at is null
             and ($7::timestamptz is null or (d.failed_at, d.execution_id) < ($7, $8::uuid))
         order by d.failed_at desc, d.execution_id desc limit $9"
    );
    let mut rows: Vec<LetterRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(filter.workflow_id.map(|id| id.0))
        .bind(filter.execution_id.map(|id| id.0))
        .bind(&filter.error)
        .bind(filter.from)
        .bind(filter.to)
        .bind(after.map(|cursor| cursor.created_at))
        .bind(after.map(|cursor| cursor.id.0))
        .bind(i64::from(size) + 1)
        .fetch_all(db)
        .await?;
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| ExecutionCursor { created_at: row.failed_at, id: ExecutionId(row.id) });
    let dead_letters = rows.into_iter().map(DeadLetter::try_from).collect::<Result<_>>()?;
    Ok(DeadLetterPage { dead_letters, next })
}

/// One of them, also when it was dealt with; none: the workspace has no such dead letter.
pub async fn find(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<DeadLetter>> {
    let sql = format!("{SELECT} where d.workspace_id = $1 and d.execution_id = $2");
    let row: Option<LetterRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(workspace.0).bind(execution.0).fetch_optional(db).await?;
    row.map(DeadLetter::try_from).transpose()
}

/// How replays are to be made.
pub struct Replays<'a> {
    pub filter: &'a DeadLetterFilter,
    /// At most so many, the oldest first.
    pub limit: i64,
    pub per_second: f64,
    /// On the live version, not on the one that failed.
    pub live: bool,
    pub by: &'a str,
}

/// Marks dead letters for replay, one after the other at the rate. Gives how many.
pub async fn schedule(db: impl PgExecutor<'_>, workspace: WorkspaceId, replays: &Replays<'_>) -> Result<u64> {
    let sql = format!(
        "with chosen as (
             select d.execution_id, row_number() over (order by d.failed_at, d.execution_id) - 1 as before
             from dead_letters d join executions e on e.workspace_id = d.workspace_id and e.id = d.execution_id
             where {FILTER} and d.resolved_at is null and d.replay_at is null
             order by d.failed_at, d.execution_id limit $7
         )
         update dead_letters d set
             replay_at = now() + make_interval(secs => chosen.before / $8), replay_live = $9, resolved_by = $10,
             replay_error = null
         from chosen
         where d.workspace_id = $1 and d.execution_id = chosen.execution_id and d.replay_at is null"
    );
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(replays.filter.workflow_id.map(|id| id.0))
        .bind(replays.filter.execution_id.map(|id| id.0))
        .bind(&replays.filter.error)
        .bind(replays.filter.from)
        .bind(replays.filter.to)
        .bind(replays.limit)
        .bind(replays.per_second)
        .bind(replays.live)
        .bind(replays.by)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// A replay whose time has come.
pub struct DueReplay {
    pub workspace: WorkspaceId,
    pub execution: ExecutionId,
    pub live: bool,
    pub by: String,
}

/// Replays that are due, locked for the transaction that asked; of all workspaces.
pub async fn due(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<DueReplay>> {
    let rows: Vec<(Uuid, Uuid, bool, Option<String>)> = sqlx::query_as(
        "select workspace_id, execution_id, replay_live, resolved_by from dead_letters
         where replay_at <= now() order by replay_at limit $1 for update skip locked",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    let replay = |(workspace, execution, live, by): (Uuid, Uuid, bool, Option<String>)| DueReplay {
        workspace: WorkspaceId(workspace),
        execution: ExecutionId(execution),
        live,
        by: by.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(replay).collect())
}

/// Notes what came of a replay: the execution that it started, or why it could not.
pub async fn replayed(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
    outcome: Result<ExecutionId, &str>,
) -> Result<()> {
    sqlx::query(
        "update dead_letters set
             replay_at = null, replayed_as = $3, replay_error = $4,
             resolved_at = case when $4 is null then now() end,
             resolution = case when $4 is null then 'replayed' end,
             resolved_by = case when $4 is null then resolved_by end
         where workspace_id = $1 and execution_id = $2",
    )
    .bind(workspace.0)
    .bind(execution.0)
    .bind(outcome.ok().map(|id| id.0))
    .bind(outcome.err())
    .execute(db)
    .await?;
    Ok(())
}

/// The failed execution goes on as another one, from one of its nodes: nobody has to deal with it any more.
pub async fn restarted(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    execution: ExecutionId,
    by: &str,
    goes_on_as: ExecutionId,
) -> Result<()> {
    sqlx::query(
        "update dead_letters set
             resolved_at = now(), resolution = 'restarted', resolved_by = $3, replayed_as = $4, replay_at = null,
             replay_error = null
         where workspace_id = $1 and execution_id = $2 and resolved_at is null",
    )
    .bind(workspace.0)
    .bind(execution.0)
    .bind(by)
    .bind(goes_on_as.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Puts dead letters away without a replay. Gives how many.
pub async fn discard(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    filter: &DeadLetterFilter,
    by: &str,
) -> Result<u64> {
    let sql = format!(
        "update dead_letters d set resolved_at = now(), resolution = 'discarded', resolved_by = $7, replay_at = null
         from executions e
         where e.workspace_id = d.workspace_id and e.id = d.execution_id and {FILTER} and d.resolved_at is null"
    );
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(workspace.0)
        .bind(filter.workflow_id.map(|id| id.0))
        .bind(filter.execution_id.map(|id| id.0))
        .bind(&filter.error)
        .bind(filter.from)
        .bind(filter.to)
        .bind(by)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

#[derive(FromRow)]
struct LetterRow {
    id: Uuid,
    workflow_id: Uuid,
    workflow_name: String,
    version: i32,
    status: String,
    started_via: String,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    error: Option<String>,
    failed_at: DateTime<Utc>,
    replay_at: Option<DateTime<Utc>>,
    replay_error: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
    resolution: Option<String>,
    resolved_by: Option<String>,
    replayed_as: Option<Uuid>,
}

impl TryFrom<LetterRow> for DeadLetter {
    type Error = Error;

    fn try_from(row: LetterRow) -> Result<Self> {
        let unknown = |what: &str| Error::internal(format!("dead letter {} has the unknown {what}", row.id));
        let how = row.resolution.as_deref().map(|name| Resolution::parse(name).ok_or_else(|| unknown(name)));
        let resolved = match (row.resolved_at, how.transpose()?) {
            (Some(at), Some(how)) => Some(Resolved {
                at,
                by: row.resolved_by.clone().unwrap_or_default(),
                how,
                replayed_as: row.replayed_as.map(ExecutionId),
            }),
            _ => None,
        };
        let status = ExecutionStatus::parse(&row.status).ok_or_else(|| unknown(&row.status))?;
        let execution = ExecutionSummary {
            id: ExecutionId(row.id),
            workflow_id: WorkflowId(row.workflow_id),
            workflow_name: row.workflow_name,
            version: row.version,
            status,
            started_via: row.started_via,
            created_at: row.created_at,
            finished_at: row.finished_at,
            error: row.error,
        };
        Ok(Self { execution, replay_at: row.replay_at, replay_error: row.replay_error, resolved })
    }
}
