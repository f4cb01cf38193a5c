//! Fires schedules. tokio-cron-scheduler is the heartbeat, Postgres the truth: whichever replica locks a due row fires
//! it, and a unique key decides that each time fires once. No replica leads.

use std::{future::Future, pin::Pin, sync::Arc};

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{StreamExt, stream};
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{schedule::Due, schedule_of, versions::Versions};
use crate::{
    domain::{
        event::Cause,
        id::{ExecutionId, TriggerId},
    },
    server::{
        AppState, Error, Result, dead_letters,
        engine::{Engine, Start},
        store::{
            self,
            fires::{DueSchedule, Settled},
        },
    },
};

/// Due schedules that one transaction takes.
const BATCH: usize = 500;

/// Executions that a batch starts at the same time.
const STARTS: usize = 64;

/// The running heartbeat of one replica.
pub struct Scheduler {
    heartbeat: JobScheduler,
    sweep: Arc<Sweep>,
}

impl Scheduler {
    /// Begins to fire: once a second what is due, once an hour the clean-up.
    pub async fn start(app: &AppState) -> Result<Self> {
        let sweep = Arc::new(Sweep::new(app.pool.clone(), app.engine.clone()));
        let heartbeat = JobScheduler::new().await.map_err(Error::internal)?;
        heartbeat.add(every("* * * * * *", &sweep, Sweep::beat)?).await.map_err(Error::internal)?;
        heartbeat.add(every("0 7 * * * *", &sweep, Sweep::forget)?).await.map_err(Error::internal)?;
        heartbeat.add(every("* * * * * *", &sweep, Sweep::replay)?).await.map_err(Error::internal)?;
        heartbeat.start().await.map_err(Error::internal)?;
        Ok(Self { heartbeat, sweep })
    }

    /// Ends the heartbeat. When this returns, what was being fired is committed and nothing more fires here.
    pub async fn stop(mut self) {
        *self.sweep.open.lock().await = false;
        if let Err(error) = self.heartbeat.shutdown().await {
            tracing::warn!(%error, "the scheduler's heartbeat did not end cleanly");
        }
    }
}

type Beat = Pin<Box<dyn Future<Output = ()> + Send>>;

fn every<F>(cron: &str, sweep: &Arc<Sweep>, duty: fn(Arc<Sweep>) -> F) -> Result<Job>
where
    F: Future<Output = ()> + Send + 'static,
{
    let sweep = Arc::clone(sweep);
    let run = move |_, _| -> Beat { Box::pin(duty(Arc::clone(&sweep))) };
    Job::new_async(cron, run).map_err(Error::internal)
}

/// Finds due schedules and fires them.
pub struct Sweep {
    pool: PgPool,
    engine: Engine,
    versions: Versions,
    /// Held while a beat is under way; false once it was the last.
    open: Mutex<bool>,
}

impl Sweep {
    pub fn new(pool: PgPool, engine: Engine) -> Self {
        Self { pool, engine, versions: Versions::default(), open: Mutex::new(true) }
    }

    async fn beat(self: Arc<Self>) {
        // A beat that takes longer than a second does the next one's work too.
        let Ok(open) = self.open.try_lock() else { return };
        if *open && let Err(error) = self.fire_due().await {
            tracing::warn!(%error, "due schedules could not be fired; the next second tries again");
        }
    }

    async fn replay(self: Arc<Self>) {
        if let Err(error) = dead_letters::sweep(&self.pool, &self.engine).await {
            tracing::warn!(%error, "replays that are due could not be started; the next second tries again");
        }
    }

    async fn forget(self: Arc<Self>) {
        if let Err(error) = store::fires::forget(&self.pool).await {
            tracing::warn!(%error, "old times of schedules could not be deleted; the next hour tries again");
        }
    }

    /// Fires every schedule that is due and that no other replica is firing.
    pub async fn fire_due(&self) -> Result<()> {
        while self.fire_batch().await? == BATCH {}
        Ok(())
    }

    /// Answers how many schedules went on to their next time. The rows stay locked until everything about them is
    /// committed. A replica that dies in between leaves executions behind; whoever fires next finds them by their key.
    async fn fire_batch(&self) -> Result<usize> {
        let mut tx = self.pool.begin().await?;
        let due = store::fires::take_due(&mut *tx, BATCH as i64).await?;
        let fired: Vec<Fired> =
            stream::iter(due).map(|schedule| self.fire(schedule)).buffer_unordered(STARTS).collect().await;
        let moved: Vec<_> = fired.iter().filter(|fired| fired.complete).collect();
        let next: Vec<_> = fired.iter().map(|fired| (fired.trigger, fired.next)).collect();
        let count = moved.len();
        let settled: Vec<Settled> = fired.into_iter().flat_map(|fired| fired.settled).collect();
        store::fires::record(&mut *tx, &settled).await?;
        store::fires::advance(&mut *tx, &next).await?;
        tx.commit().await?;
        Ok(count)
    }

    async fn fire(&self, schedule: DueSchedule) -> Fired {
        let mut fired = Fired { trigger: schedule.trigger, settled: Vec::new(), next: None, complete: true };
        let (Some(version), Some(times)) = (schedule.version, schedule_of(&schedule.definition)) else {
            return fired;
        };
        let Due { fire, missed, next } = times.due(schedule.next_at, schedule.now);
        fired.settled.extend(missed.into_iter().map(|at| settled(&schedule, at, None)));
        fired.next = next;
        for at in fire {
            match self.start(&schedule, version, at).await {
                Ok(execution) => fired.settled.push(settled(&schedule, at, Some(execution))),
                Err(error) if passes(&error) => {
                    tracing::warn!(trigger = %schedule.trigger, %at, %error, "a schedule waits: it could not start");
                    return Fired { next: Some(at), complete: false, ..fired };
                }
                Err(error) => {
                    tracing::error!(trigger = %schedule.trigger, %at, %error, "a schedule missed: it cannot start");
                    fired.settled.push(settled(&schedule, at, None));
                }
            }
        }
        fired
    }

    async fn start(&self, schedule: &DueSchedule, version: i32, at: DateTime<Utc>) -> Result<ExecutionId> {
        let version_key = (schedule.workspace, schedule.workflow, version);
        let definition = self.versions.get(&self.pool, version_key).await?;
        let start = Start {
            workspace: schedule.workspace,
            workflow: schedule.workflow,
            version,
            definition,
            idempotency_key: Some(key(schedule.trigger, at)),
            cause: Cause {
                trigger: Some(schedule.node.clone()),
                via: "schedule".to_owned(),
                by: None,
                input: json!({ "scheduled_at": at.to_rfc3339_opts(SecondsFormat::Secs, true) }),
                ..Cause::default()
            },
        };
        self.engine.start(start).await
    }
}

/// What came of one due schedule.
struct Fired {
    trigger: TriggerId,
    settled: Vec<Settled>,
    /// The first time that is not settled.
    next: Option<DateTime<Utc>>,
    /// Whether nothing that is due was left for the next second.
    complete: bool,
}

fn settled(schedule: &DueSchedule, at: DateTime<Utc>, execution: Option<ExecutionId>) -> Settled {
    let (workspace, workflow, trigger) = (schedule.workspace, schedule.workflow, schedule.trigger);
    Settled { workspace, workflow, trigger, at, key: key(trigger, at), execution }
}

fn key(trigger: TriggerId, at: DateTime<Utc>) -> String {
    format!("schedule:{trigger}:{}", at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Whether the same start may succeed in a moment.
fn passes(error: &Error) -> bool {
    match error {
        Error::Overloaded(_) | Error::Fenced | Error::Database(_) => true,
        Error::Api(error) => error.status >= 429,
        _ => false,
    }
}
