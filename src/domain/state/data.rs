//! What the fold says of the data: which way it went, what a node hands on, what the next one sees.

use serde_json::{Value, json};

use super::{ExecutionState, NodeId, RunId, TaskRun, TaskRunStatus, port};
use crate::domain::{
    expression::Needs,
    workflow::{Node, Workflow},
};

impl ExecutionState {
    /// One node's part: outside of loops the only one; inside, the one that says most: what failed before what runs,
    /// what runs before what waits, then the latest iteration.
    pub fn run(&self, node: &NodeId) -> Option<&TaskRun> {
        self.task_runs.get(&RunId::from(node)).or_else(|| self.telling_run(node).map(|(_, run)| run))
    }

    /// The same with its id.
    pub fn telling_run(&self, node: &NodeId) -> Option<(&RunId, &TaskRun)> {
        let weight = |run: &TaskRun| match run.status {
            TaskRunStatus::Failed => 3,
            TaskRunStatus::Running => 2,
            TaskRunStatus::Waiting => 1,
            _ => 0,
        };
        self.runs(node).max_by_key(|(_, run)| weight(run))
    }

    /// The id of that one; outside of loops and before anything ran, the only one there is.
    pub fn telling_id(&self, node: &NodeId) -> RunId {
        self.telling_run(node).map_or_else(|| node.into(), |(id, _)| id.clone())
    }

    /// Every part of the node, one per iteration inside of loops.
    pub fn runs(&self, node: &NodeId) -> impl Iterator<Item = (&RunId, &TaskRun)> {
        self.task_runs.range(RunId::from(node)..).take_while(move |(id, _)| id.node == *node)
    }

    pub fn run_status(&self, node: &NodeId) -> TaskRunStatus {
        self.run(node).map_or(TaskRunStatus::Pending, |run| run.status)
    }

    /// Whether this trigger node started the execution; started by hand, every trigger counts.
    pub fn has_fired(&self, trigger: &NodeId) -> bool {
        self.cause.as_ref().is_some_and(|cause| cause.trigger.as_ref().is_none_or(|fired| fired == trigger))
    }

    /// Where a node stands. Trigger nodes have no task runs: one that fired has succeeded, another is skipped.
    pub fn status_of(&self, node: &Node) -> TaskRunStatus {
        if node.kind.is_trigger() { self.trigger_status(node) } else { self.run_status(&node.id) }
    }

    /// The same inside of the iteration with this path.
    pub fn status_at(&self, node: &Node, path: &[u32]) -> TaskRunStatus {
        if node.kind.is_trigger() {
            return self.trigger_status(node);
        }
        self.task_runs.get(&RunId::at(&node.id, path)).map_or(TaskRunStatus::Pending, |run| run.status)
    }

    fn trigger_status(&self, node: &Node) -> TaskRunStatus {
        match self.cause.is_some() {
            false => TaskRunStatus::Pending,
            true if self.has_fired(&node.id) && !node.disabled => TaskRunStatus::Succeeded,
            true => TaskRunStatus::Skipped,
        }
    }

    /// What a finished node hands on: its output, or `{ "error": { "message", "details" } }` through the error port.
    pub fn output_of(&self, node: &Node) -> Value {
        if node.kind.is_trigger() {
            return self.fired_input(node);
        }
        self.run(&node.id).map_or(Value::Null, handed_on)
    }

    /// The same as seen from the iteration with this path: of a node outside of the loop, the one output; of a node in
    /// it, the iteration's.
    pub fn output_at(&self, node: &Node, path: &[u32]) -> Value {
        if node.kind.is_trigger() {
            return self.fired_input(node);
        }
        let seen = (0..=path.len()).rev().find_map(|depth| self.task_runs.get(&RunId::at(&node.id, &path[..depth])));
        seen.map_or(Value::Null, handed_on)
    }

    fn fired_input(&self, trigger: &Node) -> Value {
        let cause = self.cause.as_ref().filter(|_| self.has_fired(&trigger.id) && !trigger.disabled);
        cause.map_or(Value::Null, |cause| cause.input.clone())
    }

    /// Whether data left the node through this port.
    pub fn carried(&self, node: &Node, through: &str) -> bool {
        if through == port::ITEM {
            return self.loops.keys().any(|id| id.node == node.id);
        }
        self.left_through(node, self.status_of(node), self.run(&node.id), through)
    }

    /// The same inside of the iteration with this path; a loop hands its items to the iterations inside of it.
    pub fn carried_at(&self, node: &Node, path: &[u32], through: &str) -> bool {
        let run = self.task_runs.get(&RunId::at(&node.id, path));
        self.left_through(node, self.status_at(node, path), run, through)
    }

    fn left_through(&self, node: &Node, status: TaskRunStatus, run: Option<&TaskRun>, through: &str) -> bool {
        match status {
            TaskRunStatus::Succeeded if node.kind.is_trigger() => through == port::OUT,
            TaskRunStatus::Succeeded => run.is_some_and(|run| run.port.as_deref() == Some(through)),
            TaskRunStatus::Failed => through == port::ERROR,
            _ => false,
        }
    }

    /// What somebody put in the place of the input, at a breakpoint. Most executions have none, and looking costs.
    fn edited_input(&self, run: &RunId) -> Option<&Value> {
        self.cause.as_ref().filter(|cause| !cause.breakpoints.is_empty())?;
        self.task_runs.get(run)?.edited_input()
    }

    /// What a node sees as `input`: the output of its one source, or with several sources an object of the outputs
    /// of those that carried data, by node name. Null before anything carried data. Triggers that did not fire are
    /// no sources. The first nodes of a loop's body see the item. What somebody put in its place at a breakpoint goes before
    /// all that.
    pub fn input_of(&self, workflow: &Workflow, run: &RunId) -> Value {
        self.input_from(workflow, &Needs::sources_of(workflow, &run.node), run)
    }

    /// The same for one who knows where the edges into the node come from.
    pub fn input_from(&self, workflow: &Workflow, edges: &[(usize, String)], run: &RunId) -> Value {
        if let Some(edited) = self.edited_input(run) {
            return edited.clone();
        }
        let mut sources: Vec<(&Node, bool)> = Vec::with_capacity(edges.len());
        for (position, through) in edges {
            if through == port::ITEM {
                return self.item_of(run).map_or(Value::Null, |(item, _)| item.clone());
            }
            let source = &workflow.nodes[*position];
            let carried = self.carried_at(source, &run.path, through);
            match sources.iter_mut().find(|(known, _)| known.id == source.id) {
                Some((_, any)) => *any |= carried,
                None if source.kind.is_trigger() && !carried => {}
                None => sources.push((source, carried)),
            }
        }
        match sources.as_slice() {
            [(source, true)] => self.output_at(source, &run.path),
            [_] | [] => Value::Null,
            several => several
                .iter()
                .filter(|(_, carried)| *carried)
                .map(|(source, _)| (source.name.clone(), self.output_at(source, &run.path)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

fn handed_on(run: &TaskRun) -> Value {
    match (run.status, run.attempts.last().and_then(|attempt| attempt.error.as_ref())) {
        (TaskRunStatus::Failed, Some(error)) => {
            json!({ "error": { "message": error.message, "details": error.details } })
        }
        // Of a failure that was kept, this is all.
        (TaskRunStatus::Failed, None) => run.output.clone().unwrap_or(Value::Null),
        (TaskRunStatus::Succeeded, _) => run.output.clone().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}
