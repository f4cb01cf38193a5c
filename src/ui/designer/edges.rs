//! Edges: which may be drawn, and drawing them.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::editor::Editor;
use crate::domain::{
    graph::Graph,
    id::NodeId,
    workflow::{Edge, Endpoint, Node, Workflow},
};

impl Editor {
    /// Which nodes may not take an edge from here, and why.
    pub fn refusals(self, from: &Endpoint) -> BTreeMap<NodeId, String> {
        self.workflow.with_untracked(|workflow| refusals(workflow, from))
    }

    pub fn disconnect(self, edges: &[Edge]) {
        let label = match edges.len() {
            1 => "Delete an edge".to_owned(),
            count => format!("Delete {count} edges"),
        };
        self.edit(&label, |workflow| workflow.edges.retain(|other| !edges.contains(other)));
        self.say(label);
    }

    /// Adds the edge, unless something speaks against it; then says what.
    pub fn connect(self, edge: Edge) {
        if let Some(reason) = self.refusals(&edge.from).remove(&edge.to.node) {
            return self.say(reason);
        }
        let name = |id: &NodeId| self.with_node(id, |node| node.name.clone()).unwrap_or_default();
        self.say(format!("Connected {} to {}", name(&edge.from.node), name(&edge.to.node)));
        self.edit("Connect", |workflow| workflow.edges.push(edge));
    }
}

/// Computed once when an edge begins; hovering then only looks up.
fn refusals(workflow: &Workflow, from: &Endpoint) -> BTreeMap<NodeId, String> {
    let before = Graph::of(workflow).ancestors(&from.node);
    let name = |id: &NodeId| workflow.node(id).map_or("this node", |node| node.name.as_str());
    let refusal = |node: &Node| {
        if node.id == from.node {
            Some("A node cannot follow itself.".to_owned())
        } else if !node.kind.has_input() {
            Some(format!("{} starts executions: nothing can come before it.", node.name))
        } else if workflow.edges.iter().any(|edge| edge.from == *from && edge.to.node == node.id) {
            Some(format!("{} is connected from here already.", node.name))
        } else if before.contains(&node.id) {
            Some(format!("This would close a circle: {} already comes before {}.", node.name, name(&from.node)))
        } else {
            None
        }
    };
    workflow.nodes.iter().filter_map(|node| Some((node.id.clone(), refusal(node)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        task::{Kind, port},
        workflow::Point,
    };

    #[test]
    fn an_edge_is_refused_to_triggers_to_itself_twice_and_in_a_circle() {
        let node = |id: &str, kind| Node::new(id.into(), id, kind, Point::default());
        let workflow = Workflow {
            nodes: vec![
                node("start", Kind::Webhook),
                node("a", Kind::Transform),
                node("b", Kind::Transform),
                node("c", Kind::Transform),
            ],
            edges: vec![Edge::between("start", "a"), Edge::between("a", "b")],
            ..Default::default()
        };
        let from = |id: &str| Endpoint { node: id.into(), port: port::OUT.to_owned() };
        let refused = |id: &str| refusals(&workflow, &from(id)).keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(refused("a"), ["a", "b", "start"]);
        assert_eq!(refused("b"), ["a", "b", "start"]);
        assert_eq!(refused("c"), ["c", "start"]);
        assert!(refusals(&workflow, &from("b"))[&NodeId::from("a")].contains("circle"));
        let error_port = Endpoint { node: "a".into(), port: port::ERROR.to_owned() };
        assert!(!refusals(&workflow, &error_port).contains_key(&NodeId::from("b")), "another port is another edge");
    }
}
