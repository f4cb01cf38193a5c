//! One node's part in an execution, and its attempts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    event::{Log, Release, TaskError, WaitsFor},
    execution::TaskRunStatus,
    id::ExecutionId,
    workflow::Edge,
};

/// One node's part in the execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRun {
    pub status: TaskRunStatus,
    /// Oldest first; the last one is the current.
    pub attempts: Vec<Attempt>,
    /// What it handed on, once succeeded; what it will hand on, while waiting.
    pub output: Option<Value>,
    /// The port that data left through, once succeeded.
    pub port: Option<String>,
    /// Why it failed or was skipped, one sentence.
    pub reason: Option<String>,
    /// When the next attempt or the end of the wait is due.
    pub due_at: Option<DateTime<Utc>>,
    /// What ends the wait, while it waits for something other than a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The execution that it ran in, where it was taken over from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_from: Option<ExecutionId>,
    /// The breakpoint that it came to, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Box<Hold>>,
}

/// A breakpoint that a task run came to before its first attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The edge that the data came over.
    pub edge: Edge,
    /// How it went on; none: it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
}

/// One try of a task run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    pub started_at: DateTime<Utc>,
    /// When it got its turn, where the task may not wait for it without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub error: Option<TaskError>,
    /// Ended with its replica; not charged to the retry policy.
    pub lost: bool,
    /// It was lost because the replica was stopped in good order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// What it printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Log>,
}

impl Attempt {
    pub(super) fn begun(number: u32, at: DateTime<Utc>) -> Self {
        let (began_at, finished_at, error, log) = Default::default();
        Self { number, started_at: at, began_at, finished_at, error, lost: false, stopped: false, log }
    }
}

impl TaskRun {
    pub(super) fn new() -> Self {
        Self {
            status: TaskRunStatus::Pending,
            attempts: Vec::new(),
            output: None,
            port: None,
            reason: None,
            due_at: None,
            waits_for: None,
            finished_at: None,
            kept_from: None,
            hold: None,
        }
    }

    /// The edge that it is held at; none: no breakpoint holds it.
    pub fn held_at(&self) -> Option<&Edge> {
        let hold = self.hold.as_ref().filter(|hold| hold.release.is_none() && self.status == TaskRunStatus::Waiting)?;
        Some(&hold.edge)
    }

    fn release(&self) -> Option<&Release> {
        self.hold.as_ref()?.release.as_ref()
    }

    /// What somebody put in the place of its input.
    pub fn edited_input(&self) -> Option<&Value> {
        self.release()?.payload.as_ref()
    }

    /// Whether what comes right after it is held.
    pub fn is_stepped_over(&self) -> bool {
        self.release().is_some_and(|release| release.step)
    }

    pub fn is_waiting_for_retry(&self) -> bool {
        self.status == TaskRunStatus::Waiting && self.attempts.last().is_some_and(|attempt| attempt.error.is_some())
    }

    /// It waits to be tried again: the last attempt failed or was lost.
    pub fn is_due_to_start(&self) -> bool {
        let needs_another = |attempt: &Attempt| attempt.error.is_some() || attempt.lost;
        self.status == TaskRunStatus::Waiting && self.attempts.last().is_some_and(needs_another)
    }

    /// Attempts that count against the retry policy.
    pub fn charged_attempts(&self) -> u32 {
        self.attempts.iter().filter(|attempt| !attempt.lost).count() as u32
    }

    /// Attempts that ended with a replica that was not stopped in good order: their task may have ended it.
    pub fn crashed_attempts(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.lost && !attempt.stopped).count()
    }

    /// Since when the current attempt waits for its turn; none: it began. One that was lost while it waited goes on waiting.
    pub fn queued_since(&self) -> Option<DateTime<Utc>> {
        let (current, before) = self.attempts.split_last()?;
        let waited = before.iter().rev().take_while(|attempt| attempt.lost && attempt.began_at.is_none());
        let first = waited.last().unwrap_or(current);
        current.began_at.is_none().then_some(first.started_at)
    }

    pub(super) fn end_attempt(&mut self, at: DateTime<Utc>, error: Option<TaskError>) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.finished_at = Some(at);
            attempt.error = error;
        }
    }

    pub(super) fn finish(&mut self, status: TaskRunStatus, at: DateTime<Utc>) {
        self.status = status;
        self.finished_at = Some(at);
        self.due_at = None;
        self.waits_for = None;
    }
}
