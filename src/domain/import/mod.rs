//! Workflows of n8n made ours: what is known becomes a task of ours, the rest a placeholder that hands its input on, with
//! a report of what is left to do. Pure.

mod condition;
mod parameters;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{
    drawing::{Note, Tint},
    id::NodeId,
    task::{Kind, port},
    validate::{MAX_NAME_CHARS, MAX_NODES},
    workflow::{Edge, Endpoint, Node, Point, Workflow},
};

/// A workflow of somewhere else, as ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub workflow: Workflow,
    /// What a person has to look at, a sentence each. Empty: nothing.
    pub report: Vec<String>,
}

/// n8n draws smaller nodes: its places lie this much nearer together.
const WIDER: f64 = 1.5;
const HIGHER: f64 = 1.0;
const GRID: f64 = 16.0;

/// Whether the JSON is a workflow of n8n, or a part of one from its clipboard.
pub fn is_n8n(value: &Value) -> bool {
    let nodes = value.get("nodes").and_then(Value::as_array);
    nodes.is_some_and(|nodes| {
        !nodes.is_empty() && nodes.iter().all(|node| node["type"].is_string() && node.get("kind").is_none())
    })
}

/// Makes a workflow of n8n ours. An error says why it cannot be one.
pub fn n8n(value: &Value) -> Result<Import, String> {
    let nodes = value.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if nodes.is_empty() {
        return Err("This n8n workflow has no nodes.".to_owned());
    }
    if nodes.len() > MAX_NODES {
        return Err(format!("This n8n workflow has {} nodes; a workflow holds {MAX_NODES} at most.", nodes.len()));
    }
    let mut reading = Reading::of(value, nodes);
    for node in nodes {
        reading.take(node);
    }
    reading.connect(value.get("connections"));
    Ok(Import { workflow: reading.workflow, report: reading.report })
}

struct Reading {
    workflow: Workflow,
    report: Vec<String>,
    /// Their names as n8n has them, with our ids.
    ids: HashMap<String, NodeId>,
    /// Names of webhooks, and of what comes right after one: their data is told differently.
    hooks: BTreeSet<String>,
    after_hooks: BTreeSet<String>,
}

impl Reading {
    fn of(value: &Value, nodes: &[Value]) -> Self {
        let name = value["name"].as_str().map(str::trim).filter(|name| !name.is_empty()).unwrap_or("From n8n");
        let name = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
        let hooks: BTreeSet<String> =
            nodes.iter().filter(|node| kind_of(node) == Some(Kind::Webhook)).filter_map(name_of).collect();
        let after_hooks =
            hooks.iter().flat_map(|hook| targets(&value["connections"][hook])).map(|(_, to)| to).collect();
        let workflow = Workflow { name, ..Workflow::default() };
        Self { workflow, report: Vec::new(), ids: HashMap::new(), hooks, after_hooks }
    }

    fn take(&mut self, from: &Value) {
        let scaled = |index: usize, factor: f64| from["position"][index].as_f64().unwrap_or_default() * factor;
        let on_grid = |value: f64| (value / GRID).round() * GRID;
        let position = Point { x: on_grid(scaled(0, WIDER)), y: on_grid(scaled(1, HIGHER)) };
        if from["type"].as_str().is_some_and(|name| name.ends_with(".stickyNote")) {
            return self.note(from, position);
        }
        let name = name_of(from).unwrap_or_else(|| "Node".to_owned());
        let known = kind_of(from);
        let kind = known.unwrap_or(Kind::NoOp);
        let own_name = self.workflow.free_node_name(&name);
        let mut node = Node::new(self.workflow.free_node_id(kind), own_name, kind, position);
        node.disabled = from["disabled"].as_bool().unwrap_or(false);
        let words = words::Words { hooks: &self.hooks, is_after_hook: self.after_hooks.contains(&name) };
        match known {
            None => self.report.push(placeholder(&name, from)),
            Some(kind) => {
                let read = parameters::read(kind, &from["parameters"], &words);
                node.parameters.extend(read.parameters);
                self.report.extend(read.left.into_iter().map(|left| format!("“{name}”: {left}")));
                self.report.extend(credential(&name, from));
            }
        }
        if from["retryOnFail"].as_bool().unwrap_or(false) {
            node.retry.max_attempts = from["maxTries"].as_u64().map_or(3, |tries| tries.clamp(1, 100) as u32);
        }
        // With several branches before it, n8n goes on with whichever comes.
        self.ids.entry(name).or_insert_with(|| node.id.clone());
        self.workflow.nodes.push(node);
    }

    fn note(&mut self, from: &Value, position: Point) {
        let size =
            |name: &str, usual: f64, factor: f64| from["parameters"][name].as_f64().map_or(usual, |size| size * factor);
        let text = from["parameters"]["content"].as_str().unwrap_or_default().to_owned();
        let (width, height) = (size("width", Note::WIDTH, WIDER), size("height", Note::HEIGHT, HIGHER));
        let id = self.workflow.free_id("note");
        self.workflow.notes.push(Note { id, text, position, width, height, tint: Tint::Amber });
    }

    fn connect(&mut self, connections: Option<&Value>) {
        for (name, outputs) in connections.and_then(Value::as_object).into_iter().flatten() {
            let Some(from) = self.ids.get(name).cloned() else { continue };
            for (index, target) in targets(outputs) {
                let Some(to) = self.ids.get(&target).cloned() else { continue };
                self.connect_one(&from, index, to);
            }
            for kind in outputs.as_object().into_iter().flatten().map(|(kind, _)| kind).filter(|kind| *kind != "main") {
                self.report.push(format!("“{name}”: its connection “{kind}” has no counterpart and was left out."));
            }
        }
    }

    fn connect_one(&mut self, from: &NodeId, index: usize, to: NodeId) {
        let (Some(source), Some(target)) = (self.workflow.node(from), self.workflow.node(&to)) else { return };
        let port = port_at(source, index);
        if !target.kind.has_input() {
            return;
        }
        // A loop of n8n leads back to itself; ours knows what its body is.
        if target.kind.is_loop() && self.leads_back(from, &to) {
            return;
        }
        let from = Endpoint { node: from.clone(), port };
        let edge = Edge { from, to: Endpoint { node: to, port: port::IN.to_owned() } };
        if !self.workflow.edges.contains(&edge) {
            self.workflow.edges.push(edge);
        }
    }

    /// Whether a way leads from `goal` to `start` already, so that an edge back would close a circle.
    fn leads_back(&self, start: &NodeId, goal: &NodeId) -> bool {
        start == goal || super::graph::Graph::of(&self.workflow).descendants(goal).contains(start)
    }
}

fn name_of(node: &Value) -> Option<String> {
    let name: String = node["name"].as_str()?.trim().chars().take(MAX_NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

/// Every target of the main outputs, with the number of its output.
fn targets(outputs: &Value) -> Vec<(usize, String)> {
    let main = outputs["main"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |(index, ends): (usize, &Value)| {
        let ends = ends.as_array().cloned().unwrap_or_default();
        ends.into_iter().filter_map(move |end| Some((index, end["node"].as_str()?.to_owned())))
    };
    main.iter().enumerate().flat_map(of).collect()
}

/// The output of ours that n8n's output with this number became.
fn port_at(node: &Node, index: usize) -> String {
    // n8n's loop has its end first.
    if node.kind.is_loop() {
        return if index == 0 { port::DONE } else { port::ITEM }.to_owned();
    }
    let main: Vec<&str> = node.output_ports().filter(|name| *name != port::ERROR).collect();
    match main.get(index) {
        Some(name) => (*name).to_owned(),
        // One more than there are: the error output.
        None if index == main.len() => port::ERROR.to_owned(),
        None => node.way_on().to_owned(),
    }
}

fn kind_of(node: &Value) -> Option<Kind> {
    let name = node["type"].as_str()?;
    let short = name.rsplit('.').next().unwrap_or(name);
    let kind = match short {
        "manualTrigger" | "start" => Kind::Manual,
        "webhook" | "formTrigger" => Kind::Webhook,
        "scheduleTrigger" | "cron" | "interval" => Kind::Schedule,
        "httpRequest" => Kind::HttpRequest,
        "graphql" => Kind::Graphql,
        "emailSend" => Kind::SendEmail,
        "slack" => Kind::SlackMessage,
        "discord" => Kind::DiscordMessage,
        "microsoftTeams" => Kind::TeamsMessage,
        "telegram" => Kind::TelegramMessage,
        "if" => Kind::Condition,
        "switch" => Kind::Switch,
        "splitInBatches" => Kind::ForEach,
        "executeWorkflow" => Kind::SubWorkflow,
        "wait" => Kind::Delay,
        "stopAndError" => Kind::Fail,
        "set" => Kind::SetFields,
        "merge" => Kind::Merge,
        "noOp" => Kind::NoOp,
        "filter" => Kind::Filter,
        "sort" => Kind::Sort,
        "limit" => Kind::Limit,
        "removeDuplicates" => Kind::Deduplicate,
        "splitOut" | "itemLists" => Kind::Split,
        "postgres" => Kind::Sql,
        "redis" => Kind::Redis,
        "awsS3" | "s3" => Kind::S3Object,
        _ => return None,
    };
    Some(kind)
}

fn placeholder(name: &str, node: &Value) -> String {
    let sort = node["type"].as_str().unwrap_or_default();
    format!(
        "“{name}” ({sort}) has no counterpart yet: a placeholder hands its input on. Replace it (R) by a task that does the same."
    )
}

/// Secrets do not travel in exports.
fn credential(name: &str, node: &Value) -> Option<String> {
    let credentials = node["credentials"].as_object().filter(|credentials| !credentials.is_empty())?;
    let named = credentials.values().filter_map(|credential| credential["name"].as_str());
    let names: Vec<String> = named.map(|credential| format!("“{credential}”")).collect();
    Some(format!("“{name}” used the credential {}. Create it here and choose it.", names.join(", ")))
}
