//! What can be done about executions that failed: replay one or many at a rate, or put them away. A replay is a mark in
//! the database; whichever replica finds it due starts it once, also after a crash.

use std::sync::Arc;

use sqlx::PgPool;

use crate::{
    api::ApiError,
    domain::{dead_letter::DeadLetterFilter, event::Cause, id::ExecutionId, limit::Priority, role::Action},
    server::{
        Caller, Error, Result,
        engine::{Engine, Start},
        store::{
            self,
            dead_letters::{DueReplay, Replays},
        },
    },
};

/// Dead letters that one request replays, at most.
pub const MOST: i64 = 100_000;
/// Replays per second, at most, and without a wish.
pub const MOST_PER_SECOND: f64 = 1_000.0;
pub const USUAL_PER_SECOND: f64 = 10.0;
/// Replays that one transaction takes.
const BATCH: i64 = 100;

/// What to replay, how many, how fast and on which version.
#[derive(Clone, Debug)]
pub struct Wish {
    pub filter: DeadLetterFilter,
    pub limit: i64,
    pub per_second: f64,
    pub live: bool,
}

/// Marks them for replay, the oldest first. Gives how many.
pub async fn replay(caller: &Caller, mut wish: Wish) -> Result<u64> {
    wish.filter.workflow_id = caller.require_narrowed(Action::RunExecutions, wish.filter.workflow_id)?;
    mark(caller, wish).await
}

async fn mark(caller: &Caller, wish: Wish) -> Result<u64> {
    if !(1..=MOST).contains(&wish.limit) {
        return Err(ApiError::invalid("limit", format!("Replay 1 to {MOST} at a time.")).into());
    }
    if !(0.001..=MOST_PER_SECOND).contains(&wish.per_second) {
        return Err(ApiError::invalid("per_second", format!("Replay 0.001 to {MOST_PER_SECOND} per second.")).into());
    }
    let Wish { filter, limit, per_second, live } = &wish;
    let (limit, per_second, live, by) = (*limit, *per_second, *live, caller.email.as_str());
    let replays = Replays { filter, limit, per_second, live, by };
    let mut tx = caller.begin().await?;
    let count = store::dead_letters::schedule(&mut *tx, caller.workspace, &replays).await?;
    tx.commit().await?;
    // Nobody has to wait for the next look.
    sweep(&caller.app.everywhere, &caller.app.engine).await?;
    Ok(count)
}

/// Replays this one, now. Gives the execution that replays it.
pub async fn replay_one(caller: &Caller, id: ExecutionId, live: bool) -> Result<ExecutionId> {
    caller.require_of(Action::RunExecutions, id).await?;
    open(caller, id).await?;
    let filter = DeadLetterFilter { execution_id: Some(id), ..DeadLetterFilter::default() };
    mark(caller, Wish { filter, limit: 1, per_second: 1.0, live }).await?;
    let letter = store::dead_letters::find(&mut *caller.begin().await?, caller.workspace, id).await?;
    let letter = letter.ok_or_else(|| ApiError::not_found("dead letter"))?;
    match (letter.resolved.and_then(|resolved| resolved.replayed_as), letter.replay_error) {
        (Some(execution), _) => Ok(execution),
        (None, Some(error)) => Err(ApiError::conflict("not_replayed", error).into()),
        (None, None) => Err(ApiError::conflict("replay_waits", "Its replay is already waiting for its turn.").into()),
    }
}

/// Puts this one away.
pub async fn discard(caller: &Caller, id: ExecutionId) -> Result<()> {
    caller.require_of(Action::RunExecutions, id).await?;
    open(caller, id).await?;
    let filter = DeadLetterFilter { execution_id: Some(id), ..DeadLetterFilter::default() };
    let mut tx = caller.begin().await?;
    store::dead_letters::discard(&mut *tx, caller.workspace, &filter, &caller.email).await?;
    tx.commit().await
}

async fn open(caller: &Caller, id: ExecutionId) -> Result<()> {
    let letter = store::dead_letters::find(&mut *caller.begin().await?, caller.workspace, id).await?;
    let letter = letter.ok_or_else(|| ApiError::not_found("dead letter"))?;
    match letter.resolved {
        None => Ok(()),
        Some(resolved) => {
            let detail = format!("{} dealt with it already: it was {}.", resolved.by, resolved.how.name());
            Err(ApiError::conflict("resolved", detail).into())
        }
    }
}

/// Starts the replays that are due.
pub async fn sweep(pool: &PgPool, engine: &Engine) -> Result<()> {
    loop {
        let mut tx = pool.begin().await?;
        let due = store::dead_letters::due(&mut *tx, BATCH).await?;
        let is_full = due.len() == BATCH as usize;
        let mut is_put_off = false;
        for replay in due {
            let outcome = match start(pool, engine, &replay).await {
                Ok(execution) => Ok(execution),
                // Tried again with the next look.
                Err(Error::Overloaded(_) | Error::Fenced | Error::Database(_)) => {
                    is_put_off = true;
                    continue;
                }
                Err(error) => Err(ApiError::from(error).detail),
            };
            let outcome = outcome.as_ref().map(|id| *id).map_err(String::as_str);
            store::dead_letters::replayed(&mut *tx, replay.workspace, replay.execution, outcome).await?;
        }
        tx.commit().await?;
        if !is_full || is_put_off {
            return Ok(());
        }
    }
}

async fn start(pool: &PgPool, engine: &Engine, replay: &DueReplay) -> Result<ExecutionId> {
    let origin = store::origins::find(pool, replay.workspace, replay.execution).await?;
    let origin = origin.ok_or_else(|| ApiError::not_found("execution"))?;
    if origin.workflow_is_deleted {
        return Err(ApiError::conflict("deleted", "Its workflow was deleted; it cannot run again.").into());
    }
    let (version, definition) = match replay.live {
        false => (origin.version, origin.definition),
        true => store::versions::live(pool, replay.workspace, origin.workflow).await?.ok_or_else(|| {
            ApiError::conflict("not_published", "The workflow is not published. Replay on the version that failed.")
        })?,
    };
    // Replays make room for new work, unless their start asked for more.
    let priority = origin.cause.priority.or(Some(Priority::Low));
    // Whoever waited for the failed one has heard of its end.
    let by = Some(replay.by.clone());
    let via = "replay".to_owned();
    let cause = Cause { via, by, priority, parent: None, restart: None, breakpoints: Vec::new(), ..origin.cause };
    let start = Start {
        workspace: replay.workspace,
        workflow: origin.workflow,
        version,
        definition: Arc::new(definition),
        cause,
        // Started once, though its note may be lost in a crash.
        idempotency_key: Some(format!("replay:{}", replay.execution)),
    };
    engine.start(start).await
}
