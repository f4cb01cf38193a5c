//! Starting an execution that is over again from a node: which of its task runs the new one keeps. Pure; the engine
//! writes them into the new execution's journal.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    event::Change,
    execution::TaskRunStatus,
    graph::Graph,
    id::{ExecutionId, NodeId, RunId},
    nesting::Nesting,
    state::ExecutionState,
    task::port,
    workflow::{Node, Workflow},
};

/// What the new execution runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// What the execution ran that is over.
    #[default]
    Original,
    /// What is published now; of a draft, the draft as it is saved. What is new or changed since runs too.
    Current,
}

impl Version {
    pub const ALL: [Self; 2] = [Self::Original, Self::Current];

    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Current => "current",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }
}

/// An execution that is over.
pub struct Past<'a> {
    pub execution: ExecutionId,
    /// What it ran.
    pub workflow: &'a Workflow,
    pub state: &'a ExecutionState,
}

/// What the new execution's journal begins with when `workflow` starts again from `node`: one [`Change::Kept`] per node
/// that does not run again. A node inside of loops stands for the outermost one. An error says what stands in the way
/// and what to do.
pub fn kept(past: &Past<'_>, workflow: &Workflow, node: &NodeId) -> Result<Vec<Change>, String> {
    let graph = Graph::of(workflow);
    let nesting = Nesting::of(workflow, &graph);
    let Some(chosen) = workflow.node(node) else {
        return Err(format!("The version that would run has no node “{node}”. Choose another one."));
    };
    if chosen.kind.is_trigger() {
        return Err(format!("“{}” starts executions and runs nothing. Run the execution again instead.", chosen.name));
    }
    let anew = Anew::of(past, workflow, &graph, &nesting);
    anew.has_its_trigger()?;
    let first = anew.whole(node);
    let mut again = anew.with_descendants(anew.changed().chain([first.clone()]));
    anew.can_begin_at(&first, &again)?;
    let open: Vec<NodeId> =
        anew.top().filter(|node| anew.outcome(node).is_none()).map(|node| node.id.clone()).collect();
    again.extend(anew.with_descendants(open));
    let order = graph.order().map_err(|_| "The nodes wait for each other in a circle.".to_owned())?;
    let stays = |id: &&NodeId| !again.contains(*id);
    Ok(order.iter().filter(stays).filter_map(|id| anew.keep(workflow.node(id)?)).collect())
}

/// What is new in `workflow` since, or does something else than it did; loops as a whole.
pub fn changed(past: &Past<'_>, workflow: &Workflow) -> Vec<NodeId> {
    let graph = Graph::of(workflow);
    let nesting = Nesting::of(workflow, &graph);
    let anew = Anew::of(past, workflow, &graph, &nesting);
    anew.changed().collect()
}

/// The workflow that starts again, seen from what was.
struct Anew<'a> {
    past: &'a Past<'a>,
    workflow: &'a Workflow,
    graph: &'a Graph,
    nesting: &'a Nesting,
    /// The nodes that ran, and what led to each then and now.
    ran: HashMap<&'a NodeId, &'a Node>,
    sources_then: Sources<'a>,
    sources: Sources<'a>,
}

/// What leads to each node: from where, through which port.
type Sources<'a> = HashMap<&'a NodeId, BTreeSet<(&'a NodeId, &'a str)>>;

fn sources(workflow: &Workflow) -> Sources<'_> {
    let mut all = Sources::new();
    for edge in &workflow.edges {
        all.entry(&edge.to.node).or_default().insert((&edge.from.node, edge.from.port.as_str()));
    }
    all
}

impl<'a> Anew<'a> {
    fn of(past: &'a Past<'a>, workflow: &'a Workflow, graph: &'a Graph, nesting: &'a Nesting) -> Self {
        let ran = past.workflow.nodes.iter().map(|node| (&node.id, node)).collect();
        let (sources_then, sources) = (sources(past.workflow), sources(workflow));
        Self { past, workflow, graph, nesting, ran, sources_then, sources }
    }
}

impl Anew<'_> {
    fn has_its_trigger(&self) -> Result<(), String> {
        let fired = self.past.state.cause.as_ref().and_then(|cause| cause.trigger.as_ref());
        match fired.filter(|fired| self.workflow.node(fired).is_none()) {
            None => Ok(()),
            Some(fired) => Err(format!(
                "The trigger “{fired}”, which started the execution, is not in the version that would run. Restart it \
                 on its original version."
            )),
        }
    }

    /// The node, or the outermost loop around it.
    fn whole(&self, node: &NodeId) -> NodeId {
        self.nesting.around(node).first().unwrap_or(node).clone()
    }

    fn with_descendants(&self, nodes: impl IntoIterator<Item = NodeId>) -> HashSet<NodeId> {
        nodes.into_iter().flat_map(|node| self.graph.descendants(&node).into_iter().chain([node])).collect()
    }

    /// Tasks outside of loops.
    fn top(&self) -> impl Iterator<Item = &Node> {
        self.workflow.nodes.iter().filter(|node| !node.kind.is_trigger() && self.nesting.around(&node.id).is_empty())
    }

    /// What is new, or does something else than it did; loops as a whole.
    fn changed(&self) -> impl Iterator<Item = NodeId> {
        let is_changed = |node: &&Node| !node.kind.is_trigger() && self.is_changed(node);
        self.workflow.nodes.iter().filter(is_changed).map(|node| self.whole(&node.id))
    }

    /// Whether it could come to another output: retries, limits and places do not count.
    fn is_changed(&self, node: &Node) -> bool {
        let Some(before) = self.ran.get(&node.id) else { return true };
        let does_the_same = (before.kind, before.join, before.disabled) == (node.kind, node.join, node.disabled)
            && (&before.name, &before.parameters) == (&node.name, &node.parameters);
        let has_other_sources = self.sources_then.get(&node.id) != self.sources.get(&node.id);
        !does_the_same || has_other_sources || self.has_another_body(node)
    }

    fn has_another_body(&self, node: &Node) -> bool {
        if !node.kind.is_loop() {
            return false;
        }
        let graph = Graph::of(self.past.workflow);
        let before = Nesting::of(self.past.workflow, &graph);
        let body = |nesting: &Nesting| nesting.body(&node.id).cloned().collect::<BTreeSet<_>>();
        body(&before) != body(self.nesting)
    }

    /// What the node came to, if that can be kept. A failure can where an edge takes it up.
    fn outcome(&self, node: &Node) -> Option<TaskRunStatus> {
        let status = self.past.state.task_runs.get(&RunId::from(&node.id))?.status;
        let is_handled = || self.graph.targets(&node.id).any(|(through, _)| through == port::ERROR);
        match status {
            TaskRunStatus::Succeeded | TaskRunStatus::Skipped => Some(status),
            TaskRunStatus::Failed if is_handled() => Some(status),
            _ => None,
        }
    }

    /// Everything before it is kept or runs because it changed.
    fn can_begin_at(&self, first: &NodeId, again: &HashSet<NodeId>) -> Result<(), String> {
        let before = self.graph.ancestors(first);
        let is_missing =
            |node: &&Node| before.contains(&node.id) && !again.contains(&node.id) && self.outcome(node).is_none();
        if let Some(missing) = self.top().find(is_missing) {
            let name = &missing.name;
            return Err(format!("“{name}” comes before it and has no output to keep. Restart from “{name}”."));
        }
        let run = self.past.state.task_runs.get(&RunId::from(first));
        let was_skipped = run.is_some_and(|run| run.status == TaskRunStatus::Skipped);
        let chosen = self.workflow.node(first).filter(|node| was_skipped && !self.is_changed(node));
        match chosen.filter(|_| before.is_disjoint(again)) {
            None => Ok(()),
            Some(node) => {
                let reason = run.and_then(|run| run.reason.clone()).unwrap_or_default();
                Err(format!("“{}” was skipped and would be again: {reason} Restart from what decided it.", node.name))
            }
        }
    }

    /// None: it has no part of its own, as triggers and what no iteration reached.
    fn keep(&self, node: &Node) -> Option<Change> {
        let is_inside = !self.nesting.around(&node.id).is_empty();
        let run = self.past.state.run(&node.id)?;
        if node.kind.is_trigger() || !run.status.is_finished() {
            return None;
        }
        // The loop hands on what its iterations came to; of the nodes inside only how they stood.
        let output = if is_inside { Value::Null } else { self.past.state.output_of(node) };
        Some(Change::Kept {
            node: RunId::from(&node.id),
            from: run.kept_from.unwrap_or(self.past.execution),
            status: run.status,
            output,
            port: run.port.clone(),
            reason: run.reason.clone(),
        })
    }
}
