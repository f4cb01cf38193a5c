//! Attempts to log in that have not succeeded, counted by key. Every replica counts the same rows.

use sqlx::PgExecutor;

use crate::server::Result;

/// What stands against a key.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
pub struct Attempts {
    pub in_last_minute: i64,
    pub in_last_hour: i64,
    /// None: no attempt within the hour.
    pub seconds_since_last: Option<f64>,
}

/// Lets one transaction at a time count and record attempts of this key.
pub async fn lock(db: impl PgExecutor<'_>, key: &str) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))").bind(key).execute(db).await?;
    Ok(())
}

pub async fn attempts(db: impl PgExecutor<'_>, key: &str) -> Result<Attempts> {
    Ok(sqlx::query_as(
        "select count(*) filter (where failed_at > clock_timestamp() - interval '1 minute') as in_last_minute,
                count(*) as in_last_hour,
                extract(epoch from clock_timestamp() - max(failed_at))::float8 as seconds_since_last
         from login_failures where key = $1 and failed_at > clock_timestamp() - interval '1 hour'",
    )
    .bind(key)
    .fetch_one(db)
    .await?)
}

pub async fn record(db: impl PgExecutor<'_>, key: &str) -> Result<()> {
    sqlx::query("insert into login_failures (key, failed_at) values ($1, clock_timestamp())")
        .bind(key)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets what stands against these keys, and whatever is too old to count.
pub async fn forget(db: impl PgExecutor<'_>, keys: &[&str]) -> Result<()> {
    sqlx::query("delete from login_failures where key = any($1) or failed_at < now() - interval '1 hour'")
        .bind(keys)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes back the last attempt of this key.
pub async fn take_back(db: impl PgExecutor<'_>, key: &str) -> Result<()> {
    sqlx::query(
        "delete from login_failures where ctid = (
             select ctid from login_failures where key = $1 order by failed_at desc limit 1)",
    )
    .bind(key)
    .execute(db)
    .await?;
    Ok(())
}
