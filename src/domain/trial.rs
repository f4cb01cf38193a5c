//! Trying a draft out: one node by itself, or everything up to it. Outputs that somebody pinned, and those of an earlier
//! execution, stand in for what does not run. Pure.

use std::collections::BTreeSet;

use super::{
    event::Change,
    execution::TaskRunStatus,
    graph::Graph,
    id::{ExecutionId, NodeId, RunId},
    restart::{self, Past},
    workflow::{Node, Workflow},
};

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The node alone, on what an earlier execution and pins hand to it.
    Only,
    /// The node and everything before it.
    UpTo,
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
    let workflow = up_to(draft, node);
    let pins = pins(&workflow, Some(node));
    let mut kept = match (reach, past) {
        (Reach::UpTo, _) => Vec::new(),
        (Reach::Only, Some(past)) => restart::kept(past, &workflow, node).or_else(|reason| {
            // Pins alone may be enough.
            if stands_alone(&workflow, node) { Ok(Vec::new()) } else { Err(reason) }
        })?,
        (Reach::Only, None) if stands_alone(&workflow, node) => Vec::new(),
        (Reach::Only, None) => {
            return Err("Nothing before it has an output yet. Run the workflow, or up to here, once.".to_owned());
        }
    };
    kept.retain(|change| !matches!(change, Change::Kept { node, .. } if pins.iter().any(|pin| is_of(pin, &node.node))));
    kept.extend(pins);
    Ok(Trial { workflow: workflow.unpinned(), kept })
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

fn is_of(change: &Change, id: &NodeId) -> bool {
    matches!(change, Change::Kept { node, .. } if node.node == *id)
}

/// The node and everything that it needs; of a pinned node, nothing that only it needs.
fn up_to(draft: &Workflow, node: &NodeId) -> Workflow {
    let is_cut = |id: &NodeId| id != node && draft.node(id).is_some_and(|node| node.pinned.is_some());
    let edges: Vec<_> = draft.edges.iter().filter(|edge| !is_cut(&edge.to.node)).cloned().collect();
    let cut = Workflow { edges, ..draft.clone() };
    let graph = Graph::of(&cut);
    let mut wanted: BTreeSet<NodeId> = graph.ancestors(node).into_iter().chain([node.clone()]).collect();
    // Expressions may read the output of any node before, pinned or not; triggers give `trigger`.
    wanted.extend(draft.nodes.iter().filter(|node| node.kind.is_trigger()).map(|node| node.id.clone()));
    let nodes = draft.nodes.iter().filter(|node| wanted.contains(&node.id)).cloned().collect();
    let is_within = |edge: &super::workflow::Edge| wanted.contains(&edge.from.node) && wanted.contains(&edge.to.node);
    let edges = cut.edges.into_iter().filter(is_within).collect();
    Workflow { nodes, edges, notes: Vec::new(), groups: Vec::new(), ..draft.clone() }
}

/// Whether everything right before the node is pinned or a trigger.
fn stands_alone(workflow: &Workflow, node: &NodeId) -> bool {
    let mut sources = workflow.edges.iter().filter(|edge| edge.to.node == *node);
    sources.all(|edge| {
        workflow.node(&edge.from.node).is_some_and(|source| source.kind.is_trigger() || source.pinned.is_some())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Edge, Point},
    };

    /// start → a → b → c, start → d
    fn draft() -> Workflow {
        let node = |id: &str| {
            let kind = if id == "start" { Kind::Manual } else { Kind::Transform };
            Node::new(id.into(), id, kind, Point::default())
        };
        let nodes = ["start", "a", "b", "c", "d"].map(node).to_vec();
        let edges = [("start", "a"), ("a", "b"), ("b", "c"), ("start", "d")];
        let edges = edges.map(|(from, to)| Edge::between(from, to)).to_vec();
        Workflow { name: "W".to_owned(), nodes, edges, ..Workflow::default() }
    }

    fn names(workflow: &Workflow) -> Vec<&str> {
        workflow.nodes.iter().map(|node| node.id.as_str()).collect()
    }

    #[test]
    fn up_to_a_node_runs_what_it_needs_and_nothing_else() {
        let trial = trial(&draft(), &"b".into(), Reach::UpTo, None).expect("it can be tried");
        assert_eq!(names(&trial.workflow), ["start", "a", "b"]);
        assert_eq!((trial.workflow.edges.len(), trial.kept.len()), (2, 0));
    }

    #[test]
    fn a_pinned_output_stands_in_for_its_node_and_all_before_it() {
        let mut draft = draft();
        draft.nodes[2].pinned = Some(json!({ "n": 1 }));
        let trial = trial(&draft, &"c".into(), Reach::UpTo, None).expect("it can be tried");
        assert_eq!(names(&trial.workflow), ["start", "b", "c"]);
        let [Change::Kept { node, output, port, .. }] = &trial.kept[..] else { panic!("{:?}", trial.kept) };
        assert_eq!((node.to_string().as_str(), output, port.as_deref()), ("b", &json!({ "n": 1 }), Some("out")));
        let alone = super::trial(&draft, &"c".into(), Reach::Only, None).expect("a pin is enough");
        assert_eq!(alone.kept.len(), 1);
        let own = super::trial(&draft, &"b".into(), Reach::UpTo, None).expect("it can be tried");
        assert!(own.kept.is_empty(), "what is tried runs though it is pinned");
    }

    #[test]
    fn what_cannot_be_tried_says_why() {
        let error = |node: &str| trial(&draft(), &node.into(), Reach::Only, None).expect_err("it cannot");
        assert!(error("start").contains("starts executions"));
        assert!(error("nobody").contains("no node"));
        assert!(error("c").contains("Run the workflow"));
        assert!(trial(&draft(), &"a".into(), Reach::Only, None).is_ok(), "a trigger is always there");
    }
}
