//! Loops as the graph draws them: a loop's body is everything that its output `item` reaches, and runs once per item.

use std::collections::{HashMap, HashSet};

use super::{graph::Graph, id::NodeId, task::port, workflow::Workflow};

/// Which loops are around which node.
pub struct Nesting {
    bodies: HashMap<NodeId, HashSet<NodeId>>,
    /// The outermost loop first; nodes outside of loops have no entry.
    around: HashMap<NodeId, Vec<NodeId>>,
}

impl Nesting {
    pub fn of(workflow: &Workflow, graph: &Graph) -> Self {
        let loops = workflow.nodes.iter().filter(|node| node.kind.is_loop());
        let bodies: HashMap<NodeId, HashSet<NodeId>> =
            loops.map(|node| (node.id.clone(), body(graph, &node.id))).collect();
        let mut outermost_first: Vec<&NodeId> = workflow.nodes.iter().map(|node| &node.id).collect();
        outermost_first.retain(|id| bodies.contains_key(id));
        outermost_first.sort_by_key(|id| std::cmp::Reverse(bodies[id].len()));
        let mut around: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for id in outermost_first {
            for inside in &bodies[id] {
                around.entry(inside.clone()).or_default().push(id.clone());
            }
        }
        Self { bodies, around }
    }

    /// The loops around a node, the outermost first.
    pub fn around(&self, node: &NodeId) -> &[NodeId] {
        self.around.get(node).map_or(&[], Vec::as_slice)
    }

    /// Whether both nodes run for the same item of the same loops.
    pub fn is_level(&self, one: &NodeId, other: &NodeId) -> bool {
        self.around(one) == self.around(other)
    }

    /// Whether `node` runs for each item of `loop_node` itself, not of a loop inside of it.
    pub fn is_directly_in(&self, node: &NodeId, loop_node: &NodeId) -> bool {
        self.around(node).split_last().is_some_and(|(last, outer)| last == loop_node && outer == self.around(loop_node))
    }

    /// Every node of a loop's body, those of loops inside of it too.
    pub fn body(&self, loop_node: &NodeId) -> impl Iterator<Item = &NodeId> {
        self.bodies.get(loop_node).into_iter().flatten()
    }
}

fn body(graph: &Graph, node: &NodeId) -> HashSet<NodeId> {
    let first = graph.targets(node).filter(|(through, _)| *through == port::ITEM).map(|(_, target)| target);
    first.flat_map(|target| graph.descendants(target).into_iter().chain([target.clone()])).collect()
}
