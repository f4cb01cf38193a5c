//! How many task runs are under way, counted along: without it each event would cost a look at all of them.

use super::{Change, ExecutionState, RunId, TaskRunStatus};

/// Follows from the task runs and loops; none: to be counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally(Option<Counts>);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    /// Without loops, of which nothing of their own runs.
    pub running: usize,
    pub waiting: usize,
}

/// Two states are the same whether they were counted or not.
impl PartialEq for Tally {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl ExecutionState {
    /// Whether no task run waits for a time, a retry or an answer. False says nothing.
    pub fn is_known_not_to_wait(&self) -> bool {
        self.tally.0.is_some_and(|counts| counts.waiting == 0)
    }

    /// Whether an attempt is under way. Known at once, but for a state that nothing was counted in since it was read.
    pub fn is_running(&self) -> bool {
        match self.tally.0 {
            Some(counts) => counts.running > 0,
            None => self.task_runs.keys().any(|run| self.count(run).running > 0),
        }
    }

    /// Applies what changes the task runs, and counts along where one of them changes.
    pub(super) fn counting(&mut self, change: &Change, apply: impl FnOnce(&mut Self)) {
        let before = change.run().map(|run| self.count(run));
        apply(self);
        let changes_others = match change {
            Change::IterationEnded { .. } | Change::Finished { .. } => true,
            Change::AttemptFailed { node, .. } => self.is_looping(node),
            _ => false,
        };
        self.tally.0 = self.tally.0.filter(|_| !changes_others).map(|counts| match (change.run(), before) {
            (Some(run), Some(before)) => counts.and(self.count(run)).without(before),
            _ => counts,
        });
    }

    pub(super) fn counts(&mut self) -> Counts {
        let all = || self.task_runs.keys().map(|run| self.count(run));
        let counts = self.tally.0.unwrap_or_else(|| all().fold(Counts::default(), Counts::and));
        debug_assert_eq!(counts, all().fold(Counts::default(), Counts::and), "nothing was counted twice or not at all");
        self.tally.0 = Some(counts);
        counts
    }

    fn count(&self, run: &RunId) -> Counts {
        let status = self.task_runs.get(run).map(|found| found.status);
        Counts {
            running: usize::from(status == Some(TaskRunStatus::Running) && !self.is_looping(run)),
            waiting: usize::from(status == Some(TaskRunStatus::Waiting)),
        }
    }
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self { running: self.running + other.running, waiting: self.waiting + other.waiting }
    }

    fn without(self, other: Self) -> Self {
        Self { running: self.running - other.running, waiting: self.waiting - other.waiting }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::Value;

    use super::*;
    use crate::domain::{
        event::{Cause, Event},
        execution::Phase,
    };

    #[test]
    fn whether_something_runs_is_told_the_same_counted_or_not() {
        let run = || RunId::from("a");
        let changes = [
            (Change::Started { cause: Cause::default() }, false),
            (Change::PhaseEntered { phase: Phase::Execute }, false),
            (Change::AttemptStarted { node: run(), attempt: 1 }, true),
            (Change::AttemptSucceeded { node: run(), attempt: 1, output: Value::Null, port: "out".to_owned() }, false),
            (Change::AttemptStarted { node: "b".into(), attempt: 1 }, true),
        ];
        let mut counted = ExecutionState::default();
        for (seq, (change, runs)) in (1..).zip(changes) {
            counted.apply(&Event { seq, at: DateTime::UNIX_EPOCH, change });
            let uncounted = ExecutionState { tally: Tally::default(), ..counted.clone() };
            assert_eq!((counted.is_running(), uncounted.is_running()), (runs, runs), "after {seq}");
        }
    }
}
