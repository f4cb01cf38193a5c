//! Why a workflow cannot be published. Pure and quick: the designer asks after every edit, the server before it
//! publishes. Cron patterns and time zones are looked at only superficially; the server reads them in earnest.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    expression,
    graph::{Cycle, Graph},
    id::NodeId,
    problem::Problem,
    task::{Field, Input, port},
    workflow::{Node, Workflow},
};

/// The largest workflow, in nodes.
pub const MAX_NODES: usize = 1_000;
/// The longest name of a workflow or a node, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// The longest time an attempt may take.
pub const MAX_TIMEOUT_SECS: u32 = 3_600;

impl Workflow {
    /// Everything that stands in the way of publishing, in the order of the nodes. Empty: it can be published.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        check_workflow(self, &mut problems);
        check_names(self, &mut problems);
        if self.nodes.len() > MAX_NODES {
            return problems;
        }
        let graph = Graph::of(self);
        for node in &self.nodes {
            check_id(node, &mut problems);
            check_parameters(node, &mut problems);
            check_limits(node, &mut problems);
            check_references(self, &graph, node, &mut problems);
        }
        check_edges(self, &mut problems);
        if let Err(cycle) = graph.levels() {
            problems.push(of_cycle(self, &cycle));
        }
        problems
    }
}

fn check_workflow(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let mut add = |field: &str, message: String| problems.push(Problem::of_workflow(field, message));
    if workflow.name.trim().is_empty() {
        add("name", "Give the workflow a name.".to_owned());
    } else if workflow.name.chars().count() > MAX_NAME_CHARS {
        add("name", format!("Shorten the workflow's name to {MAX_NAME_CHARS} characters."));
    }
    if workflow.nodes.is_empty() {
        add("nodes", "Add a node: drag one from the palette.".to_owned());
    } else if workflow.nodes.len() > MAX_NODES {
        add(
            "nodes",
            format!("A workflow holds {MAX_NODES} nodes at most; this one has {}. Split it.", workflow.nodes.len()),
        );
    }
    if workflow.settings.deadline_secs == Some(0) {
        add("deadline_secs", "Set the deadline to one second or more, or leave it out.".to_owned());
    }
}

fn check_names(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    for node in &workflow.nodes {
        if !ids.insert(&node.id) {
            problems.push(Problem::of_node(&node.id, "id", format!("Two nodes have the id {}. Change one.", node.id)));
        }
        let name = node.name.trim();
        if name.is_empty() {
            problems.push(Problem::of_node(&node.id, "name", "Give this node a name."));
        } else if name.chars().count() > MAX_NAME_CHARS {
            let message = format!("Shorten this node's name to {MAX_NAME_CHARS} characters.");
            problems.push(Problem::of_node(&node.id, "name", message));
        } else if !names.insert(name) {
            let message = format!("Another node is called “{name}”. Give each its own name.");
            problems.push(Problem::of_node(&node.id, "name", message));
        }
    }
}

fn check_id(node: &Node, problems: &mut Vec<Problem>) {
    if !node.id.is_well_formed() {
        let message = "A node's id has 1 to 64 of the characters a–z, 0–9 and _. Change it.";
        problems.push(Problem::of_node(&node.id, "id", message));
    }
}

fn check_parameters(node: &Node, problems: &mut Vec<Problem>) {
    let parameters = node.kind.with_defaults(&node.parameters);
    for field in node.kind.spec().fields.iter().filter(|field| field.is_shown(&parameters)) {
        let value = parameters.get(field.name).unwrap_or(&Value::Null);
        if is_blank(value) {
            if field.required {
                let message = format!("Fill in “{}”.", field.label);
                problems.push(Problem::of_node(&node.id, field.name, message));
            }
        } else if let Err(error) = expression::check(field, value) {
            let message = format!("“{}”: {}", field.label, error.message);
            problems.push(Problem::of_node(&node.id, field.name, message));
        } else if let Some(message) = wrong_address(field, value) {
            problems.push(Problem::of_node(&node.id, field.name, message));
        }
    }
    for name in node.parameters.keys().filter(|name| node.kind.field(name).is_none()) {
        let message = format!("{} has no parameter “{name}”. Remove it.", node.kind.spec().label);
        problems.push(Problem::of_node(&node.id, name, message));
    }
    if node.kind == super::task::Kind::SlackMessage
        && ["url", "credential"].iter().all(|name| is_blank(parameters.get(*name).unwrap_or(&Value::Null)))
    {
        let message = "Fill in “Webhook URL”, or choose a credential that holds it.";
        problems.push(Problem::of_node(&node.id, "url", message));
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// What is wrong with the beginning of an address that stands there in plain text.
fn wrong_address(field: &Field, value: &Value) -> Option<String> {
    let schemes: &[&str] = match (field.name, field.input) {
        ("url", Input::Text) => &["https://", "http://"],
        ("server", Input::Text) => &["smtps://", "smtp://"],
        _ => return None,
    };
    let text = value.as_str()?.trim();
    let lower = text.to_ascii_lowercase();
    if text.starts_with("{{") {
        return None;
    }
    match schemes.iter().find(|scheme| lower.starts_with(**scheme)) {
        None => Some(format!("“{}” begins with {}.", field.label, schemes.join(" or "))),
        Some(scheme) if text.len() == scheme.len() => Some(format!("“{}” names no host after {scheme}.", field.label)),
        Some(_) => None,
    }
}

fn check_limits(node: &Node, problems: &mut Vec<Problem>) {
    if !node.kind.spec().can_fail {
        return;
    }
    if !(1..=MAX_TIMEOUT_SECS).contains(&node.timeout_secs) {
        let message = format!("Set the timeout to 1 to {MAX_TIMEOUT_SECS} seconds.");
        problems.push(Problem::of_node(&node.id, "timeout_secs", message));
    }
    let retry = &node.retry;
    let wrong = if !(1..=100).contains(&retry.max_attempts) {
        "Set the number of attempts to 1 to 100."
    } else if !(1.0..=10.0).contains(&retry.factor) {
        "Set the factor by which waits grow to 1 to 10."
    } else if retry.base_ms > retry.cap_ms {
        "Make the longest wait at least as long as the first."
    } else if retry.cap_ms > 86_400_000 {
        "Set the longest wait to one day at most."
    } else {
        return;
    };
    problems.push(Problem::of_node(&node.id, "retry", wrong));
}

fn check_references(workflow: &Workflow, graph: &Graph, node: &Node, problems: &mut Vec<Problem>) {
    let references = expression::references(node);
    if references.names.is_empty() {
        return;
    }
    let ancestors = graph.ancestors(&node.id);
    for mention in references.names {
        let message = match workflow.nodes.iter().find(|other| other.name == mention.name) {
            None => format!("There is no node called “{}”. Check the name between the quotes.", mention.name),
            Some(other) if other.id == node.id => "A node cannot read its own output. Use input.".to_owned(),
            Some(other) if !ancestors.contains(&other.id) => {
                format!(
                    "“{}” does not run before this node. Connect it to come before, or read another node.",
                    mention.name
                )
            }
            Some(_) => continue,
        };
        problems.push(Problem::of_node(&node.id, mention.field, message));
    }
}

fn check_edges(workflow: &Workflow, problems: &mut Vec<Problem>) {
    let nodes: HashMap<&NodeId, &Node> = workflow.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut known = HashSet::new();
    for edge in &workflow.edges {
        let (from, to) = (&edge.from, &edge.to);
        let message = match (nodes.get(&from.node), nodes.get(&to.node)) {
            (None, _) => {
                Some((&to.node, format!("An arrow comes from {}, which does not exist. Remove it.", from.node)))
            }
            (_, None) => Some((&from.node, format!("An arrow leads to {}, which does not exist. Remove it.", to.node))),
            (Some(source), _) if !source.kind.output_ports().any(|name| name == from.port) => Some((
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

fn of_cycle(workflow: &Workflow, Cycle(nodes): &Cycle) -> Problem {
    let names: Vec<String> =
        nodes.iter().filter_map(|id| workflow.node(id)).map(|node| format!("“{}”", node.name)).collect();
    let message =
        format!("{} wait for each other in a circle. Remove one of the arrows between them.", names.join(", "));
    match nodes.first() {
        Some(node) => Problem::of_node(node, "edges", message),
        None => Problem::of_workflow("edges", message),
    }
}
