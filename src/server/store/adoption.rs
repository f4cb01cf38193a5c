//! How executions change hands: live ones of a retired replica, and sleeping ones whose timer is due or that have mail.
//! An execution that sleeps has no replica; whoever sets its own first has it. Only a replica that is not retired may
//! take: its row is locked for that long, so that no execution goes to a replica that nobody looks after any more.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        id::{ExecutionId, ReplicaId, WorkflowId, WorkspaceId},
        workflow::Workflow,
    },
    server::Result,
};

/// An execution that changed hands, with what it runs.
pub struct Taken {
    pub workspace: WorkspaceId,
    pub execution: ExecutionId,
    pub workflow: WorkflowId,
    pub version: i32,
    pub definition: Workflow,
}

#[derive(sqlx::FromRow)]
pub(super) struct TakenRow {
    workspace_id: Uuid,
    id: Uuid,
    workflow_id: Uuid,
    version: i32,
    definition: Option<String>,
}

/// Completes the statement that names those to take as `chosen (id)`; `$1` is the replica that takes them and `$2`
/// the one that had them (none: they sleep).
macro_rules! take {
    ($chosen:literal) => {
        concat!(
            "with me as materialized (select 1 from replicas where id = $1 and retired_at is null for share), ",
            $chosen,
            ", taken as (
                 update executions e set replica_id = $1
                 from me, chosen
                 where e.id = chosen.id and e.replica_id is not distinct from $2 and e.finished_at is null
                 returning e.workspace_id, e.id, e.workflow_id, e.version, e.definition
             )
             select t.workspace_id, t.id, t.workflow_id, t.version, coalesce(t.definition, v.definition)::text as definition
             from taken t
             left join workflow_versions v
                 on v.workspace_id = t.workspace_id and v.workflow_id = t.workflow_id and v.version = t.version
             order by t.id"
        )
    };
}

/// Gives up to `limit` live executions of the retired replica to `to`, the youngest first: those are the likeliest to
/// have work under way. `before` is the oldest taken so far, so that nothing is looked at twice. Several replicas may
/// take at the same time.
pub async fn take(
    db: impl PgExecutor<'_>,
    from: ReplicaId,
    to: ReplicaId,
    before: Option<ExecutionId>,
    limit: i64,
) -> Result<Vec<Taken>> {
    let rows: Vec<TakenRow> = sqlx::query_as(take!(
        "chosen as materialized (
             select id from executions
             where replica_id = $2 and finished_at is null and id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
             order by id desc limit $4 for update skip locked)"
    ))
    .bind(to.0)
    .bind(from.0)
    .bind(before.map(|execution| execution.0))
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(TakenRow::read).collect())
}

/// Takes up to `limit` sleeping executions whose timers are due within so many seconds, by the database's clock.
pub async fn wake_due(db: impl PgExecutor<'_>, me: ReplicaId, within_secs: f64, limit: i64) -> Result<Vec<Taken>> {
    let rows: Vec<TakenRow> = sqlx::query_as(take!(
        "due as materialized (
             select execution_id as id from timers, me
             where due_at <= now() + make_interval(secs => $3)
             order by due_at limit $4 for update of timers skip locked
         ), chosen as materialized (delete from timers using due where execution_id = due.id returning due.id)"
    ))
    .bind(me.0)
    .bind(None::<Uuid>)
    .bind(within_secs)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(TakenRow::read).collect())
}

/// Takes up to `limit` sleeping executions that have letters. Their timers stay: one that finds its execution awake or
/// asleep anew does no harm.
pub async fn wake_with_mail(db: impl PgExecutor<'_>, me: ReplicaId, limit: i64) -> Result<Vec<Taken>> {
    let rows: Vec<TakenRow> = sqlx::query_as(take!(
        "chosen as materialized (
             select distinct e.id from inbox i join executions e on e.id = i.execution_id
             where e.replica_id is null and e.finished_at is null limit $3)"
    ))
    .bind(me.0)
    .bind(None::<Uuid>)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(TakenRow::read).collect())
}

/// Live executions that are this replica's already, by id, after the one given.
pub async fn of(
    db: impl PgExecutor<'_>,
    replica: ReplicaId,
    after: Option<ExecutionId>,
    limit: i64,
) -> Result<Vec<Taken>> {
    let rows: Vec<TakenRow> = sqlx::query_as(
        "select e.workspace_id, e.id, e.workflow_id, e.version,
             coalesce(e.definition, v.definition)::text as definition
         from executions e
         left join workflow_versions v
             on v.workspace_id = e.workspace_id and v.workflow_id = e.workflow_id and v.version = e.version
         where e.replica_id = $1 and e.finished_at is null and ($2::uuid is null or e.id > $2)
         order by e.id limit $3",
    )
    .bind(replica.0)
    .bind(after.map(|execution| execution.0))
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(TakenRow::read).collect())
}

impl TakenRow {
    /// None: what it runs cannot be read. That must not keep the others waiting.
    pub(super) fn read(self) -> Option<Taken> {
        let execution = ExecutionId(self.id);
        let definition = match serde_json::from_str(self.definition.as_deref().unwrap_or_default()) {
            Ok(definition) => definition,
            Err(error) => {
                tracing::error!(%error, %execution, "the definition cannot be read; the execution stays as it is");
                return None;
            }
        };
        Some(Taken {
            workspace: WorkspaceId(self.workspace_id),
            execution,
            workflow: WorkflowId(self.workflow_id),
            version: self.version,
            definition,
        })
    }
}
