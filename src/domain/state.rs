//! The fold: events in, state out. Used by the engine, by recovery, by the live page and by the time scrubber.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    event::{Cause, Change, Event, TaskError},
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::NodeId,
    task::port,
    workflow::{Node, Workflow},
};

/// An execution as its journal tells it so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionState {
    pub status: ExecutionStatus,
    pub phase: Phase,
    pub cause: Option<Cause>,
    /// Where it stands with its concurrency key; none: it has not asked, or needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// By node; a node without an entry is pending.
    pub task_runs: BTreeMap<NodeId, TaskRun>,
    /// The `seq` of the last event applied; 0 before the first.
    pub seq: i32,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Who asked for it, while it is being cancelled and after.
    pub cancelled_by: Option<String>,
    pub output: Option<Value>,
    pub error: Option<String>,
}

/// Where an execution stands with its concurrency key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Admission {
    /// Others hold the key; the execution is queued.
    Waits { key: String, since: DateTime<Utc> },
    /// It holds the key until it is over.
    Admitted { key: String },
    /// It ends without having run.
    Refused { reason: String },
}

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
    pub finished_at: Option<DateTime<Utc>>,
}

/// One try of a task run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub error: Option<TaskError>,
    /// Ended with its replica; not charged to the retry policy.
    pub lost: bool,
}

impl Default for ExecutionState {
    fn default() -> Self {
        Self {
            status: ExecutionStatus::Queued,
            phase: Phase::Init,
            cause: None,
            admission: None,
            task_runs: BTreeMap::new(),
            seq: 0,
            started_at: None,
            finished_at: None,
            cancelled_by: None,
            output: None,
            error: None,
        }
    }
}

impl TaskRun {
    fn new() -> Self {
        Self {
            status: TaskRunStatus::Pending,
            attempts: Vec::new(),
            output: None,
            port: None,
            reason: None,
            due_at: None,
            finished_at: None,
        }
    }

    pub fn is_waiting_for_retry(&self) -> bool {
        self.status == TaskRunStatus::Waiting && self.attempts.last().is_some_and(|attempt| attempt.error.is_some())
    }

    /// Attempts that count against the retry policy.
    pub fn charged_attempts(&self) -> u32 {
        self.attempts.iter().filter(|attempt| !attempt.lost).count() as u32
    }

    fn end_attempt(&mut self, at: DateTime<Utc>, error: Option<TaskError>) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.finished_at = Some(at);
            attempt.error = error;
        }
    }

    fn finish(&mut self, status: TaskRunStatus, at: DateTime<Utc>) {
        self.status = status;
        self.finished_at = Some(at);
        self.due_at = None;
    }
}

impl ExecutionState {
    /// The state after these events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut state = Self::default();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    pub fn run(&self, node: &NodeId) -> Option<&TaskRun> {
        self.task_runs.get(node)
    }

    pub fn run_status(&self, node: &NodeId) -> TaskRunStatus {
        self.run(node).map_or(TaskRunStatus::Pending, |run| run.status)
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
        self.apply_change(&event.change, event.at);
        if !self.status.is_finished() && self.phase >= Phase::Execute {
            self.status = self.live_status();
        }
    }

    fn apply_change(&mut self, change: &Change, at: DateTime<Utc>) {
        match change {
            Change::Started { cause } => {
                self.status = ExecutionStatus::Running;
                self.started_at = Some(at);
                self.cause = Some(cause.clone());
            }
            Change::PhaseEntered { phase } => self.phase = *phase,
            Change::Queued { key } => {
                self.admission = Some(Admission::Waits { key: key.clone(), since: at });
                self.status = ExecutionStatus::Queued;
            }
            Change::Admitted => {
                if let Some(Admission::Waits { key, .. }) = self.admission.take() {
                    self.admission = Some(Admission::Admitted { key });
                }
                self.status = ExecutionStatus::Running;
            }
            Change::Refused { reason } => {
                self.admission = Some(Admission::Refused { reason: reason.clone() });
                self.status = ExecutionStatus::Running;
            }
            Change::AttemptStarted { node, attempt } => self.start_attempt(node, *attempt, at),
            Change::AttemptSucceeded { node, output, port, .. } => {
                let run = self.entry(node);
                run.end_attempt(at, None);
                run.output = Some(output.clone());
                run.port = Some(port.clone());
                run.finish(TaskRunStatus::Succeeded, at);
            }
            Change::AttemptFailed { node, error, retry_at, .. } => self.fail_attempt(node, error, *retry_at, at),
            Change::AttemptLost { node, .. } => {
                let run = self.entry(node);
                run.end_attempt(at, None);
                if let Some(attempt) = run.attempts.last_mut() {
                    attempt.lost = true;
                }
                run.status = TaskRunStatus::Waiting;
                run.due_at = Some(at);
            }
            Change::WaitStarted { node, until, output, .. } => {
                let run = self.entry(node);
                run.end_attempt(at, None);
                run.output = Some(output.clone());
                run.status = TaskRunStatus::Waiting;
                run.due_at = Some(*until);
            }
            Change::WaitEnded { node } => {
                let run = self.entry(node);
                run.port = Some(port::OUT.to_owned());
                run.finish(TaskRunStatus::Succeeded, at);
            }
            Change::Skipped { node, reason } => {
                let run = self.entry(node);
                run.reason = Some(reason.clone());
                run.finish(TaskRunStatus::Skipped, at);
            }
            Change::CancelRequested { by } => self.cancelled_by = Some(by.clone()),
            Change::Finished { status, output, error } => self.finish(*status, output, error, at),
        }
    }

    fn entry(&mut self, node: &NodeId) -> &mut TaskRun {
        self.task_runs.entry(node.clone()).or_insert_with(TaskRun::new)
    }

    fn start_attempt(&mut self, node: &NodeId, number: u32, at: DateTime<Utc>) {
        let run = self.entry(node);
        run.status = TaskRunStatus::Running;
        run.due_at = None;
        run.attempts.push(Attempt { number, started_at: at, finished_at: None, error: None, lost: false });
    }

    fn fail_attempt(&mut self, node: &NodeId, error: &TaskError, retry_at: Option<DateTime<Utc>>, at: DateTime<Utc>) {
        let run = self.entry(node);
        run.end_attempt(at, Some(error.clone()));
        match retry_at {
            Some(retry_at) => {
                run.status = TaskRunStatus::Waiting;
                run.due_at = Some(retry_at);
            }
            None => {
                run.reason = Some(error.message.clone());
                run.finish(TaskRunStatus::Failed, at);
            }
        }
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

    fn live_status(&self) -> ExecutionStatus {
        let any = |status| self.task_runs.values().any(|run| run.status == status);
        if any(TaskRunStatus::Waiting) && !any(TaskRunStatus::Running) {
            ExecutionStatus::Waiting
        } else {
            ExecutionStatus::Running
        }
    }

    /// Whether this trigger node started the execution; started by hand, every trigger counts.
    pub fn has_fired(&self, trigger: &NodeId) -> bool {
        self.cause.as_ref().is_some_and(|cause| cause.trigger.as_ref().is_none_or(|fired| fired == trigger))
    }

    /// Where a node stands. Trigger nodes have no task runs: one that fired has succeeded, another is skipped.
    pub fn status_of(&self, node: &Node) -> TaskRunStatus {
        match (node.kind.is_trigger(), self.cause.is_some()) {
            (true, false) => TaskRunStatus::Pending,
            (true, true) if self.has_fired(&node.id) => TaskRunStatus::Succeeded,
            (true, true) => TaskRunStatus::Skipped,
            (false, _) => self.run_status(&node.id),
        }
    }

    /// What a finished node hands on: its output, or `{ "error": { "message", "details" } }` through the error port.
    pub fn output_of(&self, node: &Node) -> Value {
        if node.kind.is_trigger() {
            return self
                .cause
                .as_ref()
                .filter(|_| self.has_fired(&node.id))
                .map_or(Value::Null, |cause| cause.input.clone());
        }
        let Some(run) = self.run(&node.id) else { return Value::Null };
        match (run.status, run.attempts.last().and_then(|attempt| attempt.error.as_ref())) {
            (TaskRunStatus::Failed, Some(error)) => {
                json!({ "error": { "message": error.message, "details": error.details } })
            }
            (TaskRunStatus::Succeeded, _) => run.output.clone().unwrap_or(Value::Null),
            _ => Value::Null,
        }
    }

    /// Whether data left the node through this port.
    pub fn carried(&self, node: &Node, through: &str) -> bool {
        match self.status_of(node) {
            TaskRunStatus::Succeeded if node.kind.is_trigger() => through == port::OUT,
            TaskRunStatus::Succeeded => self.run(&node.id).is_some_and(|run| run.port.as_deref() == Some(through)),
            TaskRunStatus::Failed => through == port::ERROR,
            _ => false,
        }
    }

    /// What a node sees as `input`: the output of its one source, or with several sources an object of the outputs
    /// of those that carried data, by node name. Null before anything carried data. Triggers that did not fire are
    /// no sources.
    pub fn input_of(&self, workflow: &Workflow, node: &NodeId) -> Value {
        let mut sources: Vec<(&Node, bool)> = Vec::new();
        for edge in workflow.edges.iter().filter(|edge| edge.to.node == *node) {
            let Some(source) = workflow.node(&edge.from.node) else { continue };
            let carried = self.carried(source, &edge.from.port);
            match sources.iter_mut().find(|(known, _)| known.id == source.id) {
                Some((_, any)) => *any |= carried,
                None if source.kind.is_trigger() && !carried => {}
                None => sources.push((source, carried)),
            }
        }
        match sources.as_slice() {
            [(source, true)] => self.output_of(source),
            [_] | [] => Value::Null,
            several => several
                .iter()
                .filter(|(_, carried)| *carried)
                .map(|(source, _)| (source.name.clone(), self.output_of(source)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}
