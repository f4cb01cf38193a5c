//! An execution on the canvas: how the nodes fare, and what the edges carried.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::scene::Scene;
use crate::domain::{execution::TaskRunStatus, id::NodeId, task::port, workflow::Edge};

/// How a node fares in an execution, and the port that data left through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    pub status: TaskRunStatus,
    pub port: Option<String>,
    /// How many items it handed on; none where that was not a list.
    pub items: Option<usize>,
}

impl NodeStatus {
    fn has_left_through(&self, through: &str) -> bool {
        match self.status {
            TaskRunStatus::Succeeded => self.port.as_deref().unwrap_or(port::OUT) == through,
            TaskRunStatus::Failed => through == port::ERROR,
            _ => false,
        }
    }
}

impl Scene {
    /// Shows how the nodes fare in an execution; a node that is not named has not been reached.
    pub fn show_statuses(self, statuses: &BTreeMap<NodeId, NodeStatus>) {
        self.shows_execution.set(true);
        self.nodes.with_value(|nodes| {
            for (id, node) in nodes {
                let status = statuses.get(id);
                if node.status.with_untracked(|before| before.as_ref() != status) {
                    node.status.set(status.cloned());
                }
            }
        });
    }

    pub fn shows_execution(self) -> bool {
        self.shows_execution.get()
    }

    /// How many items went over the edge in the execution shown, where they were several.
    pub fn edge_count(self, edge: &Edge) -> Option<usize> {
        if !self.shows_execution.get() {
            return None;
        }
        let from = self.node(&edge.from.node)?.status.get()?;
        from.items.filter(|_| from.has_left_through(&edge.from.port))
    }

    /// The class of an edge: what it carried in the execution shown.
    pub fn edge_class(self, edge: &Edge) -> &'static str {
        if !self.shows_execution.get() {
            return "edge";
        }
        let status = |id: &NodeId| self.node(id).and_then(|node| node.status.get());
        let Some(from) = status(&edge.from.node) else { return "edge unreached" };
        match (from.has_left_through(&edge.from.port), status(&edge.to.node).map(|to| to.status)) {
            (true, Some(TaskRunStatus::Running | TaskRunStatus::Waiting)) => "edge running",
            (true, _) if from.status == TaskRunStatus::Failed => "edge failed",
            (true, _) => "edge succeeded",
            (false, _) => "edge unreached",
        }
    }
}
