//! Trying a draft out: one node by itself, everything up to it, or everything from it on. Outputs that somebody pinned, and
//! those of an earlier execution, stand in for what does not run. Pure.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use super::{
    event::Change,
    execution::TaskRunStatus,
    graph::Graph,
    id::{ExecutionId, NodeId, RunId},
    nesting::Nesting,
    payload,
    restart::{self, Past},
    workflow::{Edge, Node, Workflow},
};

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The node alone, on what an earlier execution and pins hand to it.
    Only,
    /// The node and everything before it.
    UpTo,
    /// The node and everything after it, on what an earlier execution and pins hand to them. What changed since runs, too; a
    /// pinned node hands on what is pinned.
    From,
}

impl Reach {
    /// Whether an earlier execution stands in for what does not run.
    pub fn goes_on_with_the_past(self) -> bool {
        self != Self::UpTo
    }
}

/// What runs, and how its journal begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub workflow: Workflow,
    pub kept: Vec<Change>,
}

/// The node and what comes before it, as far back as pins do not stand in. An error says what is missing.
pub fn trial(draft: &Workflow, node: &NodeId, reach: Reach, past: Option<&Past<'_>>) -> Result<Trial, String> {
    let Some(chosen) = draft.node(node) else { return Err(format!("The draft has no node “{node}” any more.")) };
    if chosen.kind.is_trigger() {
        return Err(format!("“{}” starts executions and runs nothing. Choose what comes after it.", chosen.name));
    }
    match reach {
        Reach::Only => only(draft, node, past),
        Reach::UpTo => {
            let workflow = up_to(draft, node);
            let kept = pins(&workflow, Some(node));
            Ok(Trial { workflow: workflow.unpinned(), kept })
        }
        Reach::From => from(draft, node, past),
    }
}

fn only(draft: &Workflow, node: &NodeId, past: Option<&Past<'_>>) -> Result<Trial, String> {
    let workflow = up_to(draft, node);
    let mut kept = kept(&workflow, node, past)?;
    pin(&mut kept, pins(&workflow, Some(node)));
    Ok(Trial { workflow: workflow.unpinned(), kept })
}

fn from(draft: &Workflow, node: &NodeId, past: Option<&Past<'_>>) -> Result<Trial, String> {
    let graph = Graph::of(draft);
    let begin = Nesting::of(draft, &graph).around(node).first().unwrap_or(node).clone();
    let aims: Vec<NodeId> = graph.reach([&begin]).into_iter().collect();
    let whole = part(draft, &aims, |_| false);
    let mut kept = kept(&whole, node, past)?;
    let again = past.map(|past| run_anew(past, &whole)).unwrap_or_default();
    kept.retain(|change| kept_node(change).is_none_or(|id| !again.contains(id)));
    // What only pinned nodes need does not run; where it has been, expressions may still read it.
    let is_pinned = |id: &NodeId| draft.node(id).is_some_and(|node| node.pinned.is_some());
    let needed = part(draft, &aims, is_pinned);
    let mut stay: HashSet<NodeId> = needed.nodes.into_iter().map(|node| node.id).collect();
    stay.extend(kept.iter().filter_map(kept_node).cloned());
    let workflow = cut_down(whole, |id| stay.contains(id));
    let pins = pins(&workflow, None);
    pin(&mut kept, pins);
    Ok(Trial { workflow: workflow.unpinned(), kept })
}

/// What the past hands to the node; nothing where pins and triggers are enough. An error says what is missing.
fn kept(workflow: &Workflow, node: &NodeId, past: Option<&Past<'_>>) -> Result<Vec<Change>, String> {
    let kept = match past {
        Some(past) => restart::kept(past, workflow, node),
        None => Err("Nothing before it has an output yet. Run the workflow, or up to here, once.".to_owned()),
    };
    kept.or_else(|reason| if stands_alone(workflow, node) { Ok(Vec::new()) } else { Err(reason) })
}

/// Puts pins in the place of what the past had there.
fn pin(kept: &mut Vec<Change>, pins: Vec<Change>) {
    let pinned: HashSet<NodeId> = pins.iter().filter_map(kept_node).cloned().collect();
    kept.retain(|change| kept_node(change).is_none_or(|id| !pinned.contains(id)));
    kept.extend(pins);
}

/// What comes after pins that are not those that the past went on with, and nodes whose pins are gone.
fn run_anew(past: &Past<'_>, workflow: &Workflow) -> HashSet<NodeId> {
    let graph = Graph::of(workflow);
    let nesting = Nesting::of(workflow, &graph);
    // A loop runs as a whole or not at all.
    let found = repinned(past, workflow).filter(|node| nesting.around(&node.id).is_empty());
    graph.reach(found.map(|node| &node.id))
}

fn repinned<'a>(past: &'a Past<'_>, workflow: &'a Workflow) -> impl Iterator<Item = &'a Node> {
    let was_pinned = move |node: &Node| {
        let from = past.state.run(&node.id).and_then(|run| run.kept_from);
        from.is_some_and(|execution| execution.0.is_nil())
    };
    let is_repinned = move |node: &&Node| match &node.pinned {
        Some(pin) => {
            let before = past.state.output_of(node);
            // Too large to have been sent whole, it cannot be compared.
            payload::cut_bytes(&before).is_none() && *pin != before
        }
        None => was_pinned(node),
    };
    workflow.nodes.iter().filter(|node| !node.kind.is_trigger()).filter(is_repinned)
}

/// Whose outputs in the past are no longer what the draft would come to: what changed since, and everything after it as far
/// as no pin stands in.
pub fn stale(past: &Past<'_>, draft: &Workflow) -> BTreeSet<NodeId> {
    let pinned: HashSet<&NodeId> =
        draft.nodes.iter().filter(|node| node.pinned.is_some()).map(|node| &node.id).collect();
    let edges = draft.edges.iter().filter(|edge| !pinned.contains(&edge.to.node)).cloned().collect();
    let graph = Graph::of(&Workflow { edges, ..draft.clone() });
    let changed = restart::changed(past, draft).into_iter().filter(|id| !pinned.contains(id));
    let first: BTreeSet<NodeId> = changed.chain(repinned(past, draft).map(|node| node.id.clone())).collect();
    let mut stale: BTreeSet<NodeId> = graph.reach(&first).into_iter().collect();
    let has_run = |id: &NodeId| past.state.run(id).is_some_and(|run| run.status != TaskRunStatus::Skipped);
    stale.retain(|id| !pinned.contains(id) && has_run(id));
    stale
}

/// What a draft's journal begins with: the outputs that are pinned, but for that of `except`.
pub fn pins(workflow: &Workflow, except: Option<&NodeId>) -> Vec<Change> {
    let is_pinned = |node: &&Node| node.pinned.is_some() && Some(&node.id) != except && !node.kind.is_trigger();
    let pin = |node: &Node| Change::Kept {
        node: RunId::from(&node.id),
        from: ExecutionId(uuid::Uuid::nil()),
        status: TaskRunStatus::Succeeded,
        output: node.pinned.clone().unwrap_or_default(),
        port: Some(node.way_on().to_owned()),
        reason: None,
    };
    workflow.nodes.iter().filter(is_pinned).map(pin).collect()
}

impl Workflow {
    /// Without the outputs that are pinned: data of executions, which not everybody sees and which nothing published reads.
    pub fn unpinned(mut self) -> Self {
        self.nodes.iter_mut().for_each(|node| node.pinned = None);
        self
    }

    /// With the outputs that are pinned in the other.
    pub fn pinned_as_in(mut self, other: &Self) -> Self {
        for node in &mut self.nodes {
            node.pinned = other.node(&node.id).and_then(|node| node.pinned.clone());
        }
        self
    }
}

fn kept_node(change: &Change) -> Option<&NodeId> {
    match change {
        Change::Kept { node, .. } => Some(&node.node),
        _ => None,
    }
}

/// The node and everything that it needs; of a pinned node, nothing that only it needs.
fn up_to(draft: &Workflow, node: &NodeId) -> Workflow {
    part(draft, std::slice::from_ref(node), |id| id != node && draft.node(id).is_some_and(|node| node.pinned.is_some()))
}

/// These nodes and everything that they need; of a node that is cut off, nothing that only it needs.
fn part(draft: &Workflow, aims: &[NodeId], is_cut: impl Fn(&NodeId) -> bool) -> Workflow {
    let edges: Vec<Edge> = draft.edges.iter().filter(|edge| !is_cut(&edge.to.node)).cloned().collect();
    let cut = Workflow { edges, ..draft.clone() };
    let graph = Graph::of(&cut);
    let mut wanted = graph.needs(aims);
    // Expressions may read the output of any node before, pinned or not; triggers give `trigger`.
    wanted.extend(draft.nodes.iter().filter(|node| node.kind.is_trigger()).map(|node| node.id.clone()));
    cut_down(cut, |id| wanted.contains(id))
}

/// These nodes and the edges between them.
fn cut_down(workflow: Workflow, stays: impl Fn(&NodeId) -> bool) -> Workflow {
    let is_within = |edge: &Edge| stays(&edge.from.node) && stays(&edge.to.node);
    let edges = workflow.edges.iter().filter(|edge| is_within(edge)).cloned().collect();
    let nodes = workflow.nodes.iter().filter(|node| stays(&node.id)).cloned().collect();
    Workflow { nodes, edges, notes: Vec::new(), groups: Vec::new(), ..workflow }
}

/// Whether everything right before the node is pinned or a trigger.
fn stands_alone(workflow: &Workflow, node: &NodeId) -> bool {
    let mut sources = workflow.edges.iter().filter(|edge| edge.to.node == *node);
    sources.all(|edge| {
        workflow.node(&edge.from.node).is_some_and(|source| source.kind.is_trigger() || source.pinned.is_some())
    })
}
