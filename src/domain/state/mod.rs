//! The fold: events in, state out. Used by the engine, by recovery, by the live page and by the time scrubber.

mod data;
mod loops;
mod run;
mod tally;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    event::{Answer, Cause, Change, Event, TaskError, WaitsFor},
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::{NodeId, RunId},
    task::port,
};

use self::tally::{Counts, Tally};
pub use self::{
    loops::Loop,
    run::{Attempt, Hold, TaskRun},
};

/// An execution as its journal tells it so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionState {
    pub status: ExecutionStatus,
    pub phase: Phase,
    pub cause: Option<Cause>,
    /// Whether it may run; none: it has not asked, or need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// A node without an entry is pending. Of a loop's iterations that are over only the first
    /// [`Loop::KEPT_ITERATIONS`] are kept.
    pub task_runs: BTreeMap<RunId, TaskRun>,
    /// The loops that began, by their task run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub loops: BTreeMap<RunId, Loop>,
    /// Items of all loops that began: what [`crate::domain::plan::MAX_ITERATIONS`] bounds.
    #[serde(default)]
    pub iterations: usize,
    /// The `seq` of the last event applied; 0 before the first.
    pub seq: i32,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Who asked for it, while it is being cancelled and after.
    pub cancelled_by: Option<String>,
    /// Who paused it, while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<String>,
    /// Attempts that may still start while it is paused.
    #[serde(default)]
    pub steps_left: u32,
    pub output: Option<Value>,
    pub error: Option<String>,
    #[serde(skip)]
    tally: Tally,
}

/// Where an execution stands with its concurrency key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Admission {
    /// It begins then, unless a later start with the same key takes its place; it is queued.
    Quiet { key: String, until: DateTime<Utc> },
    /// Others hold the key; the execution is queued.
    Waits { key: String, since: DateTime<Utc> },
    /// It holds the key until it is over.
    Admitted { key: String },
    /// It ends without having run.
    Refused { reason: String },
}

impl Default for ExecutionState {
    fn default() -> Self {
        Self {
            status: ExecutionStatus::Queued,
            phase: Phase::Init,
            cause: None,
            admission: None,
            task_runs: BTreeMap::new(),
            loops: BTreeMap::new(),
            iterations: 0,
            seq: 0,
            started_at: None,
            finished_at: None,
            cancelled_by: None,
            paused_by: None,
            steps_left: 0,
            output: None,
            error: None,
            tally: Tally::default(),
        }
    }
}

impl ExecutionState {
    /// The state after these events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut state = Self::default();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    /// The earliest time at which a retry or the end of a wait is due.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.task_runs.values().filter_map(|run| run.due_at).min()
    }

    /// Applies the next event; one that was applied already changes nothing, so a resumed feed may overlap.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        self.counting(&event.change, |state| state.apply_change(&event.change, event.at));
        if !self.status.is_finished() && self.phase >= Phase::Execute {
            self.status = match &event.change {
                Change::AttemptStarted { node, .. } if !self.is_looping(node) => ExecutionStatus::Running,
                _ => self.live_status(),
            };
        }
    }

    fn apply_change(&mut self, change: &Change, at: DateTime<Utc>) {
        match change {
            Change::Started { cause } => {
                self.status = ExecutionStatus::Running;
                self.started_at = Some(at);
                self.cause = Some(cause.clone());
            }
            Change::Kept { node, from, status, output, port, reason } => {
                let run = self.entry(node);
                run.kept_from = Some(*from);
                run.output = Some(output.clone());
                run.port = port.clone();
                run.reason = reason.clone();
                run.finish(*status, at);
            }
            Change::PhaseEntered { phase } => self.phase = *phase,
            Change::Debounced { .. } | Change::Queued { .. } | Change::Admitted | Change::Refused { .. } => {
                self.admit(change, at);
            }
            Change::Held { node, edge } => {
                self.begin_iteration(node);
                let run = self.entry(node);
                run.status = TaskRunStatus::Waiting;
                run.hold = Some(Box::new(Hold { edge: edge.clone(), release: None }));
            }
            Change::Released { node, release } => {
                let run = self.entry(node);
                run.status = TaskRunStatus::Pending;
                if let Some(hold) = &mut run.hold {
                    hold.release = Some(release.clone());
                }
            }
            Change::AttemptStarted { node, attempt } => self.start_attempt(node, *attempt, at),
            Change::AttemptBegan { node, .. } => {
                if let Some(attempt) = self.entry(node).attempts.last_mut() {
                    attempt.began_at = Some(at);
                }
            }
            Change::AttemptLogged { node, attempt, log } => {
                let attempts = &mut self.entry(node).attempts;
                if let Some(found) = attempts.iter_mut().rfind(|found| found.number == *attempt) {
                    found.log = Some(log.clone());
                }
            }
            Change::AttemptSucceeded { node, output, port, .. } => {
                let run = self.entry(node);
                run.end_attempt(at, None);
                run.output = Some(output.clone());
                run.port = Some(port.clone());
                run.finish(TaskRunStatus::Succeeded, at);
            }
            Change::AttemptFailed { node, error, retry_at, .. } => self.fail_attempt(node, error, *retry_at, at),
            Change::AttemptLost { node, stopped, .. } => self.lose_attempt(node, *stopped, at),
            Change::WaitStarted { node, until, output, waits_for, .. } => {
                let run = self.entry(node);
                run.end_attempt(at, None);
                run.output = Some(output.clone());
                run.status = TaskRunStatus::Waiting;
                run.due_at = *until;
                run.waits_for = Some(waits_for.clone()).filter(|waits_for| *waits_for != WaitsFor::Time);
            }
            Change::WaitEnded { node, answer } => self.end_wait(node, answer.as_ref(), at),
            Change::LoopStarted { .. } | Change::IterationEnded { .. } | Change::LoopEnded { .. } => {
                self.apply_to_loop(change, at);
            }
            Change::Skipped { node, reason } => {
                let run = self.entry(node);
                run.reason = Some(reason.clone());
                run.finish(TaskRunStatus::Skipped, at);
            }
            Change::Paused { by } => self.paused_by = Some(by.clone()),
            Change::Resumed { .. } => (self.paused_by, self.steps_left) = (None, 0),
            Change::Stepped { .. } => self.steps_left += 1,
            Change::CancelRequested { by } => self.cancelled_by = Some(by.clone()),
            Change::Finished { status, output, error } => self.finish(*status, output, error, at),
        }
    }

    fn admit(&mut self, change: &Change, at: DateTime<Utc>) {
        self.status = ExecutionStatus::Running;
        match change {
            Change::Debounced { key, until } => {
                self.admission = Some(Admission::Quiet { key: key.clone(), until: *until });
                self.status = ExecutionStatus::Queued;
            }
            Change::Queued { key } => {
                self.admission = Some(Admission::Waits { key: key.clone(), since: at });
                self.status = ExecutionStatus::Queued;
            }
            Change::Admitted => {
                if let Some(Admission::Waits { key, .. }) = self.admission.take() {
                    self.admission = Some(Admission::Admitted { key });
                }
            }
            Change::Refused { reason } => self.admission = Some(Admission::Refused { reason: reason.clone() }),
            _ => {}
        }
    }

    fn entry(&mut self, run: &RunId) -> &mut TaskRun {
        self.task_runs.entry(run.clone()).or_insert_with(TaskRun::new)
    }

    fn start_attempt(&mut self, id: &RunId, number: u32, at: DateTime<Utc>) {
        self.begin_iteration(id);
        self.steps_left = self.steps_left.saturating_sub(1);
        let run = self.entry(id);
        run.status = TaskRunStatus::Running;
        run.due_at = None;
        run.attempts.push(Attempt::begun(number, at));
    }

    fn fail_attempt(&mut self, id: &RunId, error: &TaskError, retry_at: Option<DateTime<Utc>>, at: DateTime<Utc>) {
        let run = self.entry(id);
        run.end_attempt(at, Some(error.clone()));
        match retry_at {
            Some(retry_at) => {
                run.status = TaskRunStatus::Waiting;
                run.due_at = Some(retry_at);
                run.waits_for = None;
            }
            None => {
                run.reason = Some(error.message.clone());
                run.finish(TaskRunStatus::Failed, at);
                self.break_off_loop(id, at);
            }
        }
    }

    fn lose_attempt(&mut self, id: &RunId, stopped: bool, at: DateTime<Utc>) {
        let run = self.entry(id);
        run.end_attempt(at, None);
        if let Some(attempt) = run.attempts.last_mut() {
            (attempt.lost, attempt.stopped) = (true, stopped);
        }
        run.status = TaskRunStatus::Waiting;
        run.due_at = Some(at);
    }

    fn end_wait(&mut self, id: &RunId, answer: Option<&Answer>, at: DateTime<Utc>) {
        let run = self.entry(id);
        if let Some(answer) = answer {
            run.output = Some(answer.output.clone());
        }
        run.port = Some(answer.map_or(port::OUT, |answer| &answer.port).to_owned());
        run.finish(TaskRunStatus::Succeeded, at);
    }

    fn finish(&mut self, status: ExecutionStatus, output: &Option<Value>, error: &Option<String>, at: DateTime<Utc>) {
        for run in self.task_runs.values_mut().filter(|run| !run.status.is_finished()) {
            run.finish(TaskRunStatus::Cancelled, at);
        }
        self.status = status;
        self.finished_at = Some(at);
        self.output = output.clone();
        self.error = error.clone();
    }

    fn live_status(&mut self) -> ExecutionStatus {
        match self.counts() {
            Counts { running: 1.., .. } => ExecutionStatus::Running,
            _ if self.paused_by.is_some() => ExecutionStatus::Paused,
            Counts { waiting: 1.., .. } => ExecutionStatus::Waiting,
            _ => ExecutionStatus::Running,
        }
    }
}
