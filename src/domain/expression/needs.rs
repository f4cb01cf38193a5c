//! What the expressions of one node read, found out once, so that an attempt copies no data that it does not read.

use super::{References, references};
use crate::domain::{
    id::NodeId,
    workflow::{Node, Workflow},
};

/// What one node's attempts need to know. Nodes are known by their position in the workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Where each edge into the node comes from, in the order of the workflow's edges.
    pub sources: Vec<(usize, String)>,
    /// Whose outputs it reads by name.
    pub nodes: Vec<usize>,
    pub trigger: bool,
    pub execution: bool,
    pub workflow: bool,
    pub vars: bool,
    pub now: bool,
}

impl Needs {
    pub fn of(workflow: &Workflow, node: &Node, sources: Vec<(usize, String)>) -> Self {
        let References { names, is_open, .. } = references(node);
        let is_read = |other: &Node| is_open || names.iter().any(|mention| mention.name == other.name);
        let others = workflow.nodes.iter().enumerate();
        // A word that stands there for something else costs a copy and nothing more.
        let text = serde_json::to_string(&(&node.parameters, &node.limits)).unwrap_or_default();
        Self {
            sources,
            nodes: others.filter(|(_, other)| other.id != node.id && is_read(other)).map(|(at, _)| at).collect(),
            trigger: text.contains("trigger"),
            execution: text.contains("execution"),
            workflow: text.contains("workflow"),
            vars: text.contains("vars"),
            now: text.contains("now"),
        }
    }

    /// The edges into the node.
    pub fn sources_of(workflow: &Workflow, node: &NodeId) -> Vec<(usize, String)> {
        let position = |id: &NodeId| workflow.nodes.iter().position(|node| node.id == *id);
        let into = workflow.edges.iter().filter(|edge| edge.to.node == *node);
        into.filter_map(|edge| Some((position(&edge.from.node)?, edge.from.port.clone()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Edge, Point},
    };

    /// What a transform with this expression needs of a workflow `a -> b -> it`.
    fn needs(expression: &str) -> Needs {
        let mut workflow = Workflow::default();
        for id in ["a", "b", "it"] {
            workflow.nodes.push(Node::new(id.into(), id.to_uppercase(), Kind::Transform, Point::default()));
        }
        workflow.edges = vec![Edge::between("a", "b"), Edge::between("b", "it")];
        workflow.nodes[2].parameters.insert("output".into(), json!(expression));
        let sources = Needs::sources_of(&workflow, &"it".into());
        Needs::of(&workflow, &workflow.nodes[2], sources)
    }

    #[test]
    fn a_node_needs_what_its_expressions_mention() {
        let nothing = Needs { sources: vec![(1, "out".to_owned())], ..Needs::default() };
        assert_eq!(needs("input.email"), nothing);
        assert_eq!(needs("nodes.A.output"), Needs { nodes: vec![0], ..nothing.clone() });
        assert_eq!(needs("Object.keys(nodes)"), Needs { nodes: vec![0, 1], ..nothing.clone() });
        assert_eq!(needs("trigger.headers"), Needs { trigger: true, ..nothing.clone() });
        assert_eq!(needs("[execution.id, now]"), Needs { execution: true, now: true, ..nothing });
    }

    #[test]
    fn what_the_limits_of_a_node_mention_is_needed_too() {
        let mut workflow = Workflow::default();
        workflow.nodes.push(Node::new("it".into(), "It", Kind::Transform, Point::default()));
        workflow.nodes[0].limits =
            serde_json::from_value(json!({ "concurrency": { "key": "{{ trigger.body.customer }}", "limit": 1 } }))
                .expect("limits");
        assert!(Needs::of(&workflow, &workflow.nodes[0], Vec::new()).trigger);
    }
}
