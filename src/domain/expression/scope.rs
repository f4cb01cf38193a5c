//! What expressions see: the data of one node in one execution, and the paths through it.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::Needs;
use crate::domain::{
    id::{ExecutionId, RunId},
    state::ExecutionState,
    workflow::{Node, Workflow},
};

/// The data that expressions of one node see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// What the node before handed on; with several, an object by node name.
    pub input: Value,
    /// `body`, and what else is known of the call, such as `headers` and `query`.
    pub trigger: Value,
    /// By node name: `{ "output": … }`.
    pub nodes: BTreeMap<String, Value>,
    /// `id`, `started_at`, `via`, `by`.
    pub execution: Value,
    /// `name`.
    pub workflow: Value,
    /// Inside of a loop: the item and its index from 0; null outside.
    pub item: Value,
    pub index: Value,
    /// The workspace's variables by name; filled in where they are at hand.
    pub vars: Value,
    /// The time of the attempt, ISO 8601 in UTC.
    pub now: Value,
}

impl Scope {
    /// Everything, for the designer.
    pub fn of(
        workflow: &Workflow,
        state: &ExecutionState,
        run: &RunId,
        execution: ExecutionId,
        now: DateTime<Utc>,
    ) -> Self {
        let sources = Needs::sources_of(workflow, &run.node);
        let nodes = (0..workflow.nodes.len()).filter(|position| workflow.nodes[*position].id != run.node).collect();
        let needs = Needs { sources, nodes, trigger: true, execution: true, workflow: true, vars: true, now: true };
        Self::with(workflow, &needs, state, run, execution, now)
    }

    /// What the node's own parameters mention.
    pub fn needed(
        workflow: &Workflow,
        state: &ExecutionState,
        run: &RunId,
        execution: ExecutionId,
        now: DateTime<Utc>,
    ) -> Self {
        let sources = Needs::sources_of(workflow, &run.node);
        let needs = workflow.node(&run.node).map(|node| Needs::of(workflow, node, sources)).unwrap_or_default();
        Self::with(workflow, &needs, state, run, execution, now)
    }

    /// What a start knows: its input and its trigger.
    pub fn at_start(workflow: &Workflow, state: &ExecutionState) -> Self {
        let trigger = trigger(state);
        let input = state.cause.as_ref().map(|cause| cause.input.clone()).unwrap_or_default();
        Self { input, trigger, workflow: json!({ "name": workflow.name }), ..Self::default() }
    }

    /// What is needed; all else is null.
    pub fn with(
        workflow: &Workflow,
        needs: &Needs,
        state: &ExecutionState,
        run: &RunId,
        execution: ExecutionId,
        now: DateTime<Utc>,
    ) -> Self {
        let output = |node: &Node| (node.name.clone(), json!({ "output": state.output_at(node, &run.path) }));
        let (item, index) =
            state.item_of(run).map_or((Value::Null, Value::Null), |(item, index)| (item.clone(), index.into()));
        Self {
            input: state.input_from(workflow, &needs.sources, run),
            trigger: if needs.trigger { trigger(state) } else { Value::Null },
            nodes: needs.nodes.iter().map(|position| output(&workflow.nodes[*position])).collect(),
            execution: if needs.execution { facts(state, execution) } else { Value::Null },
            workflow: if needs.workflow { json!({ "name": workflow.name }) } else { Value::Null },
            item,
            index,
            vars: Value::Null,
            now: if needs.now { iso(now).into() } else { Value::Null },
        }
    }
}

fn facts(state: &ExecutionState, execution: ExecutionId) -> Value {
    json!({
        "id": execution,
        "started_at": state.started_at.map(iso),
        "via": state.cause.as_ref().map(|cause| &cause.via),
        "by": state.cause.as_ref().and_then(|cause| cause.by.as_ref()),
    })
}

fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn trigger(state: &ExecutionState) -> Value {
    let Some(cause) = &state.cause else { return Value::Null };
    let mut trigger = Map::new();
    trigger.insert("body".to_owned(), cause.input.clone());
    for (name, value) in cause.details.as_object().into_iter().flatten() {
        trigger.insert(name.clone(), value.clone());
    }
    Value::Object(trigger)
}

/// Up to `limit` paths through the data, shallow ones first, each as an expression with the beginning of its value.
pub fn paths(scope: &Scope, limit: usize) -> Vec<(String, String)> {
    let mut queue = VecDeque::from([("input".to_owned(), &scope.input), ("trigger".to_owned(), &scope.trigger)]);
    let outputs = scope.nodes.iter().filter_map(|(name, node)| Some((name, node.get("output")?)));
    queue.extend(
        outputs
            .filter(|(_, output)| !output.is_null())
            .map(|(name, output)| (format!("nodes[{}].output", Value::from(name.as_str())), output)),
    );
    if !scope.index.is_null() {
        queue.extend([("item", &scope.item), ("index", &scope.index)].map(|(name, value)| (name.to_owned(), value)));
    }
    queue.extend(
        [("execution", &scope.execution), ("workflow", &scope.workflow), ("vars", &scope.vars), ("now", &scope.now)]
            .into_iter()
            .filter(|(name, value)| *name != "vars" || !value.is_null())
            .map(|(name, value)| (name.to_owned(), value)),
    );
    let mut found = Vec::new();
    while found.len() < limit
        && let Some((path, value)) = queue.pop_front()
    {
        match value {
            Value::Object(members) => {
                let wanted = limit.saturating_sub(found.len() + queue.len());
                queue.extend(members.iter().take(wanted).map(|(name, value)| (member(&path, name), value)));
            }
            // One item stands for all.
            Value::Array(items) => queue.extend(items.first().map(|item| (format!("{path}[0]"), item))),
            _ => {}
        }
        found.push((path, preview(value)));
    }
    found
}

/// The path to a member, as expressions write it.
pub fn member(path: &str, name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    if is_plain { format!("{path}.{name}") } else { format!("{path}[{}]", Value::from(name)) }
}

/// One short line; big data is told by its size.
pub(super) fn preview(value: &Value) -> String {
    const CHARS: usize = 60;
    let text = match value {
        Value::Array(items) if items.len() == 1 => return "1 item".to_owned(),
        Value::Array(items) => return format!("{} items", items.len()),
        Value::Object(members) => members.keys().take(8).cloned().collect::<Vec<_>>().join(", "),
        Value::String(text) => text.chars().take(CHARS + 1).collect(),
        other => other.to_string(),
    };
    if text.chars().count() > CHARS { text.chars().take(CHARS - 1).chain(['…']).collect() } else { text }
}
