//! What others want of an execution: cancel, pause, answers, ends of executions that it waits for; and what it wants
//! of those.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Owned;
use crate::{
    domain::{
        event::{Answer, Change, TaskError, WaitsFor},
        execution::TaskRunStatus,
        id::{ExecutionId, RunId},
        state::{Admission, TaskRun},
        task::port,
    },
    server::engine::{child, message::Letter},
};

impl Owned {
    /// False: it is not for now; the letter stays in the inbox.
    pub fn deliver(&mut self, letter: Letter, now: DateTime<Utc>) -> bool {
        if self.state.status.is_finished() {
            return true;
        }
        if let Letter::Answer { run, .. } | Letter::ExecutionEnded { run, .. } = &letter {
            // It waits soon: the attempt runs, or was lost after it began what the answer is to.
            let waits_soon = |found: &TaskRun| found.status == TaskRunStatus::Running || found.is_due_to_start();
            if self.state.task_runs.get(run).is_some_and(waits_soon) && !self.state.is_looping(run) {
                self.early.insert(run.clone(), letter);
                return false;
            }
        }
        self.open(letter, now);
        true
    }

    /// It asked for its concurrency key, or told of itself to other starts of its burst, and that is not done yet: whoever
    /// is at it may die.
    pub fn asks_for_its_key(&self) -> bool {
        self.waits_for_key() && !self.is_in_line || self.is_quiet() && !self.is_in_burst
    }

    pub(super) fn open(&mut self, letter: Letter, now: DateTime<Utc>) {
        self.has_mail = true;
        let is_paused = self.state.paused_by.is_some();
        let change = match letter {
            Letter::Cancel { by } if self.state.cancelled_by.is_none() => Change::CancelRequested { by },
            Letter::Pause { by } if !is_paused => Change::Paused { by },
            Letter::Resume { by } if is_paused => Change::Resumed { by },
            Letter::Step { by } if is_paused => Change::Stepped { by },
            Letter::Release { run, release } if self.is_held(&run) => Change::Released { node: run, release },
            Letter::InLine => {
                self.is_in_line = true;
                return;
            }
            Letter::InBurst => {
                self.is_in_burst = true;
                return;
            }
            Letter::Admitted if self.waits_for_key() => Change::Admitted,
            Letter::Refused { reason } if self.waits_for_key() => Change::Refused { reason },
            Letter::Superseded { by } if self.is_quiet() => {
                Change::Refused { reason: format!("A later start took its place: the execution {by}.") }
            }
            Letter::Answer { run, answer } if self.waits_for_answer(&run) => {
                Change::WaitEnded { node: run, answer: Some(answer) }
            }
            Letter::ExecutionEnded { run, execution, error, output } if self.waits_for_end(&run, execution) => {
                self.child_ended(run, execution, error, output, now)
            }
            Letter::AttemptBegan { node, attempt } if self.is_queued(&node, attempt) => {
                Change::AttemptBegan { node, attempt }
            }
            Letter::AttemptLogged { node, attempt, log } if self.is_current(&node, attempt) => {
                Change::AttemptLogged { node, attempt, log }
            }
            Letter::AttemptEnded { node, attempt, ending } => return self.attempt_ended(node, attempt, ending, now),
            Letter::AttemptLost { node, attempt, stopped } if self.is_current(&node, attempt) => {
                self.attempts.remove(&node);
                return if stopped { self.give_up(node, now) } else { self.lose(node, now) };
            }
            // It came twice, or too late.
            _ => return,
        };
        self.record(change, now);
    }

    fn child_ended(
        &self,
        node: RunId,
        execution: ExecutionId,
        error: Option<String>,
        output: Value,
        now: DateTime<Utc>,
    ) -> Change {
        let Some(message) = error else {
            let answer = Answer { output, port: port::OUT.to_owned(), by: format!("execution {execution}") };
            return Change::WaitEnded { node, answer: Some(answer) };
        };
        let details = json!({ "execution": execution });
        let error = TaskError { message, field: None, retryable: true, details };
        let retry_at = self.retry_at(&node, &error, None, now);
        let attempt = self.state.task_runs.get(&node).map_or(1, |run| run.attempts.len() as u32);
        Change::AttemptFailed { node, attempt, error, retry_at }
    }

    fn is_held(&self, run: &RunId) -> bool {
        self.state.task_runs.get(run).is_some_and(|run| run.held_at().is_some())
    }

    fn is_queued(&self, run: &RunId, attempt: u32) -> bool {
        let waits = self.state.task_runs.get(run).is_some_and(|run| run.queued_since().is_some());
        waits && self.is_current(run, attempt)
    }

    fn waits_for(&self, run: &RunId) -> Option<&WaitsFor> {
        let run = self.state.task_runs.get(run).filter(|run| run.status == TaskRunStatus::Waiting)?;
        run.waits_for.as_ref()
    }

    fn waits_for_answer(&self, run: &RunId) -> bool {
        self.waits_for(run).is_some_and(|waits_for| !matches!(waits_for, WaitsFor::Execution { .. }))
    }

    fn waits_for_end(&self, run: &RunId, execution: ExecutionId) -> bool {
        self.waits_for(run) == Some(&WaitsFor::Execution { id: execution })
    }

    fn waits_for_key(&self) -> bool {
        matches!(self.state.admission, Some(Admission::Waits { .. })) && !self.state.status.is_finished()
    }

    /// Executions that nobody waits for any more are cancelled: with this one, or with the task run that started them.
    pub(super) fn tell_children(&mut self, change: &Change) {
        let given_up: Vec<ExecutionId> = match change {
            Change::Finished { .. } => child::awaited(self.state.task_runs.values()).collect(),
            // The end of the execution itself says nothing new to it.
            Change::AttemptFailed { node, error, .. } if error.details.get("execution").is_none() => {
                // A loop that breaks off takes what its iterations wait for along.
                let runs = self.state.task_runs.get(node).into_iter().chain(self.state.runs_inside(node));
                child::awaited(runs).collect()
            }
            _ => Vec::new(),
        };
        let cancel = || Letter::Cancel { by: format!("execution {}", self.execution) };
        self.letters.extend(given_up.into_iter().map(|execution| (execution, cancel())));
    }
}
