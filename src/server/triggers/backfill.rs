//! Backfill: a schedule's times of a range that has passed are started as if they had fired, each once.

use chrono::{DateTime, TimeDelta, Utc};

use super::{schedule_of, scheduler::start_of};
use crate::{
    api::ApiError,
    domain::{
        id::{ExecutionId, TriggerId},
        limit::Priority,
        role::Action,
    },
    server::{Caller, Result, store},
};

/// Times that one call starts, at most.
pub const MOST: usize = 1_000;

/// Starts the times from `from` to `to` that have no execution yet, the oldest first and with low priority, whatever the
/// schedule says of overlaps. Gives the executions.
pub async fn backfill(
    caller: &Caller,
    trigger: TriggerId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ExecutionId>> {
    caller.require_within(Action::RunExecutions)?;
    let mut tx = caller.begin().await?;
    let schedule = store::fires::find(&mut *tx, caller.workspace, trigger).await?;
    let schedule = schedule.ok_or_else(|| ApiError::not_found("schedule"))?;
    caller.require_on(Action::RunExecutions, schedule.workflow)?;
    let (Some(version), Some(times)) = (schedule.version, schedule_of(&schedule.definition)) else {
        let detail = "The schedule is not live. Publish its workflow first.";
        return Err(ApiError::conflict("not_published", detail).into());
    };
    if to > schedule.now {
        return Err(ApiError::invalid("to", "The range has to be over. Choose an earlier end.").into());
    }
    if from > to {
        return Err(ApiError::invalid("from", "The range begins after its end. Choose an earlier beginning.").into());
    }
    let before = from - TimeDelta::milliseconds(1);
    let wanted: Vec<_> = times.times_after(before).take_while(|at| *at <= to).take(MOST + 1).collect();
    if wanted.len() > MOST {
        let detail = format!("More than {MOST} times lie in this range. Choose a shorter one.");
        return Err(ApiError::invalid("to", detail).into());
    }
    let fired = store::fires::fired(&mut *tx, caller.workspace, trigger, (from, to)).await?;
    let definition = caller.app.versions.get(&mut *tx, (schedule.workspace, schedule.workflow, version)).await?;
    drop(tx);
    let mut started = Vec::new();
    for at in wanted.into_iter().filter(|at| !fired.contains(at)) {
        let mut start = start_of(&schedule, version, definition.clone(), at);
        start.cause.via = "backfill".to_owned();
        start.cause.by = Some(caller.email.clone());
        start.cause.priority = Some(Priority::Low);
        let execution = caller.app.engine.start(start).await?;
        let mut tx = caller.begin().await?;
        store::fires::settle(&mut *tx, caller.workspace, trigger, at, Some(execution)).await?;
        tx.commit().await?;
        started.push(execution);
    }
    Ok(started)
}
