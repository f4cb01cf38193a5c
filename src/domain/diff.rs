//! What differs between two drawings of a workflow, field by field. Places do not count; a node that got another id but kept
//! name and kind is the same node.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    id::NodeId,
    workflow::{Edge, Node, Workflow},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    Added,
    Changed,
    Removed,
}

impl Sort {
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// A field before and after; none: it was not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name in JSON; parameters without `parameters.` in front.
    pub field: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeChange {
    /// In the later drawing; of what was removed, in the earlier one.
    pub id: NodeId,
    pub name: String,
    pub sort: Sort,
    /// Of what changed.
    pub fields: Vec<FieldChange>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// Changed and added nodes in the order of the later drawing, then removed ones.
    pub nodes: Vec<NodeChange>,
    pub added_edges: Vec<Edge>,
    pub removed_edges: Vec<Edge>,
    /// Name, description and settings of the workflow.
    pub fields: Vec<FieldChange>,
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.added_edges.is_empty() && self.removed_edges.is_empty() && self.fields.is_empty()
    }

    pub fn sort_of(&self, id: &NodeId) -> Option<Sort> {
        self.nodes.iter().find(|change| change.id == *id).map(|change| change.sort)
    }
}

/// What led from `before` to `after`.
pub fn diff(before: &Workflow, after: &Workflow) -> Diff {
    let mut matched: BTreeSet<&NodeId> = BTreeSet::new();
    let mut nodes = Vec::new();
    let mut renamed: Vec<(&NodeId, &NodeId)> = Vec::new();
    for node in &after.nodes {
        let same = before.node(&node.id).or_else(|| {
            let is_it =
                |other: &&Node| other.kind == node.kind && other.name == node.name && after.node(&other.id).is_none();
            before.nodes.iter().find(is_it)
        });
        let change = |sort, fields| NodeChange { id: node.id.clone(), name: node.name.clone(), sort, fields };
        match same.filter(|same| matched.insert(&same.id)) {
            None => nodes.push(change(Sort::Added, Vec::new())),
            Some(same) => {
                renamed.push((&same.id, &node.id));
                let fields = node_fields(same, node);
                if !fields.is_empty() {
                    nodes.push(change(Sort::Changed, fields));
                }
            }
        }
    }
    let gone = before.nodes.iter().filter(|node| !matched.contains(&node.id));
    nodes.extend(gone.map(|node| NodeChange {
        id: node.id.clone(),
        name: node.name.clone(),
        sort: Sort::Removed,
        fields: Vec::new(),
    }));
    let (added_edges, removed_edges) = edges(before, after, &renamed);
    Diff { nodes, added_edges, removed_edges, fields: head(before, after) }
}

fn node_fields(before: &Node, after: &Node) -> Vec<FieldChange> {
    let value = |node: &Node| {
        let mut value = serde_json::to_value(node).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.retain(|name, _| !["id", "position", "parameters", "pinned"].contains(&name.as_str()));
        }
        value
    };
    let parameters = |node: &Node| Value::Object(node.kind.with_defaults(&node.parameters));
    let mut fields = compare(&value(before), &value(after));
    fields.extend(compare(&parameters(before), &parameters(after)));
    fields
}

fn head(before: &Workflow, after: &Workflow) -> Vec<FieldChange> {
    let value = |workflow: &Workflow| {
        let mut settings = serde_json::to_value(&workflow.settings).unwrap_or_default();
        if let Some(members) = settings.as_object_mut() {
            members.insert("name".to_owned(), workflow.name.clone().into());
            members.insert("description".to_owned(), workflow.description.clone().into());
        }
        settings
    };
    compare(&value(before), &value(after))
}

/// Members of two objects that differ; one that is null is not there.
fn compare(before: &Value, after: &Value) -> Vec<FieldChange> {
    let names: BTreeSet<&String> =
        [before, after].into_iter().filter_map(Value::as_object).flat_map(|o| o.keys()).collect();
    let of = |object: &Value, name: &String| object.get(name).filter(|value| !value.is_null()).cloned();
    names
        .into_iter()
        .map(|name| FieldChange { field: name.clone(), before: of(before, name), after: of(after, name) })
        .filter(|change| change.before != change.after)
        .collect()
}

fn edges(before: &Workflow, after: &Workflow, renamed: &[(&NodeId, &NodeId)]) -> (Vec<Edge>, Vec<Edge>) {
    let now =
        |id: &NodeId| renamed.iter().find(|(old, _)| *old == id).map_or_else(|| id.clone(), |(_, new)| (*new).clone());
    let moved = |edge: &Edge| {
        let mut edge = edge.clone();
        (edge.from.node, edge.to.node) = (now(&edge.from.node), now(&edge.to.node));
        edge
    };
    let old: Vec<Edge> = before.edges.iter().map(moved).collect();
    let added = after.edges.iter().filter(|edge| !old.contains(edge)).cloned().collect();
    (added, old.into_iter().filter(|edge| !after.edges.contains(edge)).collect())
}

/// Both drawings in one: the later one, with what was removed where it stood before.
pub fn together(before: &Workflow, after: &Workflow, diff: &Diff) -> Workflow {
    let mut both = after.clone();
    let gone = diff.nodes.iter().filter(|change| change.sort == Sort::Removed);
    both.nodes.extend(
        gone.filter_map(|change| before.node(&change.id)).filter(|node| after.node(&node.id).is_none()).cloned(),
    );
    both.edges.extend(diff.removed_edges.iter().cloned());
    both
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{task::Kind, workflow::Point};

    fn before() -> Workflow {
        let node = |id: &str, name: &str| Node::new(id.into(), name, Kind::HttpRequest, Point::default());
        let nodes = vec![node("a", "A"), node("b", "B"), node("c", "C")];
        Workflow { name: "W".to_owned(), nodes, edges: vec![Edge::between("a", "b")], ..Workflow::default() }
    }

    fn check(change: impl Fn(&mut Workflow)) -> Diff {
        let mut after = before();
        change(&mut after);
        diff(&before(), &after)
    }

    #[test]
    fn places_do_not_count_and_nothing_differs_from_itself() {
        assert!(check(|_| {}).is_empty());
        assert!(check(|w| w.nodes[0].position = Point { x: 640.0, y: 16.0 }).is_empty());
        assert!(check(|w| w.nodes.swap(0, 2)).is_empty());
    }

    #[test]
    fn a_field_that_changed_is_told_before_and_after() {
        let found = check(|w| {
            w.nodes[0].parameters.insert("url".to_owned(), json!("https://x.example"));
            w.nodes[0].timeout_secs = 5;
            w.name = "X".to_owned();
        });
        let fields: Vec<&str> = found.nodes[0].fields.iter().map(|change| change.field.as_str()).collect();
        assert_eq!((found.nodes[0].sort, fields), (Sort::Changed, vec!["timeout_secs", "url"]));
        assert_eq!(found.nodes[0].fields[1].before, None);
        assert_eq!(found.fields[0].after, Some(json!("X")));
    }

    #[test]
    fn nodes_and_edges_come_and_go() {
        let found = check(|w| {
            w.nodes.remove(1);
            w.nodes.push(Node::new("d".into(), "D", Kind::Delay, Point::default()));
            w.edges = vec![Edge::between("a", "d")];
        });
        let sorts: Vec<(&str, Sort)> = found.nodes.iter().map(|change| (change.name.as_str(), change.sort)).collect();
        assert_eq!(sorts, [("D", Sort::Added), ("B", Sort::Removed)]);
        assert_eq!((found.added_edges.len(), found.removed_edges.len()), (1, 1));
        let mut after = before();
        after.nodes.remove(1);
        after.edges.clear();
        let found = diff(&before(), &after);
        assert_eq!(together(&before(), &after, &found).nodes.len(), 3);
    }

    #[test]
    fn a_node_with_another_id_and_the_same_name_is_the_same() {
        let found = check(|w| {
            w.nodes[1].id = "b2".into();
            w.edges = vec![Edge::between("a", "b2")];
        });
        assert!(found.is_empty(), "{found:?}");
    }
}
