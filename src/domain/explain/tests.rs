//! What the journal tells of a task, in sentences.

use serde_json::{Value, json};

use super::*;
use crate::domain::{
    event::{Cause, Change, Event, Release, TaskError},
    task::Kind,
    workflow::{Edge, Point},
};

/// start → call → check → (true) mail → log
fn workflow() -> Workflow {
    let node = |id: &str, kind: Kind| Node::new(id.into(), id.to_uppercase(), kind, Point::default());
    let nodes = vec![
        node("start", Kind::Manual),
        node("call", Kind::HttpRequest),
        node("check", Kind::Condition),
        node("mail", Kind::SendEmail),
        node("log", Kind::Transform),
    ];
    let edges = vec![
        Edge::between("start", "call"),
        Edge::between("call", "check"),
        Edge::from_port("check", port::TRUE, "mail"),
        Edge::between("mail", "log"),
    ];
    Workflow { nodes, edges, ..Workflow::default() }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn started(run: &str, attempt: u32) -> Change {
    Change::AttemptStarted { node: run.into(), attempt }
}

fn succeeded(run: &str, port: &str) -> [Change; 2] {
    let output = Value::Null;
    [started(run, 1), Change::AttemptSucceeded { node: run.into(), attempt: 1, output, port: port.to_owned() }]
}

fn failed(run: &str, retry_at: Option<DateTime<Utc>>) -> [Change; 2] {
    let error = TaskError { message: "No answer.".to_owned(), field: None, retryable: true, details: json!({}) };
    [started(run, 1), Change::AttemptFailed { node: run.into(), attempt: 1, error, retry_at }]
}

/// The sentences about a node after these changes in the phase `execute`.
fn check(workflow: &Workflow, node: &str, changes: impl IntoIterator<Item = Change>, expected: &[&str]) {
    let cause = Cause { via: "test".to_owned(), ..Cause::default() };
    let begin = [Change::Started { cause }, Change::PhaseEntered { phase: Phase::Execute }];
    let all = begin.into_iter().chain(changes);
    let events: Vec<Event> = all.zip(1..).map(|(change, seq)| Event { seq, at: at(0), change }).collect();
    let state = ExecutionState::of(&events);
    let why = why(workflow, &state, workflow.node(&node.into()).expect("a node"), &node.into());
    let sentences: Vec<&str> = why.reasons.iter().map(|reason| reason.sentence.as_str()).collect();
    assert_eq!(sentences, expected, "{node}");
}

#[test]
fn a_task_that_has_not_begun_names_what_it_needs() {
    check(&workflow(), "call", [], &["Everything that it needs is there; it starts any moment."]);
    check(&workflow(), "check", [], &["It needs “CALL”, which has not run yet."]);
    check(&workflow(), "check", [started("call", 1)], &["It needs “CALL”, which is not over yet."]);
}

#[test]
fn a_task_at_a_breakpoint_names_both_ends_of_the_edge() {
    let held = |from: &str, to: &str| Change::Held { node: to.into(), edge: Edge::between(from, to) };
    let breakpoints = vec![Edge::between("call", "check")];
    let again = Change::Started { cause: Cause { via: "test".to_owned(), breakpoints, ..Cause::default() } };
    let at_check = || [again.clone()].into_iter().chain(succeeded("call", port::OUT)).chain([held("call", "check")]);
    let sentence = "It is held at the breakpoint between “CALL” and “CHECK”. Let it go on, or take a step.";
    check(&workflow(), "check", at_check(), &[sentence]);
    check(&workflow(), "mail", at_check(), &["It needs “CHECK”, which is not over yet."]);
    let release = Release { by: "ada@example.com".to_owned(), payload: None, step: true };
    let stepped = at_check().chain([Change::Released { node: "check".into(), release }]);
    check(&workflow(), "check", stepped.clone(), &["Everything that it needs is there; it starts any moment."]);
    let after = stepped.chain(succeeded("check", port::TRUE)).chain([held("check", "mail")]);
    let sentence = "It is held after a step from “CHECK” to “MAIL”. Let it go on, or take another step.";
    check(&workflow(), "mail", after, &[sentence]);
}

#[test]
fn a_skipped_task_names_what_began_it() {
    let went_false = succeeded("call", port::OUT).into_iter().chain(succeeded("check", port::FALSE));
    let skip = |run: &str, reason: &str| Change::Skipped { node: run.into(), reason: reason.to_owned() };
    let skips =
        [skip("mail", "CHECK did not hand anything on to it."), skip("log", "MAIL did not hand anything on to it.")];
    let expected = "It was skipped: MAIL did not hand anything on to it. It began with “CHECK”.";
    check(&workflow(), "log", went_false.chain(skips), &[expected]);
    let by_failure = failed("call", None).into_iter().chain([
        skip("check", "CALL failed or was skipped after a failure."),
        skip("mail", "CHECK failed or was skipped after a failure."),
    ]);
    let expected = "It was skipped: CHECK failed or was skipped after a failure. It began with “CALL”.";
    check(&workflow(), "mail", by_failure, &[expected]);
}

#[test]
fn a_task_that_waits_says_for_what_and_until_when() {
    let retry = "Attempt 2 is due at 1970-01-01 00:01:00 UTC, after: No answer.";
    check(&workflow(), "call", failed("call", Some(at(60))), &[retry]);
    let paused = Change::Paused { by: "ada@example.com".to_owned() };
    let by = "ada@example.com paused the execution. Resume it, or let it take a step.";
    check(&workflow(), "call", failed("call", Some(at(60))).into_iter().chain([paused.clone()]), &[by, retry]);
    check(&workflow(), "call", [paused], &[by]);
    let wait = Change::WaitStarted {
        node: "call".into(),
        attempt: 1,
        until: None,
        output: Value::Null,
        waits_for: WaitsFor::Call,
    };
    check(&workflow(), "call", [started("call", 1), wait], &["It waits for a call of its resume URL."]);
}

#[test]
fn a_deadline_is_told_as_long_as_it_counts() {
    let mut workflow = workflow();
    workflow.settings.deadline_secs = Some(90);
    let runs = "It runs: attempt 1 began at 1970-01-01 00:00:00 UTC.";
    let deadline = "The execution fails at 1970-01-01 00:01:30 UTC if it is not over by then.";
    check(&workflow, "call", [started("call", 1)], &[runs, deadline]);
    check(&workflow, "call", succeeded("call", port::OUT), &["It succeeded and does not run again."]);
}

#[test]
fn what_the_execution_waits_for_its_tasks_wait_for() {
    let queued = Change::Queued { key: "c-7".to_owned() };
    let expected = "The execution waits until others with the concurrency key “c-7” are over.";
    check(&workflow(), "log", [queued], &[expected]);
    let cancelled = Change::CancelRequested { by: "ada@example.com".to_owned() };
    check(&workflow(), "log", [cancelled], &["ada@example.com cancelled the execution."]);
    let over = Change::Finished { status: ExecutionStatus::Failed, output: None, error: None };
    check(&workflow(), "log", [over], &["The execution is over (failed); the task never ran."]);
}
