//! The one-time links that create the first owner.

use sqlx::PgExecutor;

use crate::server::Result;

/// Voids every older link.
pub async fn void(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("delete from setup_tokens").execute(db).await?;
    Ok(())
}

/// Valid for 15 minutes.
pub async fn insert(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<()> {
    sqlx::query("insert into setup_tokens (token_hash, expires_at) values ($1, now() + interval '15 minutes')")
        .bind(hash)
        .execute(db)
        .await?;
    Ok(())
}

/// Uses the token up. False: unknown, used or expired.
pub async fn use_up(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<bool> {
    let done = sqlx::query(
        "update setup_tokens set used_at = now() where token_hash = $1 and used_at is null and expires_at > now()",
    )
    .bind(hash)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the token would be accepted now.
pub async fn is_valid(db: impl PgExecutor<'_>, hash: &[u8]) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select 1 from setup_tokens where token_hash = $1 and used_at is null and expires_at > now())",
    )
    .bind(hash)
    .fetch_one(db)
    .await?)
}

/// Lets one transaction at a time decide who becomes the first owner.
pub async fn lock(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('flowpilot setup', 0))").execute(db).await?;
    Ok(())
}
