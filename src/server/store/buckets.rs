//! Token buckets that all replicas share.

use std::time::Duration;

use sqlx::PgExecutor;

use crate::{
    domain::{id::WorkspaceId, limit::Rate},
    server::Result,
};

/// Takes up to `wanted` tokens. With none there, says how long until the next.
pub async fn take(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    key: &str,
    rate: &Rate,
    wanted: u32,
) -> Result<Result<u32, Duration>> {
    // The row's lock puts the replicas in order; a statement that waited for it has an older now() and refills nothing.
    let (taken, tokens): (i32, f64) = sqlx::query_as(
        "insert into buckets as b (workspace_id, key, tokens, taken)
         values ($1, $2, $4 - least($4, $5), least($4, $5)::int)
         on conflict (workspace_id, key) do update set
             tokens = least($4, b.tokens + $3 * greatest(0, extract(epoch from now() - b.refilled_at)::float8))
                 - least($5, floor(least($4, b.tokens + $3 * greatest(0, extract(epoch from now() - b.refilled_at)::float8)))),
             taken = least($5, floor(least($4, b.tokens + $3 * greatest(0, extract(epoch from now() - b.refilled_at)::float8))))::int,
             refilled_at = greatest(now(), b.refilled_at)
         returning taken, tokens",
    )
    .bind(workspace.0)
    .bind(key)
    .bind(rate.per_second)
    .bind(f64::from(rate.burst))
    .bind(f64::from(wanted))
    .fetch_one(db)
    .await?;
    Ok(match taken {
        0 => Err(Duration::from_secs_f64(((1.0 - tokens) / rate.per_second).clamp(0.001, 3_600.0))),
        taken => Ok(taken as u32),
    })
}

/// How long until the bucket holds a token; none: it holds one.
pub async fn refills_in(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    key: &str,
    rate: &Rate,
) -> Result<Option<Duration>> {
    let row: Option<(f64,)> = sqlx::query_as(
        "select least($4, tokens + $3 * greatest(0, extract(epoch from now() - refilled_at)::float8))
         from buckets where workspace_id = $1 and key = $2",
    )
    .bind(workspace.0)
    .bind(key)
    .bind(rate.per_second)
    .bind(f64::from(rate.burst))
    .fetch_optional(db)
    .await?;
    let missing = row.map(|(tokens,)| 1.0 - tokens).filter(|missing| *missing > 0.0);
    Ok(missing.map(|missing| Duration::from_secs_f64((missing / rate.per_second).min(86_400.0))))
}

/// Deletes buckets that nobody used for a day; they would be full.
pub async fn forget(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from buckets where refilled_at < now() - interval '1 day'").execute(db).await?;
    Ok(())
}
