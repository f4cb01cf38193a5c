//! Decides what an execution does next. Pure: knows no clock and no database; the engine carries the steps out and
//! appends what happened to the journal.

mod admission;
mod judge;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    graph::Graph,
    id::NodeId,
    state::ExecutionState,
    workflow::{Node, Workflow},
};

/// One thing to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Enter(Phase),
    /// Ask for the concurrency key and wait for it.
    Queue {
        key: String,
    },
    Start {
        node: NodeId,
        attempt: u32,
    },
    EndWait {
        node: NodeId,
    },
    Skip {
        node: NodeId,
        reason: String,
    },
    Finish {
        status: ExecutionStatus,
        output: Option<Value>,
        error: Option<String>,
    },
}

/// A workflow version made ready to be planned: its graph and the order of its nodes, computed once.
pub struct Prepared {
    pub workflow: Arc<Workflow>,
    graph: Graph,
    order: Vec<usize>,
}

impl Prepared {
    /// Nodes of a cycle are never started; `problems()` keeps such a workflow from being published or run.
    pub fn of(workflow: impl Into<Arc<Workflow>>) -> Self {
        let workflow = workflow.into();
        let graph = Graph::of(&workflow);
        let position: HashMap<&NodeId, usize> =
            workflow.nodes.iter().enumerate().map(|(position, node)| (&node.id, position)).collect();
        let order = graph.order().unwrap_or_default().iter().map(|id| position[id]).collect();
        Self { workflow, graph, order }
    }
}

/// What to do next, in this order. Empty: wait for an attempt to end, for [`due_at`], or nothing is left.
/// Asked again after the steps are in the state, until it is empty.
pub fn next(prepared: &Prepared, state: &ExecutionState, now: DateTime<Utc>) -> Vec<Step> {
    if state.status.is_finished() || state.cause.is_none() {
        return Vec::new();
    }
    if state.cancelled_by.is_some() {
        return vec![Step::Finish { status: ExecutionStatus::Cancelled, output: None, error: None }];
    }
    if let Some(seconds) = deadline_passed(&prepared.workflow, state, now) {
        let error = Some(format!("The execution took longer than its deadline of {seconds} s."));
        return vec![Step::Finish { status: ExecutionStatus::Failed, output: None, error }];
    }
    match state.phase {
        Phase::Init => vec![Step::Enter(Phase::Prepare)],
        Phase::Prepare => admission::steps(prepared, state),
        Phase::Execute => judge::Judge::new(prepared, state, now).steps(),
        Phase::Validate => vec![Step::Enter(Phase::Complete)],
        Phase::Complete => vec![Step::Finish {
            status: ExecutionStatus::Succeeded,
            output: Some(output(prepared, state)),
            error: None,
        }],
    }
}

/// When [`next`] has something to do though nothing happens: a retry, the end of a wait, the deadline.
pub fn due_at(workflow: &Workflow, state: &ExecutionState) -> Option<DateTime<Utc>> {
    [state.due_at(), deadline(workflow, state)].into_iter().flatten().min()
}

fn deadline(workflow: &Workflow, state: &ExecutionState) -> Option<DateTime<Utc>> {
    Some(state.started_at? + TimeDelta::seconds(workflow.settings.deadline_secs?.into()))
}

fn deadline_passed(workflow: &Workflow, state: &ExecutionState, now: DateTime<Utc>) -> Option<u32> {
    deadline(workflow, state).filter(|deadline| *deadline <= now).and(workflow.settings.deadline_secs)
}

/// The execution's output: that of its one last node, or of several by node name, without those that handed nothing on.
fn output(prepared: &Prepared, state: &ExecutionState) -> Value {
    let is_last = |node: &&Node| {
        state.status_of(node) == TaskRunStatus::Succeeded
            && !prepared.graph.targets(&node.id).any(|(through, _)| state.carried(node, through))
    };
    let mut last: Vec<&Node> = prepared.workflow.nodes.iter().filter(is_last).collect();
    match (last.pop(), last.is_empty()) {
        (None, _) => Value::Null,
        (Some(only), true) => state.output_of(only),
        (Some(node), false) => {
            last.push(node);
            last.iter().map(|node| (node.name.clone(), state.output_of(node))).collect::<serde_json::Map<_, _>>().into()
        }
    }
}
