//! Cuts and stitches: putting nodes into edges, taking them out again, replacing them. Pure: a workflow in, a workflow out.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{
    drawing::Group,
    graph::Graph,
    id::NodeId,
    task::{Kind, port},
    workflow::{Edge, Endpoint, Node, Point, Workflow},
};

/// Adds a node of this kind and says its id.
pub fn push(workflow: &mut Workflow, kind: Kind, corner: Point) -> NodeId {
    let (id, name) = (workflow.free_node_id(kind), workflow.free_node_name(kind.spec().label));
    workflow.nodes.push(Node::new(id.clone(), name, kind, corner));
    id
}

/// Puts the node in the middle of the edge: the edge leads to it, and it leads on to where the edge led.
pub fn put_between(workflow: &mut Workflow, id: &NodeId, edge: &Edge) {
    let Some(node) = workflow.node(id).filter(|node| node.kind.has_input()) else { return };
    let output = node.way_on().to_owned();
    let leads_on = node.output_ports().any(|name| name == output);
    let Some(place) = workflow.edges.iter().position(|other| other == edge) else { return };
    let into = Edge { from: edge.from.clone(), to: Endpoint { node: id.clone(), port: port::IN.to_owned() } };
    let out = Edge { from: Endpoint { node: id.clone(), port: output }, to: edge.to.clone() };
    workflow.edges.splice(place..=place, std::iter::once(into).chain(leads_on.then_some(out)));
}

/// Makes room for a node that was put before `target`: what lies to the right of it moves on.
pub fn make_room(workflow: &mut Workflow, new: &NodeId, target: &NodeId, step: f64) {
    let Some((new_at, target_at)) =
        workflow.node(new).zip(workflow.node(target)).map(|(a, b)| (a.position, b.position))
    else {
        return;
    };
    let missing = new_at.x + step - target_at.x;
    if missing <= 0.0 || (new_at.y - target_at.y).abs() > step {
        return;
    }
    let mut behind = Graph::of(workflow).descendants(target);
    behind.insert(target.clone());
    for node in workflow.nodes.iter_mut().filter(|node| behind.contains(&node.id)) {
        node.position.x += missing;
    }
}

/// Takes these nodes and notes out. With `heals`, what came before a node then leads on to what came after it.
pub fn remove(workflow: &mut Workflow, gone: &BTreeSet<NodeId>, heals: bool) {
    if heals {
        for id in gone {
            heal(workflow, id);
        }
    }
    workflow.nodes.retain(|node| !gone.contains(&node.id));
    workflow.notes.retain(|note| !gone.contains(&note.id));
    workflow.edges.retain(|edge| !gone.contains(&edge.from.node) && !gone.contains(&edge.to.node));
    workflow.drop_empty_groups();
}

/// Connects around the node, where it is plain what leads where: one way in, or one way on.
fn heal(workflow: &mut Workflow, id: &NodeId) {
    let Some(way_on) = workflow.node(id).map(|node| node.way_on().to_owned()) else { return };
    let into: Vec<Endpoint> =
        workflow.edges.iter().filter(|edge| edge.to.node == *id).map(|edge| edge.from.clone()).collect();
    let out: Vec<Endpoint> = workflow
        .edges
        .iter()
        .filter(|edge| edge.from.node == *id && edge.from.port == way_on)
        .map(|edge| edge.to.clone())
        .collect();
    workflow.edges.retain(|edge| edge.from.node != *id && edge.to.node != *id);
    if into.len() > 1 && out.len() > 1 {
        return;
    }
    for edge in into.iter().flat_map(|from| out.iter().map(|to| Edge { from: from.clone(), to: to.clone() })) {
        if !workflow.edges.contains(&edge) {
            workflow.edges.push(edge);
        }
    }
}

/// Makes the node one of another kind. It keeps its place, its edges where they still fit, what its fields have in common,
/// and its name if somebody gave it one. Says its new id.
pub fn replace(workflow: &mut Workflow, id: &NodeId, kind: Kind) -> Option<NodeId> {
    let index = workflow.nodes.iter().position(|node| node.id == *id)?;
    let new_id = workflow.free_node_id(kind);
    let old = workflow.nodes.remove(index);
    let is_usual_name = old.name.starts_with(old.kind.spec().label);
    let name = if is_usual_name { workflow.free_node_name(kind.spec().label) } else { old.name.clone() };
    let mut node = Node::new(new_id.clone(), name, kind, old.position);
    let fits =
        |name: &str| kind.field(name).zip(old.kind.field(name)).is_some_and(|(new, before)| new.input == before.input);
    node.parameters.extend(old.parameters.clone().into_iter().filter(|(name, _)| fits(name)));
    node.disabled = old.disabled;
    let (way_on, ports) = (node.way_on().to_owned(), node.output_ports().map(str::to_owned).collect::<Vec<_>>());
    workflow.nodes.insert(index, node);
    let mut edges: Vec<Edge> = Vec::with_capacity(workflow.edges.len());
    for mut edge in std::mem::take(&mut workflow.edges) {
        if edge.from.node == *id {
            edge.from.node = new_id.clone();
            if !ports.contains(&edge.from.port) {
                edge.from.port = way_on.clone();
            }
        }
        if edge.to.node == *id {
            edge.to.node = new_id.clone();
        }
        let fits = (edge.to.node != new_id || kind.has_input())
            && (edge.from.node != new_id || ports.contains(&edge.from.port));
        if fits && !edges.contains(&edge) {
            edges.push(edge);
        }
    }
    workflow.edges = edges;
    for group in workflow.groups.iter_mut().filter(|group| group.nodes.contains(id)) {
        group.nodes.remove(id);
        group.nodes.insert(new_id.clone());
    }
    Some(new_id)
}

/// Puts these nodes into a new group, out of those that they were in. None: there are none of them.
pub fn group(workflow: &mut Workflow, nodes: &BTreeSet<NodeId>) -> Option<NodeId> {
    let nodes: BTreeSet<NodeId> = nodes.iter().filter(|id| workflow.node(id).is_some()).cloned().collect();
    if nodes.is_empty() {
        return None;
    }
    for group in &mut workflow.groups {
        group.nodes.retain(|id| !nodes.contains(id));
    }
    workflow.drop_empty_groups();
    let id = workflow.free_id("group");
    let name = (1..)
        .map(|number| format!("Group {number}"))
        .find(|name| !workflow.groups.iter().any(|group| group.name == *name))
        .unwrap_or_default();
    workflow.groups.push(Group { id: id.clone(), name, nodes, collapsed: false });
    Some(id)
}

/// Takes away every group that holds one of these nodes; the nodes stay.
pub fn ungroup(workflow: &mut Workflow, nodes: &BTreeSet<NodeId>) {
    workflow.groups.retain(|group| group.nodes.is_disjoint(nodes));
}

/// Renames the node, and writes its new name wherever expressions name it.
pub fn rename(workflow: &mut Workflow, id: &NodeId, name: &str) {
    let Some(before) = workflow.node(id).map(|node| node.name.clone()) else { return };
    for node in &mut workflow.nodes {
        if node.id == *id {
            node.name = name.to_owned();
        }
        let renamed = |value: &mut serde_json::Value| rename_in(value, &before, name);
        node.parameters.values_mut().for_each(renamed);
    }
}

/// Whether the node's expressions name the node of this name.
pub fn is_read_by(name: &str, node: &Node) -> bool {
    let mut parameters = node.parameters.clone();
    // What renaming would change, names it.
    parameters.values_mut().for_each(|value| rename_in(value, name, "\u{1}"));
    parameters != node.parameters
}

fn rename_in(value: &mut serde_json::Value, before: &str, name: &str) {
    match value {
        serde_json::Value::String(text) if text.contains("nodes") => {
            let spellings = |name: &str| {
                let quoted = serde_json::to_string(name).unwrap_or_default();
                [format!("nodes[{quoted}]"), format!("nodes['{}']", name.replace('\'', "\\'"))]
            };
            let new = &spellings(name)[0];
            for old in spellings(before) {
                *text = text.replace(&old, new);
            }
            *text = rename_member(text, before, new);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| rename_in(item, before, name)),
        serde_json::Value::Object(members) => members.values_mut().for_each(|member| rename_in(member, before, name)),
        _ => {}
    }
}

/// `nodes.Name`, where the name is a whole word.
fn rename_member(text: &str, before: &str, new: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if before.is_empty() || !before.chars().all(is_word) {
        return text.to_owned();
    }
    let old = format!("nodes.{before}");
    let mut parts = text.split(&old).collect::<Vec<_>>().into_iter();
    let mut renamed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        renamed.push_str(if part.starts_with(is_word) { &old } else { new });
        renamed.push_str(part);
    }
    renamed
}

/// What these ids are called after everything got a fresh one: for copies.
pub fn mapped(ids: &HashMap<NodeId, NodeId>, nodes: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
    nodes.iter().filter_map(|id| ids.get(id).cloned()).collect()
}

#[cfg(test)]
mod tests;
