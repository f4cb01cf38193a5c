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
