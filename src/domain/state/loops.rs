//! Loops in the fold: their items, which iterations are under way, and what came of those that are over.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, ExecutionState, NodeId, RunId, TaskRun, TaskRunStatus, port};

/// A loop that began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    pub items: Vec<Value>,
    /// The nodes that run for each item.
    pub body: Vec<NodeId>,
    /// Iterations that run at the same time, at most.
    pub max_parallel: u32,
    /// Whether it goes on after a failed iteration.
    pub go_on: bool,
    /// Iterations that began: the index of the next.
    pub begun: u32,
    /// Those under way.
    pub active: BTreeSet<u32>,
    /// One per item: what its iteration handed on; null before its end.
    pub outputs: Vec<Value>,
    pub ended: u32,
    pub failed: u32,
}

impl Loop {
    /// Of more iterations that are over the task runs are forgotten: their outputs stay.
    pub const KEPT_ITERATIONS: u32 = 100;

    pub fn is_over(&self) -> bool {
        self.ended as usize == self.items.len()
    }

    /// Whether the run belongs to an iteration of this loop, whose task run is `id`.
    fn holds(&self, id: &RunId, run: &RunId) -> bool {
        run.path.len() > id.path.len() && run.is_within(&id.path) && self.body.contains(&run.node)
    }

    /// How many more iterations may begin now.
    pub fn room(&self) -> usize {
        let left = self.items.len() - self.begun as usize;
        (self.max_parallel as usize).saturating_sub(self.active.len()).min(left)
    }
}

impl ExecutionState {
    pub(super) fn apply_to_loop(&mut self, change: &Change, at: DateTime<Utc>) {
        match change {
            Change::LoopStarted { node, items, body, max_parallel, go_on, .. } => {
                self.entry(node).end_attempt(at, None);
                let began = Loop {
                    items: items.clone(),
                    body: body.clone(),
                    max_parallel: (*max_parallel).max(1),
                    go_on: *go_on,
                    begun: 0,
                    active: BTreeSet::new(),
                    outputs: vec![Value::Null; items.len()],
                    ended: 0,
                    failed: 0,
                };
                self.iterations += items.len();
                self.loops.insert(node.clone(), began);
            }
            Change::IterationEnded { node, index, output, error } => {
                self.end_iteration(node, *index, output, error.as_deref());
            }
            Change::LoopEnded { node } => {
                let outputs = self.loops.get_mut(node).map(|found| std::mem::take(&mut found.outputs));
                let run = self.entry(node);
                run.output = outputs.map(Value::Array);
                run.port = Some(port::DONE.to_owned());
                run.finish(TaskRunStatus::Succeeded, at);
            }
            _ => {}
        }
    }

    fn end_iteration(&mut self, id: &RunId, index: u32, output: &Value, error: Option<&str>) {
        let Some(found) = self.loops.get_mut(id) else { return };
        found.active.remove(&index);
        found.begun = found.begun.max(index + 1);
        found.ended += 1;
        found.failed += u32::from(error.is_some());
        if let Some(place) = found.outputs.get_mut(index as usize) {
            *place = match error {
                Some(error) => json!({ "error": { "message": error } }),
                None => output.clone(),
            };
        }
        if index >= Loop::KEPT_ITERATIONS {
            let body = found.body.clone();
            let path = [id.path.as_slice(), &[index]].concat();
            let is_kept = |run: &RunId| !(run.is_within(&path) && body.contains(&run.node));
            self.task_runs.retain(|run, _| is_kept(run));
            self.loops.retain(|run, _| is_kept(run));
        }
    }

    /// An attempt in an iteration that nothing happened in yet begins it.
    pub(super) fn begin_iteration(&mut self, run: &RunId) {
        for depth in 0..run.path.len() {
            let (outer, index) = (&run.path[..depth], run.path[depth]);
            let found = self.loops.iter_mut().find(|(id, found)| id.path == outer && found.body.contains(&run.node));
            if let Some((_, found)) = found.filter(|(_, found)| index >= found.begun) {
                found.active.insert(index);
                found.begun = index + 1;
            }
        }
    }

    /// A loop that failed takes what still runs in it along.
    pub(super) fn break_off_loop(&mut self, id: &RunId, at: DateTime<Utc>) {
        let Some(found) = self.loops.get_mut(id) else { return };
        found.active.clear();
        let found = &*found;
        for (_, run) in self.task_runs.iter_mut().filter(|(run, _)| found.holds(id, run)) {
            if !run.status.is_finished() {
                run.finish(TaskRunStatus::Cancelled, at);
            }
        }
    }

    /// The task runs of the iterations of this loop, and of loops inside of it; none: it is no loop that began.
    pub fn runs_inside(&self, id: &RunId) -> impl Iterator<Item = &TaskRun> {
        let found = self.loops.get(id);
        let is_inside = move |run: &RunId| found.is_some_and(|found| found.holds(id, run));
        self.task_runs.iter().filter(move |(run, _)| is_inside(run)).map(|(_, run)| run)
    }

    /// Whether this task run is a loop whose iterations are under way: nothing of its own runs.
    pub fn is_looping(&self, run: &RunId) -> bool {
        self.loops.contains_key(run)
    }

    /// The item and its index that this part of the execution is about: those of the innermost loop around it.
    pub fn item_of(&self, run: &RunId) -> Option<(&Value, u32)> {
        let (index, outer) = run.path.split_last()?;
        let (_, found) = self.loops.iter().find(|(id, found)| id.path == outer && found.body.contains(&run.node))?;
        Some((found.items.get(*index as usize)?, *index))
    }
}
