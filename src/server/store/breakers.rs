//! Circuit breakers that all replicas share. One without a row is closed.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        breaker::{BreakerState, BreakerSummary},
        id::WorkspaceId,
        limit::Breaker,
    },
    server::Result,
};

#[derive(FromRow)]
struct BreakerRow {
    workspace_id: Uuid,
    service: String,
    failures: i32,
    opened_at: Option<DateTime<Utc>>,
    retry_at: Option<DateTime<Utc>>,
    is_probed: bool,
    last_error: String,
}

impl From<BreakerRow> for (WorkspaceId, BreakerSummary) {
    fn from(row: BreakerRow) -> Self {
        let state = match (row.opened_at, row.is_probed) {
            (None, _) => BreakerState::Closed,
            (Some(_), true) => BreakerState::HalfOpen,
            (Some(_), false) => BreakerState::Open,
        };
        let summary = BreakerSummary {
            service: row.service,
            state,
            failures: row.failures as u32,
            opened_at: row.opened_at,
            retry_at: row.retry_at,
            last_error: row.last_error,
        };
        (WorkspaceId(row.workspace_id), summary)
    }
}

const COLUMNS: &str =
    "workspace_id, service, failures, opened_at, opened_at + make_interval(secs => open_secs) as retry_at,
    coalesce(probe_until > now(), false) as is_probed, last_error";

/// Every breaker of a service that failed lately, of all workspaces: what a replica has to know.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<(WorkspaceId, BreakerSummary)>> {
    let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from breakers"));
    let rows: Vec<BreakerRow> = sqlx::query_as(sql).fetch_all(db).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The breakers of the workspace's services that failed lately, open ones first.
pub async fn list(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Vec<BreakerSummary>> {
    let sql = sqlx::AssertSqlSafe(format!(
        "select {COLUMNS} from breakers where workspace_id = $1 order by opened_at desc nulls last, service"
    ));
    let rows: Vec<BreakerRow> = sqlx::query_as(sql).bind(workspace.0).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| <(WorkspaceId, BreakerSummary)>::from(row).1).collect())
}

/// Counts a failure and opens the breaker when it is one too many, or when it was the probe's.
pub async fn fail(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    service: &str,
    breaker: &Breaker,
    is_probe: bool,
    error: &str,
) -> Result<()> {
    sqlx::query(
        "insert into breakers as b (workspace_id, service, failures, open_secs, opened_at, last_error)
         values ($1, $2, 1, $4, case when $3 <= 1 then now() end, $6)
         on conflict (workspace_id, service) do update set
             failures = b.failures + 1,
             open_secs = $4,
             opened_at = case
                 when $5 then now()
                 when b.opened_at is null and b.failures + 1 >= $3 then now()
                 else b.opened_at end,
             probe_until = case when $5 then null else b.probe_until end,
             last_error = $6,
             changed_at = now()",
    )
    .bind(workspace.0)
    .bind(service)
    .bind(breaker.failures as i32)
    .bind(breaker.open_secs as i32)
    .bind(is_probe)
    .bind(error)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the right to probe an open breaker's service to one attempt, for so many seconds.
pub async fn probe(db: impl PgExecutor<'_>, workspace: WorkspaceId, service: &str, secs: u32) -> Result<bool> {
    let done = sqlx::query(
        "update breakers set probe_until = now() + make_interval(secs => $3)
         where workspace_id = $1 and service = $2
             and opened_at + make_interval(secs => open_secs) <= now()
             and (probe_until is null or probe_until <= now())",
    )
    .bind(workspace.0)
    .bind(service)
    .bind(f64::from(secs))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The service answered, or somebody says that it will. False: the breaker was closed already.
pub async fn close(db: impl PgExecutor<'_>, workspace: WorkspaceId, service: &str) -> Result<bool> {
    let done = sqlx::query("delete from breakers where workspace_id = $1 and service = $2")
        .bind(workspace.0)
        .bind(service)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets services that nobody called for a day.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from breakers where changed_at < now() - interval '1 day'").execute(db).await?;
    Ok(())
}
