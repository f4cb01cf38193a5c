//! Fires schedules. tokio-cron-scheduler is the heartbeat, Postgres the truth: whichever replica locks a due row fires
//! it, and a unique key decides that each time fires once. No replica leads.

use std::{future::Future, pin::Pin, sync::Arc};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{
    overlap::{self, Occupancy, Verdict},
    schedule::Due,
    schedule_of,
    versions::Versions,
};
use crate::{
    domain::{
        event::Cause,
        id::{ExecutionId, TriggerId},
        trigger::{FireOutcome, Overlap, SchedulePolicy, Trigger},
        workflow::Workflow,
    },
    server::{
        AppState, Error, Result, dead_letters,
        engine::{Engine, Start},
        store::{
            self,
            fires::{DueSchedule, Next, Ready, Settled},
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
        let sweep = Arc::new(Sweep::new(app.everywhere.clone(), app.engine.clone()));
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
        if *open && let Err(error) = self.fire_all().await {
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

    async fn fire_all(&self) -> Result<()> {
        self.fire_ready().await?;
        self.fire_due().await
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
        let next = |fired: &Fired| Next { trigger: fired.trigger, at: fired.next, due_at: fired.due_at };
        let next: Vec<Next> = fired.iter().map(next).collect();
        let count = moved.len();
        let settled: Vec<Settled> = fired.into_iter().flat_map(|fired| fired.settled).collect();
        store::fires::record(&mut *tx, &settled).await?;
        store::fires::advance(&mut *tx, &next).await?;
        tx.commit().await?;
        Ok(count)
    }

    async fn fire(&self, schedule: DueSchedule) -> Fired {
        let mut fired =
            Fired { trigger: schedule.trigger, settled: Vec::new(), next: None, due_at: None, complete: true };
        let (Some(version), Some(times)) = (schedule.version, schedule_of(&schedule.definition)) else {
            return fired;
        };
        let policy = policy_of(&schedule.definition);
        let Due { fire, missed, next } =
            times.due(schedule.next_at, schedule.now, TimeDelta::seconds(policy.catch_up_secs.into()));
        fired.settled.extend(missed.into_iter().map(|at| settled(&schedule, at, None)));
        fired.come_next(next, policy);
        let mut occupancy = match self.occupancy(&schedule, policy.overlap).await {
            Ok(occupancy) => occupancy,
            Err(error) => {
                tracing::warn!(trigger = %schedule.trigger, %error, "a schedule waits: its executions are not known");
                return Fired { settled: Vec::new(), complete: false, ..fired.again_at(schedule.next_at, policy) };
            }
        };
        for at in fire {
            if overlap::put_off(schedule.trigger, at, policy.jitter_secs) > schedule.now {
                return fired.again_at(at, policy);
            }
            match self.carry_out(&schedule, version, at, &mut occupancy, policy.overlap).await {
                Ok(settled) => fired.settled.push(settled),
                Err(error) if passes(&error) => {
                    tracing::warn!(trigger = %schedule.trigger, %at, %error, "a schedule waits: it could not start");
                    return Fired { complete: false, ..fired.again_at(at, policy) };
                }
                Err(error) => {
                    tracing::error!(trigger = %schedule.trigger, %at, %error, "a schedule missed: it cannot start");
                    fired.settled.push(settled(&schedule, at, None));
                }
            }
        }
        fired
    }

    async fn occupancy(&self, schedule: &DueSchedule, overlap: Overlap) -> Result<Occupancy> {
        if overlap == Overlap::Allow {
            return Ok(Occupancy::default());
        }
        let under_way = store::fires::under_way(&self.pool, schedule.workspace, schedule.trigger).await?;
        let waiting = store::fires::buffered(&self.pool, schedule.workspace, schedule.trigger).await?;
        Ok(Occupancy { under_way, waiting })
    }

    /// Does with a time that has come what the schedule says.
    async fn carry_out(
        &self,
        schedule: &DueSchedule,
        version: i32,
        at: DateTime<Utc>,
        occupancy: &mut Occupancy,
        overlap: Overlap,
    ) -> Result<Settled> {
        let verdict = occupancy.judge(overlap);
        if verdict == Verdict::Replace {
            for execution in occupancy.under_way.drain(..) {
                self.cancel(schedule, execution).await?;
            }
        }
        match verdict {
            Verdict::Start | Verdict::Replace => {
                let execution = self.start(schedule, version, at).await?;
                occupancy.under_way.push(execution);
                Ok(settled(schedule, at, Some(execution)))
            }
            Verdict::Skip => Ok(Settled { otherwise: FireOutcome::Skipped, ..settled(schedule, at, None) }),
            Verdict::Wait => {
                occupancy.waiting += 1;
                Ok(Settled { otherwise: FireOutcome::Buffered, ..settled(schedule, at, None) })
            }
        }
    }

    /// One that is over already needs no cancelling.
    async fn cancel(&self, schedule: &DueSchedule, execution: ExecutionId) -> Result<()> {
        match self.engine.cancel(schedule.workspace, execution, "the next time of its schedule").await {
            Err(Error::Api(_)) => Ok(()),
            done => done,
        }
    }

    async fn start(&self, schedule: &DueSchedule, version: i32, at: DateTime<Utc>) -> Result<ExecutionId> {
        let version_key = (schedule.workspace, schedule.workflow, version);
        let definition = self.versions.get(&self.pool, version_key).await?;
        self.engine.start(start_of(schedule, version, definition, at)).await
    }

    /// Starts times that waited for the end of an execution that is over now.
    pub async fn fire_ready(&self) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        for Ready { schedule, at } in store::fires::ready(&mut *tx, BATCH as i64).await? {
            let execution = match schedule.version {
                Some(version) => match self.start(&schedule, version, at).await {
                    Ok(execution) => Some(execution),
                    Err(error) if passes(&error) => continue,
                    Err(error) => {
                        tracing::error!(trigger = %schedule.trigger, %at, %error, "a schedule missed: it cannot start");
                        None
                    }
                },
                None => None,
            };
            store::fires::settle(&mut *tx, schedule.workspace, schedule.trigger, at, execution).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// The start of one time of a schedule.
pub fn start_of(schedule: &DueSchedule, version: i32, definition: Arc<Workflow>, at: DateTime<Utc>) -> Start {
    Start {
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
    }
}

fn policy_of(trigger: &Trigger) -> SchedulePolicy {
    match trigger {
        Trigger::Schedule { policy, .. } => *policy,
        _ => SchedulePolicy::default(),
    }
}

/// What came of one due schedule.
struct Fired {
    trigger: TriggerId,
    settled: Vec<Settled>,
    /// The first time that is not settled.
    next: Option<DateTime<Utc>>,
    /// When that fires, where jitter puts it off.
    due_at: Option<DateTime<Utc>>,
    /// Whether nothing that is due was left for the next second.
    complete: bool,
}

impl Fired {
    fn come_next(&mut self, next: Option<DateTime<Utc>>, policy: SchedulePolicy) {
        self.next = next;
        let has_jitter = policy.jitter_secs > 0;
        self.due_at = next.filter(|_| has_jitter).map(|at| overlap::put_off(self.trigger, at, policy.jitter_secs));
    }

    /// This time is not settled yet.
    fn again_at(mut self, at: DateTime<Utc>, policy: SchedulePolicy) -> Self {
        self.come_next(Some(at), policy);
        self
    }
}

fn settled(schedule: &DueSchedule, at: DateTime<Utc>, execution: Option<ExecutionId>) -> Settled {
    let (workspace, workflow, trigger) = (schedule.workspace, schedule.workflow, schedule.trigger);
    Settled { workspace, workflow, trigger, at, key: key(trigger, at), execution, otherwise: FireOutcome::Missed }
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
