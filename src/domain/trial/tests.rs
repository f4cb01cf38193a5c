use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::domain::{
    event::{Cause, Event},
    state::ExecutionState,
    task::Kind,
    workflow::Point,
};

/// start → a → b → c, start → d
fn draft() -> Workflow {
    let node = |id: &str| {
        let kind = if id == "start" { Kind::Manual } else { Kind::Transform };
        Node::new(id.into(), id, kind, Point::default())
    };
    let nodes = ["start", "a", "b", "c", "d"].map(node).to_vec();
    let edges = [("start", "a"), ("a", "b"), ("b", "c"), ("start", "d")];
    let edges = edges.map(|(from, to)| Edge::between(from, to)).to_vec();
    Workflow { name: "W".to_owned(), nodes, edges, ..Workflow::default() }
}

fn names(workflow: &Workflow) -> Vec<&str> {
    workflow.nodes.iter().map(|node| node.id.as_str()).collect()
}

#[test]
fn up_to_a_node_runs_what_it_needs_and_nothing_else() {
    let trial = trial(&draft(), &"b".into(), Reach::UpTo, None).expect("it can be tried");
    assert_eq!(names(&trial.workflow), ["start", "a", "b"]);
    assert_eq!((trial.workflow.edges.len(), trial.kept.len()), (2, 0));
}

#[test]
fn a_pinned_output_stands_in_for_its_node_and_all_before_it() {
    let mut draft = draft();
    draft.nodes[2].pinned = Some(json!({ "n": 1 }));
    let trial = trial(&draft, &"c".into(), Reach::UpTo, None).expect("it can be tried");
    assert_eq!(names(&trial.workflow), ["start", "b", "c"]);
    let [Change::Kept { node, output, port, .. }] = &trial.kept[..] else { panic!("{:?}", trial.kept) };
    assert_eq!((node.to_string().as_str(), output, port.as_deref()), ("b", &json!({ "n": 1 }), Some("out")));
    let alone = super::trial(&draft, &"c".into(), Reach::Only, None).expect("a pin is enough");
    assert_eq!(alone.kept.len(), 1);
    let own = super::trial(&draft, &"b".into(), Reach::UpTo, None).expect("it can be tried");
    assert!(own.kept.is_empty(), "what is tried runs though it is pinned");
}

#[test]
fn what_cannot_be_tried_says_why() {
    let error = |node: &str| trial(&draft(), &node.into(), Reach::Only, None).expect_err("it cannot");
    assert!(error("start").contains("starts executions"));
    assert!(error("nobody").contains("no node"));
    assert!(error("c").contains("Run the workflow"));
    assert!(trial(&draft(), &"a".into(), Reach::Only, None).is_ok(), "a trigger is always there");
}

const BEFORE: ExecutionId = ExecutionId(uuid::Uuid::from_u128(1));

/// As if all tasks of the draft had run and handed on their own names; `pinned` stood in for themselves.
fn ran(draft: &Workflow, pinned: &[&str]) -> ExecutionState {
    let kept = draft.nodes.iter().filter(|node| !node.kind.is_trigger()).map(|node| Change::Kept {
        node: RunId::from(&node.id),
        from: if pinned.contains(&node.id.as_str()) { ExecutionId(uuid::Uuid::nil()) } else { BEFORE },
        status: TaskRunStatus::Succeeded,
        output: json!(node.id.as_str()),
        port: Some("out".to_owned()),
        reason: None,
    });
    let started = Change::Started { cause: Cause::default() };
    let changes = std::iter::once(started).chain(kept).enumerate();
    let event = |(index, change)| Event { seq: index as i32 + 1, at: DateTime::UNIX_EPOCH, change };
    ExecutionState::of(&changes.map(event).collect::<Vec<_>>())
}

/// What runs and which nodes are kept when it goes on from the node, after everything ran as `draft()` says.
fn goes_on(now: &Workflow, node: &str) -> (Vec<String>, Vec<String>) {
    let (before, state) = (draft(), ran(&draft(), &[]));
    let past = Past { execution: BEFORE, workflow: &before, state: &state };
    let trial = trial(now, &node.into(), Reach::From, Some(&past)).expect("it goes on");
    let kept: Vec<String> = trial.kept.iter().filter_map(kept_node).map(ToString::to_string).collect();
    (trial.workflow.nodes.iter().map(|node| node.id.to_string()).collect(), kept)
}

#[test]
fn from_a_node_on_everything_after_it_runs_and_what_changed_before_it() {
    let words = |(runs, kept): (Vec<String>, Vec<String>)| (runs.join(" "), kept.join(" "));
    let told = |runs: &str, kept: &str| (runs.to_owned(), kept.to_owned());
    assert_eq!(words(goes_on(&draft(), "b")), told("start a b c", "a"));
    assert_eq!(words(goes_on(&draft(), "d")), told("start d", ""));
    let mut changed = draft();
    changed.nodes[1].parameters.insert("output".to_owned(), json!("1"));
    assert_eq!(words(goes_on(&changed, "b")), told("start a b c", ""));
}

#[test]
fn an_output_that_was_edited_is_handed_on_and_only_what_follows_runs() {
    let mut edited = draft();
    edited.nodes[2].pinned = Some(json!({ "n": 1 }));
    for node in ["b", "c"] {
        let (runs, mut kept) = goes_on(&edited, node);
        kept.sort();
        assert_eq!((runs.join(" "), kept.join(" ")), ("start a b c".to_owned(), "a b".to_owned()), "from {node}");
    }
    let alone = trial(&edited, &"c".into(), Reach::From, None).expect("a pin is enough");
    assert_eq!((names(&alone.workflow), alone.kept.len()), (vec!["start", "b", "c"], 1));
    assert!(trial(&draft(), &"c".into(), Reach::From, None).is_err_and(|error| error.contains("Run the workflow")));
}

#[test]
fn outputs_are_stale_after_what_changed_as_far_as_no_pin_stands_in() {
    let stale_in = |pinned: &[&str], change: &dyn Fn(&mut Workflow)| {
        let (before, state) = (draft(), ran(&draft(), pinned));
        let mut now = draft();
        change(&mut now);
        let past = Past { execution: BEFORE, workflow: &before, state: &state };
        stale(&past, &now).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let changes_a = |now: &mut Workflow| drop(now.nodes[1].parameters.insert("output".to_owned(), json!("1")));
    assert_eq!(stale_in(&[], &|_| {}), "");
    assert_eq!(stale_in(&[], &changes_a), "a b c");
    assert_eq!(stale_in(&[], &|now| now.nodes[2].pinned = Some(json!("another"))), "c");
    assert_eq!(stale_in(&["b"], &|_| {}), "b c", "the pin is gone");
    let behind_a_pin = |now: &mut Workflow| {
        changes_a(now);
        now.nodes[2].pinned = Some(json!("b"));
    };
    assert_eq!(stale_in(&[], &behind_a_pin), "a", "the pin is what it was");
    let with_another = |now: &mut Workflow| {
        now.nodes.push(Node::new("e".into(), "e", Kind::Transform, Point::default()));
        now.edges.push(Edge::between("c", "e"));
        now.nodes[1].position.x += 300.0;
    };
    assert_eq!(stale_in(&[], &with_another), "", "what never ran is not stale, and places do not count");
}
