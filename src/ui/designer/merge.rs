//! Two people drew on the same draft: both changes together, where they do not touch the same thing. Pure.

use std::collections::BTreeSet;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::domain::workflow::{Edge, Workflow};

/// What comes of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// Where both changed the same, mine.
    pub workflow: Workflow,
    /// What both changed, a sentence each.
    pub conflicts: Vec<String>,
}

/// Mine and theirs, both drawn on top of `base`.
pub fn merge(base: &Workflow, mine: &Workflow, theirs: &Workflow) -> Merge {
    let mut conflicts = Vec::new();
    let name = pick("the workflow's name", (&base.name, &mine.name, &theirs.name), &mut conflicts);
    let description =
        pick("the description", (&base.description, &mine.description, &theirs.description), &mut conflicts);
    let settings = members("the settings", (&base.settings, &mine.settings, &theirs.settings), &mut conflicts);
    let mut workflow = Workflow {
        name,
        description,
        settings,
        nodes: list((&base.nodes, &mine.nodes, &theirs.nodes), &mut conflicts),
        edges: edges(base, mine, theirs),
        notes: list((&base.notes, &mine.notes, &theirs.notes), &mut conflicts),
        groups: list((&base.groups, &mine.groups, &theirs.groups), &mut conflicts),
    };
    let known: BTreeSet<_> = workflow.nodes.iter().map(|node| node.id.clone()).collect();
    workflow.edges.retain(|edge| known.contains(&edge.from.node) && known.contains(&edge.to.node));
    workflow.drop_empty_groups();
    Merge { workflow, conflicts }
}

type Three<'a, T> = (&'a T, &'a T, &'a T);

/// The one that changed; mine, with a conflict, when both did.
fn pick<T: PartialEq + Clone>(what: &str, (base, mine, theirs): Three<'_, T>, conflicts: &mut Vec<String>) -> T {
    if mine == base {
        return theirs.clone();
    }
    if theirs != base && theirs != mine {
        conflicts.push(format!("Both changed {what}."));
    }
    mine.clone()
}

/// The same member by member; of objects in it, again.
fn members<T: Serialize + DeserializeOwned + Clone>(
    what: &str,
    (base, mine, theirs): Three<'_, T>,
    conflicts: &mut Vec<String>,
) -> T {
    let value = |of: &T| serde_json::to_value(of).unwrap_or_default();
    let merged = objects(what, &value(base), &value(mine), &value(theirs), conflicts);
    serde_json::from_value(merged).unwrap_or_else(|_| mine.clone())
}

fn objects(what: &str, base: &Value, mine: &Value, theirs: &Value, conflicts: &mut Vec<String>) -> Value {
    let (Some(a), Some(b), Some(c)) = (base.as_object(), mine.as_object(), theirs.as_object()) else {
        return pick(what, (base, mine, theirs), conflicts);
    };
    let names = b.keys().chain(c.keys().filter(|name| !b.contains_key(*name)));
    let mut merged = Map::new();
    for name in names {
        let of = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
        // A place is one thing: two people who moved a node moved the same.
        let value = match name.as_str() {
            "position" => pick(&format!("the place of {what}"), (&of(a), &of(b), &of(c)), conflicts),
            _ => objects(
                &format!("“{name}” of {}", what.trim_start_matches("“parameters” of ")),
                &of(a),
                &of(b),
                &of(c),
                conflicts,
            ),
        };
        if !value.is_null() || (b.contains_key(name) && c.contains_key(name)) {
            merged.insert(name.clone(), value);
        }
    }
    Value::Object(merged)
}

/// Nodes, notes or groups, each known by its id: theirs in their order, then what I added.
fn list<T: Serialize + DeserializeOwned + Clone + PartialEq>(
    (base, mine, theirs): Three<'_, Vec<T>>,
    conflicts: &mut Vec<String>,
) -> Vec<T> {
    let id = |item: &T| serde_json::to_value(item).ok().and_then(|value| value["id"].as_str().map(str::to_owned));
    let find = |items: &[T], wanted: &T| items.iter().find(|item| id(item) == id(wanted)).cloned();
    let mut merged = Vec::new();
    for item in theirs.iter().chain(mine.iter().filter(|item| find(theirs, item).is_none())) {
        let what = name_of(item);
        match (find(base, item), find(mine, item), find(theirs, item)) {
            (Some(before), Some(own), Some(other)) => merged.push(members(&what, (&before, &own, &other), conflicts)),
            // Both added something under one id.
            (None, Some(own), Some(other)) => {
                if own != other {
                    conflicts.push(format!("Both added {what}."));
                }
                merged.push(own);
            }
            (None, Some(own), None) => merged.push(own),
            (None, None, Some(other)) => merged.push(other),
            // One deleted it: unless the other changed it meanwhile, it goes.
            (Some(before), Some(kept), None) if kept != before => {
                conflicts.push(format!("They deleted {what}, which you changed."));
                merged.push(kept);
            }
            (Some(before), None, Some(kept)) if kept != before => {
                conflicts.push(format!("You deleted {what}, which they changed."));
            }
            _ => {}
        }
    }
    merged
}

fn name_of<T: Serialize>(item: &T) -> String {
    let value = serde_json::to_value(item).unwrap_or_default();
    match value["name"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => format!("“{name}”"),
        None => "a note".to_owned(),
    }
}

/// Theirs, without what I removed, with what I added.
fn edges(base: &Workflow, mine: &Workflow, theirs: &Workflow) -> Vec<Edge> {
    let removed = |edge: &&Edge| base.edges.contains(edge) && !mine.edges.contains(edge);
    let added = |edge: &&Edge| !base.edges.contains(edge) && !theirs.edges.contains(edge);
    theirs.edges.iter().filter(|edge| !removed(edge)).chain(mine.edges.iter().filter(added)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        drawing::Note,
        task::Kind,
        workflow::{Node, Point},
    };

    fn base() -> Workflow {
        let node = |id: &str| Node::new(id.into(), id, Kind::HttpRequest, Point::default());
        let nodes = vec![node("a"), node("b"), node("c")];
        Workflow { name: "W".to_owned(), nodes, edges: vec![Edge::between("a", "b")], ..Workflow::default() }
    }

    fn check(mine: impl Fn(&mut Workflow), theirs: impl Fn(&mut Workflow), conflicts: &[&str]) -> Workflow {
        let (mut own, mut other) = (base(), base());
        mine(&mut own);
        theirs(&mut other);
        let merged = merge(&base(), &own, &other);
        assert_eq!(merged.conflicts, conflicts);
        merged.workflow
    }

    fn set(node: usize, field: &'static str, value: &'static str) -> impl Fn(&mut Workflow) {
        move |workflow| drop(workflow.nodes[node].parameters.insert(field.to_owned(), value.into()))
    }

    #[test]
    fn changes_that_do_not_touch_each_other_are_both_kept() {
        let merged = check(set(0, "url", "mine"), set(0, "body", "theirs"), &[]);
        assert_eq!(
            (&merged.nodes[0].parameters["url"], &merged.nodes[0].parameters["body"]),
            (&"mine".into(), &"theirs".into())
        );
        let merged = check(
            |w| w.nodes.push(Node::new("x".into(), "X", Kind::Delay, Point::default())),
            |w| {
                w.edges.push(Edge::between("b", "c"));
                w.notes.push(Note::new("note_1".into(), Point::default()));
                w.name = "Theirs".to_owned();
            },
            &[],
        );
        assert_eq!(
            (merged.nodes.len(), merged.edges.len(), merged.notes.len(), merged.name.as_str()),
            (4, 2, 1, "Theirs")
        );
        assert_eq!(check(|_| {}, |_| {}, &[]), base());
    }

    #[test]
    fn what_both_changed_is_mine_and_told() {
        let merged = check(set(1, "url", "mine"), set(1, "url", "theirs"), &["Both changed “url” of “b”."]);
        assert_eq!(merged.nodes[1].parameters["url"], "mine");
        let at = |x: f64| move |w: &mut Workflow| w.nodes[0].position.x = x;
        check(at(16.0), at(32.0), &["Both changed the place of “a”."]);
        check(set(1, "url", "same"), set(1, "url", "same"), &[]);
    }

    #[test]
    fn what_one_deleted_goes_unless_the_other_changed_it() {
        let deleted = |w: &mut Workflow| {
            w.nodes.remove(1);
            w.edges.clear();
        };
        assert_eq!(check(deleted, |_| {}, &[]).nodes.len(), 2);
        assert_eq!(check(|_| {}, deleted, &[]).nodes.len(), 2);
        let merged = check(set(1, "url", "x"), deleted, &["They deleted “b”, which you changed."]);
        assert_eq!((merged.nodes.len(), merged.edges.len()), (3, 0));
        check(deleted, set(1, "url", "x"), &["You deleted “b”, which they changed."]);
        let merged = check(|w| w.edges.push(Edge::between("b", "c")), deleted, &[]);
        assert!(merged.edges.is_empty(), "an edge goes with its node");
    }
}
