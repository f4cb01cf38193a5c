//! Arrows between nodes: their ends, and circles.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    graph::Cycle,
    id::NodeId,
    problem::Problem,
    task::port,
    workflow::{Node, Workflow},
};

pub(super) fn check(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let nodes: HashMap<&NodeId, &Node> = workflow.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut known = HashSet::new();
    for edge in &workflow.edges {
        let (from, to) = (&edge.from, &edge.to);
        let message = match (nodes.get(&from.node), nodes.get(&to.node)) {
            (None, _) => {
                Some((&to.node, format!("An arrow comes from {}, which does not exist. Remove it.", from.node)))
            }
            (_, None) => Some((&from.node, format!("An arrow leads to {}, which does not exist. Remove it.", to.node))),
            (Some(source), _) if !source.output_ports().any(|name| name == from.port) => Some((
                &from.node,
                format!("“{}” has no output “{}”. Remove the arrow from it.", source.name, from.port),
            )),
            (_, Some(target)) if !target.kind.has_input() => {
                Some((&to.node, format!("“{}” is a trigger: nothing leads into it. Remove the arrow.", target.name)))
            }
            (_, Some(target)) if to.port != port::IN => {
                Some((&to.node, format!("“{}” has no input “{}”. Remove the arrow to it.", target.name, to.port)))
            }
            (Some(source), Some(target)) if !known.insert(edge) => Some((
                &to.node,
                format!("“{}” and “{}” are connected twice. Remove one arrow.", source.name, target.name),
            )),
            _ => None,
        };
        if let Some((node, message)) = message {
            // An arrow whose end is missing is told at the end that is there.
            let node = nodes.contains_key(node).then_some(node);
            problems.push(match node {
                Some(node) => Problem::of_node(node, "edges", message),
                None => Problem::of_workflow("edges", message),
            });
        }
    }
}

pub(super) fn of_cycle(workflow: &Workflow, Cycle(nodes): &Cycle) -> Problem {
    let names: Vec<String> =
        nodes.iter().filter_map(|id| workflow.node(id)).map(|node| format!("“{}”", node.name)).collect();
    let message =
        format!("{} wait for each other in a circle. Remove one of the arrows between them.", names.join(", "));
    match nodes.first() {
        Some(node) => Problem::of_node(node, "edges", message),
        None => Problem::of_workflow("edges", message),
    }
}
