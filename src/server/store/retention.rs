//! Forgetting: the days of the journal, made ahead and dropped once nothing of them is kept; finished executions that
//! their workspace keeps no longer.

use chrono::{DateTime, Days, NaiveDate, NaiveTime};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{domain::id::WorkspaceId, server::Result};

/// Days from yesterday to a week ahead that have no partition yet, and those that were written without one.
pub async fn missing_days(db: impl PgExecutor<'_>) -> Result<Vec<NaiveDate>> {
    let rows: Vec<(NaiveDate,)> = sqlx::query_as(
        "select day from (
             select (now() at time zone 'utc')::date + ahead as day from generate_series(-1, 7) ahead
             union
             select distinct day from journal_elsewhere
         ) days
         where to_regclass('journal_' || to_char(day, 'YYYYMMDD')) is null
         order by day",
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// Makes the day's partition, unless another replica just did.
pub async fn make_day(db: impl PgExecutor<'_>, day: NaiveDate) -> Result<()> {
    sqlx::query("select make_journal_day($1)").bind(day).execute(db).await?;
    Ok(())
}

/// Sets how many days the workspace keeps executions.
pub async fn set(db: impl PgExecutor<'_>, workspace: WorkspaceId, days: i32) -> Result<()> {
    sqlx::query("update workspaces set retention_days = $2 where id = $1")
        .bind(workspace.0)
        .bind(days)
        .execute(db)
        .await?;
    Ok(())
}

/// Days that some workspace may not keep any more, oldest first.
pub async fn old_days(db: impl PgExecutor<'_>) -> Result<Vec<NaiveDate>> {
    let rows: Vec<(NaiveDate,)> = sqlx::query_as(
        "select day from (
             select to_date(right(c.relname, 8), 'YYYYMMDD') as day
             from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'journal'::regclass and c.relname ~ '^journal_[0-9]{8}$'
         ) days
         where day < (now() at time zone 'utc')::date - (select coalesce(min(retention_days), 1) from workspaces)
         order by day",
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// Whether anything that began on the day is kept: it lives, or ended not so long ago as its workspace wants.
pub async fn keeps_any(db: impl PgExecutor<'_>, day: NaiveDate) -> Result<bool> {
    let (from, to) = ids_of(day);
    let kept = sqlx::query_scalar(
        "select exists (
             select 1 from executions e join workspaces w on w.id = e.workspace_id
             where e.id >= $1 and e.id < $2
                 and (e.finished_at is null or e.finished_at >= now() - make_interval(days => w.retention_days)))",
    )
    .bind(from)
    .bind(to)
    .fetch_one(db)
    .await?;
    Ok(kept)
}

/// Deletes up to `limit` executions of the day that nobody keeps. Their journals stay, for [`drop_day`].
pub async fn forget(db: impl PgExecutor<'_>, day: NaiveDate, limit: i64) -> Result<u64> {
    let (from, to) = ids_of(day);
    let done = sqlx::query(
        "delete from executions where id in (
             select e.id from executions e join workspaces w on w.id = e.workspace_id
             where e.id >= $1 and e.id < $2 and e.finished_at < now() - make_interval(days => w.retention_days)
             limit $3)",
    )
    .bind(from)
    .bind(to)
    .bind(limit)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The same with their journals: others of the day are kept.
pub async fn forget_with_journals(db: impl PgExecutor<'_>, day: NaiveDate, limit: i64) -> Result<u64> {
    let (from, to) = ids_of(day);
    let count: i64 = sqlx::query_scalar(
        "with gone as (
             delete from executions where id in (
                 select e.id from executions e join workspaces w on w.id = e.workspace_id
                 where e.id >= $1 and e.id < $2 and e.finished_at < now() - make_interval(days => w.retention_days)
                 limit $3)
             returning id
         ), lines as (
             delete from journal j using gone where j.execution_id = gone.id and j.day = $4
         )
         select count(*) from gone",
    )
    .bind(from)
    .bind(to)
    .bind(limit)
    .bind(day)
    .fetch_one(db)
    .await?;
    Ok(count as u64)
}

/// Drops the day's part of the journal. Only after nothing of the day is left.
pub async fn drop_day(db: impl PgExecutor<'_>, day: NaiveDate) -> Result<()> {
    sqlx::query("select drop_journal_day($1)").bind(day).execute(db).await?;
    Ok(())
}

/// Deletes letters that nobody will read: their executions are over or gone.
pub async fn drop_dead_letters(db: impl PgExecutor<'_>) -> Result<u64> {
    let done = sqlx::query(
        "delete from inbox i where i.created_at < now() - interval '1 minute' and not exists (
             select 1 from executions e where e.id = i.execution_id and e.finished_at is null)",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The session's lock on the duties of the leader; false: another replica is at it.
pub async fn lead(db: impl PgExecutor<'_>) -> Result<bool> {
    let leads = sqlx::query_scalar("select pg_try_advisory_lock(hashtext('flowpilot upkeep'))").fetch_one(db).await?;
    Ok(leads)
}

/// The least id of the day and that of the next: ids begin with the milliseconds of their making.
fn ids_of(day: NaiveDate) -> (Uuid, Uuid) {
    let least = |day: NaiveDate| {
        let begins: DateTime<chrono::Utc> = day.and_time(NaiveTime::MIN).and_utc();
        Uuid::from_u128((begins.timestamp_millis().max(0) as u128) << 80)
    };
    (least(day), least(day + Days::new(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::id::ExecutionId, server::store::journal::day_of};

    #[test]
    fn an_id_lies_in_the_range_of_its_day() {
        let id = |seconds| {
            let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, 999_000_000);
            Uuid::new_v7(time)
        };
        // The last second of a day, and the first of the next.
        let midnight = 1_795_132_800;
        for (seconds, text) in [(midnight - 1, "2026-11-19"), (midnight, "2026-11-20")] {
            let (id, day) = (id(seconds), text.parse().unwrap());
            assert_eq!(day_of(ExecutionId(id)), day);
            let (from, to) = ids_of(day);
            assert!(from <= id && id < to, "{text}");
        }
        assert_eq!(day_of(ExecutionId(Uuid::from_u128(7))), NaiveDate::default());
    }
}
