//! What a careful person looks at before publishing. None of it forbids anything: that is what problems are for.

use serde_json::Value;

use super::{
    graph::Graph,
    id::NodeId,
    task::{Kind, port},
    workflow::{Node, Workflow},
};

/// One thing to look at: what was asked, and the nodes that fall short. No nodes: all is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// As it is when all is well.
    pub promise: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    pub nodes: Vec<NodeId>,
}

pub fn checklist(workflow: &Workflow) -> Vec<Check> {
    let graph = Graph::of(workflow);
    let of = |promise, advice, falls_short: &dyn Fn(&Node) -> bool| {
        let nodes = workflow.nodes.iter().filter(|node| falls_short(node)).map(|node| node.id.clone()).collect();
        Check { promise, advice, nodes }
    };
    vec![
        of(
            "A trigger leads to every task",
            "These never run, or all by themselves. Connect them, or delete them.",
            &|node| !node.kind.is_trigger() && !has_trigger(workflow, &graph, node),
        ),
        of(
            "Webhooks ask who calls",
            "Whoever knows the address can start executions. Choose a token or a signature.",
            &is_open,
        ),
        of(
            "Calls to the outside are tried again or their failure is dealt with",
            "One bad moment ends the execution. Allow another attempt, or lead their output “error” somewhere.",
            &|node| is_fragile(workflow, node),
        ),
        of("Nothing is disabled", "A disabled task only hands on what it gets.", &|node| node.disabled),
    ]
}

fn has_trigger(workflow: &Workflow, graph: &Graph, node: &Node) -> bool {
    let before = graph.ancestors(&node.id);
    workflow.nodes.iter().any(|other| other.kind.is_trigger() && before.contains(&other.id))
}

fn is_open(node: &Node) -> bool {
    let auth = node.parameters.get("auth").and_then(Value::as_str).unwrap_or("none");
    node.kind == Kind::Webhook && !node.disabled && auth == "none"
}

/// What talks to others fails now and then.
fn is_fragile(workflow: &Workflow, node: &Node) -> bool {
    use super::task::Family::{Ai, Message, Web};
    let is_a_store = matches!(node.kind, Kind::Sql | Kind::Redis | Kind::S3Object);
    let goes_out = is_a_store || matches!(node.kind.spec().family, Web | Message | Ai);
    let is_handled = || workflow.edges.iter().any(|edge| edge.from.node == node.id && edge.from.port == port::ERROR);
    goes_out && !node.disabled && node.kind.spec().can_fail && node.retry.max_attempts <= 1 && !is_handled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workflow::{Edge, Point};

    fn short(change: impl Fn(&mut Workflow)) -> Vec<(usize, String)> {
        let node = |id: &str, kind| Node::new(id.into(), id, kind, Point::default());
        let mut call = node("call", Kind::HttpRequest);
        call.retry.max_attempts = 3;
        let mut hook = node("hook", Kind::Webhook);
        hook.parameters.insert("auth".to_owned(), "bearer".into());
        let edges = vec![Edge::between("hook", "call")];
        let mut workflow = Workflow { nodes: vec![hook, call], edges, ..Workflow::default() };
        change(&mut workflow);
        let checks = checklist(&workflow);
        let found = checks.iter().enumerate().filter(|(_, check)| !check.nodes.is_empty());
        found.map(|(index, check)| (index, check.nodes[0].to_string())).collect()
    }

    #[test]
    fn each_check_names_the_nodes_that_fall_short() {
        assert_eq!(short(|_| {}), []);
        assert_eq!(short(|w| w.edges.clear()), [(0, "call".to_owned())]);
        assert_eq!(short(|w| w.nodes[0].parameters.clear()), [(1, "hook".to_owned())]);
        assert_eq!(short(|w| w.nodes[1].retry.max_attempts = 1), [(2, "call".to_owned())]);
        let handled = |w: &mut Workflow| {
            w.nodes[1].retry.max_attempts = 1;
            w.nodes.push(Node::new("note".into(), "Note", Kind::Log, Point::default()));
            w.edges.push(Edge::from_port("call", port::ERROR, "note"));
        };
        assert_eq!(short(handled), []);
        assert_eq!(short(|w| w.nodes[1].disabled = true), [(3, "call".to_owned())]);
    }
}
