//! The parameters of a node, and what their expressions read.

use serde_json::Value;

use crate::domain::{
    expression,
    graph::Graph,
    problem::Problem,
    python,
    task::{Field, Input, Kind},
    workflow::{Node, Workflow},
};

pub(super) fn check(node: &Node, problems: &mut Vec<Problem>) {
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
        } else if let Some(message) = wrong_address(node.kind, field, value) {
            problems.push(Problem::of_node(&node.id, field.name, message));
        }
    }
    if let Some(message) = wrong_cases(node) {
        problems.push(Problem::of_node(&node.id, "cases", message));
    }
    problems.extend(python::problems_of(node));
    for name in node.parameters.keys().filter(|name| node.kind.field(name).is_none()) {
        let message = format!("{} has no parameter “{name}”. Remove it.", node.kind.spec().label);
        problems.push(Problem::of_node(&node.id, name, message));
    }
    let posts = matches!(node.kind, Kind::SlackMessage | Kind::DiscordMessage | Kind::TeamsMessage);
    if posts && ["url", "credential"].iter().all(|name| is_blank(parameters.get(*name).unwrap_or(&Value::Null))) {
        let message = "Fill in “Webhook URL”, or choose a credential that holds it.";
        problems.push(Problem::of_node(&node.id, "url", message));
    }
}

/// Outputs of a switch, at most: more would not fit beside its card.
const MAX_CASES: usize = 10;

/// What keeps the cases of a switch from being its outputs.
fn wrong_cases(node: &Node) -> Option<String> {
    let cases = node.parameters.get("cases").filter(|_| node.kind == Kind::Switch)?.as_object()?;
    let taken: Vec<&str> = node.kind.output_ports().collect();
    if cases.len() > MAX_CASES {
        return Some(format!("A switch has up to {MAX_CASES} cases. Put another switch behind its output else."));
    }
    let odd = cases.keys().find(|name| taken.contains(&name.as_str()) || name.trim().is_empty() || name.len() > 40)?;
    Some(format!("“{odd}” cannot name a case: a name has 1 to 40 characters and is not {}.", taken.join(" or ")))
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
fn wrong_address(kind: Kind, field: &Field, value: &Value) -> Option<String> {
    let schemes: &[&str] = match (field.name, field.input) {
        ("url", Input::Text) => &["https://", "http://"],
        ("api", Input::Text) => &["https://", "http://"],
        ("server", Input::Text) => match kind {
            Kind::SendEmail => &["smtps://", "smtp://"],
            Kind::Sql => &["postgres://", "postgresql://", "mysql://", "mariadb://", "sqlite:"],
            Kind::Redis => &["rediss://", "redis://"],
            _ => &["https://", "http://"],
        },
        _ => return None,
    };
    let text = value.as_str()?.trim();
    let lower = text.to_ascii_lowercase();
    if text.starts_with("{{") {
        return None;
    }
    match schemes.iter().find(|scheme| lower.starts_with(**scheme)) {
        None => Some(format!("“{}” begins with {}.", field.label, list(schemes))),
        Some(scheme) if text.len() == scheme.len() => Some(format!("“{}” ends after {scheme}.", field.label)),
        Some(_) => None,
    }
}

/// “a, b or c”.
fn list(words: &[&str]) -> String {
    match words {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        words => words.concat(),
    }
}

pub(super) fn check_references(workflow: &Workflow, graph: &Graph, node: &Node, problems: &mut Vec<Problem>) {
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
