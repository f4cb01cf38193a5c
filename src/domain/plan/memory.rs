//! What the planner keeps of its last look at an execution, so that the next one judges only what changed since. Without it
//! each event would cost as much as the workflow is long.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Prepared, judge::Standing};
use crate::domain::event::Change;

/// New, it knows nothing, and everything is judged.
#[derive(Default)]
pub struct Memory {
    is_filled: bool,
    /// By position; inside of loops those of the iteration that was judged last.
    standings: Vec<Standing>,
    /// Nodes at the top that are not over.
    open: usize,
    /// Places in the order of the top that are to be judged.
    changed: BTreeSet<usize>,
    /// When something is due though nothing happens.
    due_at: Option<DateTime<Utc>>,
}

impl Memory {
    /// An event is about to be, or was just, applied to the state.
    pub fn note(&mut self, prepared: &Prepared, change: &Change) {
        match change.run() {
            Some(run) => self.changed.extend(prepared.place_at_top(&run.node)),
            None => self.forget(),
        }
    }

    /// From now on everything is judged again.
    fn forget(&mut self) {
        self.is_filled = false;
    }

    /// What [`super::due_at`] said when nothing was left to do.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.due_at
    }

    pub(super) fn rest_until(&mut self, due_at: Option<DateTime<Utc>>) {
        self.due_at = due_at;
    }

    /// Makes ready for a look at `now`; what is due then may be anywhere.
    pub(super) fn wake(&mut self, prepared: &Prepared, now: DateTime<Utc>, is_paused: bool) {
        if self.is_filled && !is_paused && self.due_at.is_none_or(|due_at| due_at > now) {
            return;
        }
        self.is_filled = true;
        self.standings = vec![Standing::Open; prepared.workflow.nodes.len()];
        self.open = prepared.top.len();
        self.changed = (0..prepared.top.len()).collect();
    }

    /// The position of the next node to judge; each stands after everything it needs.
    pub(super) fn next(&mut self, prepared: &Prepared) -> Option<usize> {
        self.changed.pop_first().map(|place| prepared.top[place])
    }

    pub(super) fn standing(&self, position: usize) -> Standing {
        self.standings[position]
    }

    /// Notes where a node inside of a loop stands.
    pub(super) fn put(&mut self, position: usize, standing: Standing) {
        self.standings[position] = standing;
    }

    /// Notes where a node at the top stands; if that is new, the nodes after it are judged too.
    pub(super) fn put_at_top(&mut self, prepared: &Prepared, position: usize, standing: Standing) {
        let before = std::mem::replace(&mut self.standings[position], standing);
        if before == standing {
            return;
        }
        self.open -= usize::from(before == Standing::Open);
        self.open += usize::from(standing == Standing::Open);
        self.changed.extend(&prepared.after[position]);
    }

    pub(super) fn is_over(&self) -> bool {
        self.open == 0
    }
}
