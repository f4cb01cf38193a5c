//! Drafts against recordings, as sentences.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::{
    event::{Cause, Change, Event, Release, TaskError},
    execution::Phase,
    task::{Kind, port},
    workflow::{Edge, Node, Point, Workflow},
};

/// start → call (asks a shop) → sum (adds one to what it got)
fn workflow() -> Workflow {
    let mut nodes = vec![
        Node::new("start".into(), "Start", Kind::Manual, Point::default()),
        Node::new("call".into(), "Call", Kind::HttpRequest, Point::default()),
        Node::new("sum".into(), "Sum", Kind::Transform, Point::default()),
    ];
    nodes[1].parameters.insert("url".to_owned(), json!("https://shop.example.com/{{ input.id }}"));
    nodes[2].parameters.insert("output".to_owned(), json!("{ sum: input.n + 1 }"));
    let edges = vec![Edge::between("start", "call"), Edge::between("call", "sum")];
    Workflow { name: "Shop".to_owned(), nodes, edges, ..Workflow::default() }
}

fn started(node: &str) -> Change {
    Change::AttemptStarted { node: node.into(), attempt: 1 }
}

fn succeeded(node: &str, output: Value) -> [Change; 2] {
    let port = port::OUT.to_owned();
    [started(node), Change::AttemptSucceeded { node: node.into(), attempt: 1, output, port }]
}

/// What the workflow did for the order 7, in these words.
fn events(changes: impl IntoIterator<Item = Change>) -> Vec<Event> {
    let cause = Cause { via: "api".to_owned(), input: json!({ "id": 7 }), ..Cause::default() };
    let phase = |phase| Change::PhaseEntered { phase };
    let begin = [Change::Started { cause }, phase(Phase::Prepare), phase(Phase::Execute)];
    let at = DateTime::UNIX_EPOCH;
    (1..).zip(begin.into_iter().chain(changes)).map(|(seq, change)| Event { seq, at, change }).collect()
}

fn end(output: Value) -> [Change; 3] {
    let phase = |phase| Change::PhaseEntered { phase };
    let finished = Change::Finished { status: ExecutionStatus::Succeeded, output: Some(output), error: None };
    [phase(Phase::Validate), phase(Phase::Complete), finished]
}

fn recording() -> Recording {
    let (answer, sum) = (json!({ "n": 1 }), json!({ "sum": 2 }));
    let done = succeeded("call", answer).into_iter().chain(succeeded("sum", sum.clone())).chain(end(sum));
    Recording::of(ExecutionId(Uuid::nil()), workflow(), &events(done)).expect("it can be compared with")
}

/// Transforms hand their parameter on, conditions are true, delays wait for an hour.
fn perform(task: Task<'_>) -> Answer {
    let done = |output: Value, port: &str| Answer::Done { output, port: port.to_owned() };
    match task.node.kind {
        Kind::Condition => done(task.input, port::TRUE),
        Kind::Delay => Answer::Wait { until: task.now + chrono::TimeDelta::hours(1), output: task.input },
        Kind::ForEach => {
            let items = task.parameters["items"].as_array().cloned().unwrap_or_default();
            Answer::Loop { items, max_parallel: 2, go_on: false }
        }
        _ => done(task.parameters["output"].clone(), port::OUT),
    }
}

fn tested(change: impl FnOnce(&mut Workflow)) -> Tested {
    let mut draft = workflow();
    change(&mut draft);
    let hands = Hands { vars: &Value::Null, perform: &mut perform, is_late: &|| false };
    test(&Prepared::of(draft), &recording(), hands)
}

fn at(path: &str, before: impl Into<Option<Value>>, after: impl Into<Option<Value>>) -> Difference {
    Difference { path: path.to_owned(), before: before.into(), after: after.into() }
}

#[test]
fn a_draft_that_changed_nothing_comes_to_the_same_and_performs_nothing() {
    let mut never = |task: Task<'_>| -> Answer { panic!("{} is performed", task.run) };
    let hands = Hands { vars: &Value::Null, perform: &mut never, is_late: &|| false };
    let found = test(&Prepared::of(workflow()), &recording(), hands);
    assert_eq!((found.verdict, found.changed_calls), (Verdict::Same, Vec::new()));
    assert_eq!(found.was, ExecutionStatus::Succeeded);
}

#[test]
fn what_does_not_change_the_result_is_the_same() {
    let found = tested(|draft| draft.nodes[2].parameters["output"] = json!("{ sum: 1 + input.n }"));
    assert_eq!(found.verdict, Verdict::Same);
    let retries = tested(|draft| draft.nodes[1].retry.max_attempts = 9);
    assert_eq!((retries.verdict, retries.changed_calls), (Verdict::Same, Vec::new()));
}

#[test]
fn the_first_node_that_differs_is_named_with_the_place() {
    let found = tested(|draft| draft.nodes[2].parameters["output"] = json!("{ sum: input.n + 5 }"));
    let differences = vec![at("sum", json!(2), json!(6))];
    assert_eq!(found.verdict, Verdict::Differs { node: Some("sum".into()), differences });
}

#[test]
fn a_task_that_acts_outside_is_answered_as_it_was_and_a_changed_call_is_told() {
    let found = tested(|draft| draft.nodes[1].parameters["url"] = json!("https://shop.example.com/v2/{{ input.id }}"));
    assert_eq!(found.verdict, Verdict::Same);
    let (then, now) = (json!("https://shop.example.com/7"), json!("https://shop.example.com/v2/7"));
    assert_eq!(found.changed_calls, [ChangedCall { run: "call".into(), differences: vec![at("url", then, now)] }]);
}

#[test]
fn what_was_never_asked_is_unknown() {
    let found = tested(|draft| {
        draft.nodes.push(Node::new("mail".into(), "Mail", Kind::SendWebhook, Point::default()));
        draft.nodes[3].parameters.insert("url".to_owned(), json!("https://other.example.com"));
        draft.edges.push(Edge::between("sum", "mail"));
    });
    let Verdict::Unknown { node, reason } = &found.verdict else { panic!("{found:?}") };
    assert_eq!(*node, Some("mail".into()));
    assert!(reason.contains("“Mail” acts outside"), "{reason}");
}

#[test]
fn a_draft_that_would_fail_says_where_and_why() {
    let found = tested(|draft| draft.nodes[2].parameters["output"] = json!("input.nobody.is.there"));
    let Verdict::Fails { node, message } = &found.verdict else { panic!("{found:?}") };
    assert_eq!(*node, Some("sum".into()));
    assert!(message.starts_with("Sum: "), "{message}");
}

#[test]
fn a_new_node_that_only_computes_is_performed_and_time_passes_at_once() {
    let found = tested(|draft| {
        draft.nodes.push(Node::new("nap".into(), "Nap", Kind::Delay, Point::default()));
        draft.edges.push(Edge::between("sum", "nap"));
    });
    assert_eq!(found.verdict, Verdict::Same, "it hands on what it got");
}

#[test]
fn a_loop_runs_its_body_for_every_item() {
    let found = tested(|draft| {
        draft.nodes.push(Node::new("each".into(), "Each", Kind::ForEach, Point::default()));
        draft.nodes.push(Node::new("twice".into(), "Twice", Kind::Transform, Point::default()));
        draft.nodes[3].parameters.insert("items".to_owned(), json!("[1, 2, 3]"));
        draft.nodes[4].parameters.insert("output".to_owned(), json!("item * 2"));
        draft.edges.push(Edge::between("sum", "each"));
        draft.edges.push(Edge::from_port("each", port::ITEM, "twice"));
    });
    let differences = vec![at("", json!({ "sum": 2 }), json!([2, 4, 6]))];
    assert_eq!(found.verdict, Verdict::Differs { node: None, differences });
}

#[test]
fn a_failure_that_was_recorded_is_a_failure_again() {
    let error =
        TaskError { message: "It answered 503.".to_owned(), field: None, retryable: true, details: Value::Null };
    let failed = Change::AttemptFailed { node: "call".into(), attempt: 1, error, retry_at: None };
    let skipped = Change::Skipped { node: "sum".into(), reason: "so".to_owned() };
    let why = Some("Call: It answered 503.".to_owned());
    let finished = Change::Finished { status: ExecutionStatus::Failed, output: None, error: why };
    let recorded = events([started("call"), failed, skipped, finished]);
    let recording = Recording::of(ExecutionId(Uuid::nil()), workflow(), &recorded).expect("it can be compared with");
    let mut perform = perform;
    let mut on = |draft: Workflow| {
        let hands = Hands { vars: &Value::Null, perform: &mut perform, is_late: &|| false };
        test(&Prepared::of(draft), &recording, hands).verdict
    };
    assert_eq!(on(workflow()), Verdict::Same);
    let mut mended = workflow();
    mended.nodes.push(Node::new("else".into(), "Else", Kind::Transform, Point::default()));
    mended.nodes[3].parameters.insert("output".to_owned(), json!("7"));
    mended.edges.push(Edge::from_port("call", port::ERROR, "else"));
    assert_eq!(on(mended), Verdict::Differs { node: None, differences: vec![at("", Value::Null, json!(7))] });
}

#[test]
fn the_end_of_the_time_ends_the_run() {
    let mut draft = workflow();
    draft.nodes[2].parameters["output"] = json!("1");
    let hands = Hands { vars: &Value::Null, perform: &mut perform, is_late: &|| true };
    let found = test(&Prepared::of(draft), &recording(), hands);
    assert!(matches!(found.verdict, Verdict::Unknown { node: None, .. }), "{found:?}");
}

#[test]
fn what_did_not_run_by_itself_is_no_recording() {
    let from = ExecutionId(Uuid::nil());
    let kept = Change::Kept {
        node: "call".into(),
        from,
        status: crate::domain::execution::TaskRunStatus::Succeeded,
        output: json!(1),
        port: Some(port::OUT.to_owned()),
        reason: None,
    };
    let release = Release { by: "ada".to_owned(), payload: Some(json!(1)), step: false };
    for change in [kept, Change::Released { node: "call".into(), release }] {
        assert!(Recording::of(from, workflow(), &events([change])).is_err());
    }
}
