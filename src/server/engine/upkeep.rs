//! Upkeep: makes days of the journal ahead, forgets what is kept no longer, clears dead letters. One replica at a time
//! does it, though two would do no harm.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};

use super::{Engine, mail::jittered};
use crate::server::{
    Result,
    store::{breakers, buckets, keys, oauth, questions, results, retention, secrets, seen, waits},
};

const EVERY: Duration = Duration::from_secs(300);
/// Executions forgotten in one statement.
const CHUNK: i64 = 1_000;
/// Between two of them, so that work goes first.
const PAUSE: Duration = Duration::from_millis(50);

/// A duty.
pub async fn keep_up(engine: Engine) {
    loop {
        if let Err(error) = tidy(&engine.core.parts.pool).await {
            tracing::warn!(%error, "upkeep did not get through; it goes on later");
        }
        tokio::time::sleep(jittered(EVERY)).await;
    }
}

/// Does everything that is due, on a session of its own, unless another replica is at it.
pub async fn tidy(pool: &PgPool) -> Result<()> {
    let mut connection = pool.connect_options().connect().await?;
    let done = match retention::lead(&mut connection).await? {
        true => tidy_on(&mut connection).await,
        false => Ok(()),
    };
    // The lock goes with the session.
    connection.close().await?;
    done
}

async fn tidy_on(connection: &mut PgConnection) -> Result<()> {
    for day in retention::missing_days(&mut *connection).await? {
        retention::make_day(&mut *connection, day).await?;
    }
    retention::drop_dead_letters(&mut *connection).await?;
    buckets::forget(&mut *connection).await?;
    breakers::forget(&mut *connection).await?;
    results::forget(&mut *connection).await?;
    seen::forget(&mut *connection).await?;
    waits::forget(&mut *connection).await?;
    questions::forget(&mut *connection).await?;
    keys::forget(&mut *connection).await?;
    oauth::forget(&mut *connection).await?;
    secrets::forget(&mut *connection).await?;
    for day in retention::old_days(&mut *connection).await? {
        forget(connection, day).await?;
    }
    Ok(())
}

async fn forget(connection: &mut PgConnection, day: NaiveDate) -> Result<()> {
    let is_kept = retention::keeps_any(&mut *connection, day).await?;
    let mut forgotten = 0;
    loop {
        let gone = match is_kept {
            true => retention::forget_with_journals(&mut *connection, day, CHUNK).await?,
            false => retention::forget(&mut *connection, day, CHUNK).await?,
        };
        forgotten += gone;
        if (gone as i64) < CHUNK {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    // Asked again: a workspace may keep more than a moment ago.
    let is_empty = !is_kept && !retention::keeps_any(&mut *connection, day).await?;
    if is_empty {
        retention::drop_day(&mut *connection, day).await?;
    }
    if forgotten > 0 || is_empty {
        tracing::info!(%day, forgotten, dropped = is_empty, "executions beyond their retention forgotten");
    }
    Ok(())
}
