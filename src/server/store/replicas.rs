//! Replicas and their lanes: heartbeats, and the fence that ends a silent replica's right to write.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{domain::id::ReplicaId, server::Result};

/// Makes the replica known, with its lanes at epoch 1.
pub async fn register(db: impl PgExecutor<'_>, replica: ReplicaId, lanes: i32, host: &str) -> Result<()> {
    sqlx::query(
        "with replica as (insert into replicas (id, host) values ($1, $3) returning id)
         insert into lanes (replica_id, lane) select replica.id, lane from replica, generate_series(0, $2 - 1) lane",
    )
    .bind(replica.0)
    .bind(lanes)
    .bind(host)
    .execute(db)
    .await?;
    Ok(())
}

/// Says which worker groups the replica serves.
pub async fn serve(db: impl PgExecutor<'_>, replica: ReplicaId, groups: &[String]) -> Result<()> {
    sqlx::query("update replicas set groups = $2 where id = $1").bind(replica.0).bind(groups).execute(db).await?;
    Ok(())
}

/// Says that the replica lives and how many slots it has left for others. Gives how many others have left; none: it was
/// fenced off and must stop.
pub async fn beat(db: impl PgExecutor<'_>, replica: ReplicaId, free_slots: i32) -> Result<Option<i64>> {
    let idle_elsewhere = sqlx::query_scalar(
        "update replicas set heartbeat_at = now(), free_slots = $2
         where id = $1 and retired_at is null
         returning (select coalesce(sum(free_slots), 0) from replicas where id <> $1 and retired_at is null)",
    )
    .bind(replica.0)
    .bind(free_slots)
    .fetch_optional(db)
    .await?;
    Ok(idle_elsewhere)
}

/// Fences off every replica but `me` that was silent for longer than `silence_secs` by the database's clock: their
/// lanes' epochs rise, which waits for a batch that is being written. Their executions are free to adopt then.
pub async fn retire_silent(db: impl PgExecutor<'_>, me: ReplicaId, silence_secs: f64) -> Result<Vec<ReplicaId>> {
    let rows: Vec<(Uuid,)> = sqlx::query_as(
        "with silent as (
             update replicas set retired_at = now()
             where id <> $1 and retired_at is null and heartbeat_at < now() - make_interval(secs => $2)
             returning id
         ), fenced as (
             update lanes set epoch = epoch + 1 from silent where lanes.replica_id = silent.id
         )
         select id from silent",
    )
    .bind(me.0)
    .bind(silence_secs)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ReplicaId(id)).collect())
}

/// Steps down: the others need not wait for the silence.
pub async fn step_down(db: impl PgExecutor<'_>, replica: ReplicaId) -> Result<()> {
    sqlx::query(
        "with me as (update replicas set retired_at = now() where id = $1 and retired_at is null returning id)
         update lanes set epoch = epoch + 1 from me where lanes.replica_id = me.id",
    )
    .bind(replica.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Replicas that were fenced off and may still have executions.
pub async fn retired(db: impl PgExecutor<'_>) -> Result<Vec<ReplicaId>> {
    let rows: Vec<(Uuid,)> =
        sqlx::query_as("select id from replicas where retired_at is not null").fetch_all(db).await?;
    Ok(rows.into_iter().map(|(id,)| ReplicaId(id)).collect())
}

/// Forgets a retired replica once nothing of it is left to adopt.
pub async fn forget(db: impl PgExecutor<'_>, replica: ReplicaId) -> Result<()> {
    sqlx::query(
        "delete from replicas where id = $1 and retired_at is not null
         and not exists (select 1 from executions where replica_id = $1 and finished_at is null)",
    )
    .bind(replica.0)
    .execute(db)
    .await?;
    Ok(())
}
