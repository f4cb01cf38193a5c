use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::domain::{
    audit,
    event::{Cause, Event, TaskError},
    plan::{self, Prepared, Step},
    task::Kind,
    workflow::{Edge, Point},
};

/// `a -> b, a error -> c`: nodes by their first letters: `t…` triggers, `l…` loops.
fn workflow(text: &str) -> Workflow {
    let mut workflow = Workflow::default();
    for edge in text.split(',') {
        let words: Vec<&str> = edge.split_whitespace().collect();
        for id in words.first().into_iter().chain(words.last()) {
            let kind = match id.chars().next() {
                Some('t') => Kind::Manual,
                Some('l') => Kind::ForEach,
                _ => Kind::Transform,
            };
            if workflow.node(&NodeId::from(*id)).is_none() {
                workflow.nodes.push(Node::new((*id).into(), *id, kind, Point::default()));
            }
        }
        match words.as_slice() {
            [from, "->", to] => workflow.edges.push(Edge::between(*from, *to)),
            [from, through, "->", to] => workflow.edges.push(Edge::from_port(*from, through, *to)),
            _ => {}
        }
    }
    workflow
}

/// Runs it to its end; every task succeeds but these, loops go over two items. Gives what ran, in order, and the end.
fn ran(workflow: &Workflow, failing: &[&str], kept: Vec<Change>) -> (String, ExecutionState) {
    let prepared = Prepared::of(workflow.clone());
    let (mut events, mut state) = (Vec::<Event>::new(), ExecutionState::default());
    let mut record = |state: &mut ExecutionState, change: Change| {
        let event = Event { seq: state.seq + 1, at: DateTime::UNIX_EPOCH, change };
        state.apply(&event);
        events.push(event);
    };
    record(&mut state, Change::Started { cause: Cause { input: json!("in"), ..Cause::default() } });
    kept.into_iter().for_each(|change| record(&mut state, change));
    let mut started = Vec::new();
    loop {
        let steps = plan::next(&prepared, &state, DateTime::UNIX_EPOCH);
        if steps.is_empty() {
            assert_eq!(audit::faults(&events), []);
            return (started.join(" "), state);
        }
        for step in steps {
            if let Step::Start { run, attempt } = step {
                started.push(run.to_string());
                record(&mut state, Change::AttemptStarted { node: run.clone(), attempt });
                record(&mut state, ending(&prepared, run, failing));
            } else {
                record(&mut state, change(step));
            }
        }
    }
}

fn ending(prepared: &Prepared, node: RunId, failing: &[&str]) -> Change {
    let attempt = 1;
    if failing.contains(&node.node.as_str()) {
        let error = TaskError { message: "no".into(), field: None, retryable: false, details: Value::Null };
        return Change::AttemptFailed { node, attempt, error, retry_at: None };
    }
    if node.node.as_str().starts_with('l') {
        let body = prepared.body_of(&node.node);
        return Change::LoopStarted {
            node,
            attempt,
            items: vec![json!(1), json!(2)],
            body,
            max_parallel: 2,
            go_on: false,
        };
    }
    let output = json!(node.to_string());
    Change::AttemptSucceeded { node, attempt, output, port: port::OUT.to_owned() }
}

fn change(step: Step) -> Change {
    match step {
        Step::Enter(phase) => Change::PhaseEntered { phase },
        Step::Skip { run, reason } => Change::Skipped { node: run, reason },
        Step::EndIteration { run, index, output, error } => Change::IterationEnded { node: run, index, output, error },
        Step::EndLoop { run } => Change::LoopEnded { node: run },
        Step::Finish { status, output, error } => Change::Finished { status, output, error },
        Step::Fail { run, message, .. } => {
            let error = TaskError { message, field: None, retryable: false, details: Value::Null };
            Change::AttemptFailed { node: run, attempt: 1, error, retry_at: None }
        }
        other => panic!("{other:?}"),
    }
}

const FIRST: ExecutionId = ExecutionId(uuid::Uuid::from_u128(1));

/// What runs when the execution with these failures starts again from the node, on the same workflow or another one.
fn again(text: &str, failing: &[&str], node: &str, now: Option<&Workflow>) -> Result<(String, ExecutionState), String> {
    let before = workflow(text);
    let (_, state) = ran(&before, failing, Vec::new());
    let past = Past { execution: FIRST, workflow: &before, state: &state };
    let now = now.unwrap_or(&before);
    Ok(ran(now, &[], kept(&past, now, &node.into())?))
}

fn check(text: &str, failing: &[&str], node: &str, expected: &str) {
    let (started, state) = again(text, failing, node, None).expect("it starts");
    assert_eq!(started, expected, "{text} from {node}");
    assert_eq!(state.status.name(), "succeeded");
}

#[test]
fn what_does_not_come_after_the_node_is_kept() {
    check("a -> b, b -> c, a -> d", &["b"], "b", "b c");
    check("a -> b, b -> c, a -> d", &[], "d", "d");
    check("t -> a, a -> b, b -> c", &[], "a", "a b c");
    check("a -> c, b -> c, c -> d", &[], "b", "b c d");
}

#[test]
fn the_kept_outputs_are_what_the_rest_sees() {
    let (_, state) = again("a -> b, b -> c", &["b"], "b", None).expect("it starts");
    let run = &state.task_runs[&RunId::from("a")];
    assert_eq!((run.status, run.kept_from, run.attempts.len()), (TaskRunStatus::Succeeded, Some(FIRST), 0));
    assert_eq!(state.input_of(&workflow("a -> b, b -> c"), &"b".into()), json!("a"));
}

#[test]
fn what_was_kept_once_is_kept_from_where_it_ran() {
    let definition = workflow("a -> b, b -> c");
    let (_, first) = again("a -> b, b -> c", &["b"], "b", None).expect("it starts");
    let past = Past { execution: ExecutionId(uuid::Uuid::from_u128(2)), workflow: &definition, state: &first };
    let (_, second) = ran(&definition, &[], kept(&past, &definition, &"c".into()).expect("it starts"));
    assert_eq!(second.task_runs[&RunId::from("a")].kept_from, Some(FIRST));
    assert_eq!(second.task_runs[&RunId::from("b")].kept_from, Some(past.execution));
}

#[test]
fn a_failure_beside_runs_again_too_unless_an_edge_took_it_up() {
    check("a -> b, a -> c, c -> d", &["b", "c"], "b", "b c d");
    check("a -> b, a -> c, c error -> d", &["b", "c"], "b", "b");
    let (_, state) = again("a -> b, a -> c, c error -> d", &["b", "c"], "b", None).expect("it starts");
    let failure = json!({ "error": { "message": "no", "details": null } });
    assert_eq!(state.input_of(&workflow("a -> b, a -> c, c error -> d"), &"d".into()), failure);
}

#[test]
fn a_loop_runs_as_a_whole_and_is_kept_as_a_whole() {
    check("l item -> b, b -> c, l done -> d, d -> e", &[], "c", "l b[0] b[1] c[0] c[1] d e");
    check("l item -> b, b -> c, l done -> d, d -> e", &["d"], "d", "d e");
    let (_, state) = again("l item -> b, l done -> d", &["d"], "d", None).expect("it starts");
    assert_eq!(state.task_runs[&RunId::from("l")].output, Some(json!(["b[0]", "b[1]"])));
    assert_eq!(state.run_status(&"b".into()), TaskRunStatus::Succeeded, "the page shows its nodes as over");
}

fn refused(text: &str, failing: &[&str], node: &str, words: &str) {
    let error = again(text, failing, node, None).expect_err("it cannot start");
    assert!(error.contains(words), "{error}");
}

#[test]
fn where_it_cannot_start_it_says_why() {
    refused("a -> b, b -> c", &["a"], "c", "“a” comes before it and has no output to keep. Restart from “a”.");
    refused("a -> b, a error -> c", &[], "c", "“c” was skipped and would be again");
    refused("t -> a", &[], "t", "Run the execution again instead");
    refused("a -> b", &[], "gone", "no node “gone”");
}

#[test]
fn on_another_version_what_is_new_or_changed_runs_too() {
    let on = |now: Workflow, node: &str| again("a -> b, b -> c, a -> d", &["b"], node, Some(&now)).map(|(ran, _)| ran);
    assert_eq!(on(workflow("a -> b, b -> c, a -> d, d -> e"), "b").as_deref(), Ok("b e c"));
    let mut changed = workflow("a -> b, b -> c, a -> d");
    changed.nodes[3].parameters.insert("output".to_owned(), json!("2"));
    assert_eq!(on(changed, "b").as_deref(), Ok("b d c"));
    let mut fixed = workflow("a -> b, b -> c, a -> d");
    fixed.nodes[1].parameters.insert("output".to_owned(), json!("2"));
    assert_eq!(on(fixed, "c").as_deref(), Ok("b c"), "what failed was changed: it runs first");
    let mut moved = workflow("a -> b, b -> c, a -> d");
    moved.nodes[3].position = Point { x: 7.0, y: 7.0 };
    moved.nodes[3].retry = crate::domain::retry::RetryPolicy::NONE;
    assert_eq!(on(moved, "b").as_deref(), Ok("b c"), "where it stands and how often it is tried changes nothing");
}

#[test]
fn the_trigger_that_started_it_has_to_be_there() {
    let before = workflow("t -> a, a -> b");
    let (_, mut state) = ran(&before, &[], Vec::new());
    state.cause.as_mut().expect("a cause").trigger = Some("t".into());
    let past = Past { execution: FIRST, workflow: &before, state: &state };
    let error = kept(&past, &workflow("a -> b"), &"b".into()).expect_err("it cannot start");
    assert!(error.contains("Restart it on its original version."), "{error}");
}
