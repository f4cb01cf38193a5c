//! Passivation: an execution that only waits leaves memory and costs rows. Its timer, kept by the statement that wrote
//! its last events, or a letter brings it back, on whichever replica looks first.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Engine, adoption, mail::jittered, owned::Owned};
use crate::{
    domain::{execution::TaskRunStatus, id::ReplicaId},
    server::{Result, store},
};

/// A wait that is shorter is sat out in memory.
const SHORTEST: TimeDelta = TimeDelta::seconds(5);
/// What waits for something without a time, such as an approval or another execution, stays so long for the case that
/// it comes soon.
const LINGER: TimeDelta = TimeDelta::seconds(2);
/// Whoever was just brought back stays so long.
const AFTER_WAKING: TimeDelta = TimeDelta::seconds(10);
/// Executions are back in memory so long before they are due, so that they are in time.
const AHEAD_SECS: f64 = 2.0;
const LOOK_EVERY: Duration = Duration::from_millis(800);
const CHUNK: i64 = 500;

impl Owned {
    /// From when on it may sleep if nothing happens; none: attempts are under way, its
    /// replica stops and leaves it to another one, or it is over.
    fn rests_at(&self) -> Option<DateTime<Utc>> {
        let is_busy = !self.attempts.is_empty() || self.state.is_running();
        if is_busy || self.is_leaving || self.asks_for_its_key() || self.state.status.is_finished() {
            return None;
        }
        let mut waiting = self.state.task_runs.values().filter(|run| run.status == TaskRunStatus::Waiting).peekable();
        let knows_its_time = (self.is_quiet() || waiting.peek().is_some()) && waiting.all(|run| run.due_at.is_some());
        let rests_at = if knows_its_time { self.changed_at } else { self.changed_at + LINGER };
        Some(self.woken_at.map_or(rests_at, |woken_at| rests_at.max(woken_at + AFTER_WAKING)))
    }

    /// Whether it leaves memory now: nothing runs, and nothing is due for some seconds.
    pub fn falls_asleep(&self, now: DateTime<Utc>) -> bool {
        self.rests_at().is_some_and(|rests_at| rests_at <= now) && self.due_at().is_none_or(|due| due - now >= SHORTEST)
    }

    /// The alarm that the lane has to set, if it is another one than before.
    pub fn set_alarm(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let look_at = self.look_at(now);
        let is_new = look_at != self.alarm;
        self.alarm = look_at;
        look_at.filter(|_| is_new)
    }

    /// When the lane looks again though nothing happens: something is due, or it may sleep.
    fn look_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.falls_asleep(now) {
            return None;
        }
        let due = self.due_at();
        let is_worth_it = |rests_at: &DateTime<Utc>| due.is_none_or(|due| due - *rests_at >= SHORTEST);
        self.rests_at().filter(|rests_at| *rests_at > now).filter(is_worth_it).or(due)
    }
}

/// A duty: brings back what is due soon.
pub async fn wake(engine: Engine, replica: ReplicaId) {
    loop {
        match wake_due(&engine, replica).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "timers could not be read; trying again"),
        }
        tokio::time::sleep(jittered(LOOK_EVERY)).await;
    }
}

/// True: there may be more, and room for it.
async fn wake_due(engine: &Engine, replica: ReplicaId) -> Result<bool> {
    let limit = engine.room().min(CHUNK);
    if limit == 0 {
        return Ok(false);
    }
    let woken = store::adoption::wake_due(&engine.core.parts.pool, replica, AHEAD_SECS, limit).await;
    let woken = adoption::or_doubt(engine, woken)?;
    let is_full = woken.len() as i64 == limit;
    adoption::load_all(engine, replica, woken).await?;
    Ok(is_full)
}
