//! The planner's rules as sentences over one table-driven `check`: a graph, what happened, what comes next.

mod breakpoints;
mod loops;

use super::*;
use crate::domain::{
    event::{Cause, Change, Event, Release, TaskError},
    task::{Kind, port},
    workflow::{Edge, JoinRule, Point},
};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).expect("in range")
}

/// `a -> b`, `a -true-> b`, lone nodes; `hook_…` are webhooks, `if_…` conditions, `loop_…` loops; other prefixes
/// name join rules, `any_…` that of branches that meet again.
fn workflow(text: &str) -> Workflow {
    let mut workflow = Workflow::default();
    for part in text.split(',') {
        let words: Vec<&str> = part.split_whitespace().collect();
        for id in words.iter().step_by(2) {
            add_node(&mut workflow, id);
        }
        for edge in words.windows(3).step_by(2) {
            let through = edge[1].trim_matches(['-', '>']);
            let through = if through.is_empty() { port::OUT } else { through };
            workflow.edges.push(Edge::from_port(edge[0], through, edge[2]));
        }
    }
    workflow
}

fn add_node(workflow: &mut Workflow, id: &str) {
    if workflow.node(&id.into()).is_some() {
        return;
    }
    let (kind, join) = match id.split('_').next() {
        Some("hook") => (Kind::Webhook, JoinRule::AllSucceeded),
        Some("if") => (Kind::Condition, JoinRule::AllSucceeded),
        Some("any") => (Kind::Transform, JoinRule::NoneFailedMinOneSucceeded),
        Some("done") => (Kind::Transform, JoinRule::AllDone),
        Some("loop") => (Kind::ForEach, JoinRule::AllSucceeded),
        Some("one") => (Kind::Transform, JoinRule::OneSucceeded),
        Some("onefailed") => (Kind::Transform, JoinRule::OneFailed),
        Some("allfailed") => (Kind::Transform, JoinRule::AllFailed),
        Some("nonefailed") => (Kind::Transform, JoinRule::NoneFailed),
        Some("noneskipped") => (Kind::Transform, JoinRule::NoneSkipped),
        Some("always") => (Kind::Transform, JoinRule::Always),
        _ => (Kind::Transform, JoinRule::AllSucceeded),
    };
    let node = Node { join, ..Node::new(id.into(), id, kind, Point::default()) };
    workflow.nodes.push(node);
}

/// `a succeeded, if_x true, b running, c failed, d retry 5, e lost, f waits 5, g skipped, fired hook_a, cancel`
fn state(text: &str) -> ExecutionState {
    state_in(&Prepared::of(Workflow::default()), text)
}

fn state_in(prepared: &Prepared, text: &str) -> ExecutionState {
    state_with(prepared, text, Vec::new())
}

fn state_with(prepared: &Prepared, text: &str, breakpoints: Vec<Edge>) -> ExecutionState {
    let words: Vec<Vec<&str>> = text
        .split(", ")
        .map(|part| part.split_whitespace().collect())
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect();
    let trigger = words.iter().find(|words| words[0] == "fired").map(|words| NodeId::from(words[1]));
    let cause = Cause { trigger, via: "test".into(), by: None, input: Value::Null, breakpoints, ..Cause::default() };
    let mut changes = vec![
        Change::Started { cause },
        Change::PhaseEntered { phase: Phase::Prepare },
        Change::PhaseEntered { phase: Phase::Execute },
    ];
    words.iter().filter(|words| words[0] != "fired").for_each(|words| changes.extend(happened(prepared, words)));
    let events: Vec<Event> = (1..).zip(changes).map(|(seq, change)| Event { seq, at: at(0), change }).collect();
    ExecutionState::of(&events)
}

fn happened(prepared: &Prepared, words: &[&str]) -> Vec<Change> {
    let run = RunId::from(words[0]);
    let attempt = 1;
    let started = Change::AttemptStarted { node: run.clone(), attempt };
    let succeeded = |port: &str| Change::AttemptSucceeded {
        node: run.clone(),
        attempt,
        output: Value::from(words[0]),
        port: port.into(),
    };
    let failed = |retry_at| Change::AttemptFailed {
        node: run.clone(),
        attempt,
        error: TaskError { message: "no".into(), field: None, retryable: true, details: Value::Null },
        retry_at,
    };
    let seconds = || at(words[2].parse().expect("seconds"));
    let waits =
        |until, waits_for| Change::WaitStarted { node: run.clone(), attempt, until, output: Value::Null, waits_for };
    let by = || "ada".to_owned();
    match words[1..] {
        [] if words[0] == "pause" => vec![Change::Paused { by: by() }],
        [] if words[0] == "next" => vec![Change::Stepped { by: by() }],
        [] if words[0] == "resume" => vec![Change::Resumed { by: by() }],
        [] => vec![Change::CancelRequested { by: by() }],
        ["over", items, ref rest @ ..] => {
            let items = (0..items.parse().expect("a number")).map(Value::from).collect();
            let (body, go_on) = (prepared.body_of(&run.node), rest == ["going", "on"]);
            vec![started, Change::LoopStarted { node: run, attempt, items, body, max_parallel: 2, go_on }]
        }
        ["item", index] => {
            let index = index.parse().expect("a number");
            vec![Change::IterationEnded { node: run, index, output: index.into(), error: None }]
        }
        ["asks", ..] => {
            let until = words.get(2).map(|_| seconds());
            vec![started, waits(until, WaitsFor::Approval { message: "ok?".into(), form: None })]
        }
        ["held", from] => vec![Change::Held { node: run.clone(), edge: Edge::between(from, run.node) }],
        ["released" | "stepped", ref payload @ ..] => {
            let payload = payload.first().map(|payload| Value::from(*payload));
            let release = Release { by: by(), payload, step: words[1] == "stepped" };
            vec![Change::Released { node: run, release }]
        }
        ["succeeded", ..] => vec![started, succeeded(port::OUT)],
        ["running", ..] => vec![started],
        ["failed", ..] => vec![started, failed(None)],
        ["retry", ..] => vec![started, failed(Some(seconds()))],
        ["lost", ..] => vec![started, Change::AttemptLost { node: run.clone(), attempt, stopped: false }],
        ["waits", ..] => {
            let until = seconds();
            vec![started, waits(Some(until), WaitsFor::Time)]
        }
        ["skipped", ..] => vec![Change::Skipped { node: run.clone(), reason: "so".into() }],
        [port, ..] => vec![started, succeeded(port)],
    }
}

fn shown(step: &Step) -> String {
    match step {
        Step::Enter(phase) => format!("enter {}", phase.name()),
        Step::Queue { key } => format!("queue {key}"),
        Step::Debounce { key, .. } => format!("debounce {key}"),
        Step::GiveUp { run, .. } => format!("give {run} up"),
        Step::Hold { run, edge } => format!("hold {run} after {}", edge.from.node),
        Step::Start { run, attempt: 1 } => format!("start {run}"),
        Step::Start { run, attempt } => format!("start {run} #{attempt}"),
        Step::EndWait { run } => format!("end wait {run}"),
        Step::Fail { run, .. } => format!("fail {run}"),
        Step::Skip { run, .. } => format!("skip {run}"),
        Step::EndIteration { run, index, error: None, .. } => format!("end {run} item {index}"),
        Step::EndIteration { run, index, .. } => format!("end {run} item {index} failed"),
        Step::EndLoop { run } => format!("end loop {run}"),
        Step::Finish { status, .. } => format!("finish {}", status.name()),
    }
}

fn check_at(second: i64, graph: &str, happened: &str, expected: &str) {
    let prepared = Prepared::of(workflow(graph));
    let steps = next(&prepared, &state_in(&prepared, happened), at(second));
    let shown: Vec<String> = steps.iter().map(shown).collect();
    assert_eq!(shown.join(", "), expected, "{graph} / {happened}");
}

fn check(graph: &str, happened: &str, expected: &str) {
    check_at(0, graph, happened, expected);
}

#[test]
fn roots_start_at_once() {
    check("a -> b, c", "", "start a, start c");
}

#[test]
fn a_node_starts_when_the_one_before_succeeded() {
    check("a -> b -> c", "a succeeded", "start b");
    check("a -> b -> c", "a running", "");
}

#[test]
fn branches_run_in_parallel() {
    check("a -> b, a -> c", "a succeeded", "start b, start c");
}

#[test]
fn a_join_waits_for_all_its_parents() {
    check("a -> c, b -> c", "a succeeded, b running", "");
    check("a -> c, b -> c", "a succeeded, b succeeded", "start c");
}

#[test]
fn a_failed_node_skips_everything_downstream() {
    check("a -> b -> c", "a failed", "skip b, skip c");
    check("a -> b -> c", "a failed, b skipped, c skipped", "finish failed");
}

#[test]
fn other_branches_go_on_after_a_failure() {
    check("a -> b, c -> d", "a failed, c succeeded", "skip b, start d");
}

#[test]
fn an_error_port_takes_the_failure_over() {
    check("a -> b, a -error-> c", "a failed", "skip b, start c");
    check("a -> b, a -error-> c", "a failed, b skipped, c succeeded", "enter validate");
    check("a -> b, a -error-> c", "a succeeded, b succeeded", "skip c");
}

#[test]
fn an_error_edge_beside_a_main_edge_means_either_way() {
    check("a -> b, a -error-> b", "a failed", "start b");
    check("a -> b, a -error-> b", "a succeeded", "start b");
}

#[test]
fn a_condition_skips_the_branch_not_taken() {
    check("if_a -true-> b -> d, if_a -false-> c", "if_a true", "start b, skip c");
}

#[test]
fn branches_of_a_condition_meet_again_by_their_join_rule() {
    let graph = |join: &str| format!("if_a -true-> b -> {join}, if_a -false-> c -> {join}");
    check(&graph("d"), "if_a true, b succeeded, c skipped", "skip d");
    check(&graph("any_d"), "if_a true, b succeeded, c skipped", "start any_d");
    check(&graph("any_d"), "if_a true, b failed, c skipped", "skip any_d");
    check(&graph("done_d"), "if_a true, b failed, c skipped", "start done_d");
}

#[test]
fn rules_for_one_start_as_soon_as_it_is_there() {
    let both = |join: &str| format!("a -> {join}, b -> {join}");
    check(&both("one_d"), "a succeeded, b running", "start one_d");
    check(&both("one_d"), "a failed, b running", "");
    check(&both("one_d"), "a failed, b failed", "skip one_d");
    check(&both("onefailed_d"), "a failed, b running", "start onefailed_d");
    check(&both("onefailed_d"), "a succeeded, b running", "");
    check(&both("onefailed_d"), "a succeeded, b succeeded", "skip onefailed_d");
    check(&both("always_d"), "a running, b running", "start always_d");
}

#[test]
fn rules_for_all_wait_until_every_edge_is_decided() {
    let graph = |join: &str| format!("if_a -true-> b -> {join}, c -> {join}");
    check(&graph("allfailed_d"), "if_a true, b failed, c running", "");
    check(&graph("allfailed_d"), "if_a true, b failed, c failed", "start allfailed_d");
    check(&graph("allfailed_d"), "if_a true, b failed, c succeeded", "skip allfailed_d");
    check(&graph("nonefailed_d"), "if_a false, b skipped, c succeeded", "start nonefailed_d");
    check(&graph("nonefailed_d"), "if_a true, b failed, c succeeded", "skip nonefailed_d");
    check(&graph("noneskipped_d"), "if_a true, b failed, c succeeded", "start noneskipped_d");
    check(&graph("noneskipped_d"), "if_a false, b skipped, c succeeded", "skip noneskipped_d");
}

#[test]
fn what_is_paused_starts_nothing_but_what_is_stepped() {
    check("a -> b, a -> c", "a succeeded, pause", "");
    check("a -> b, a -> c", "a succeeded, pause, next", "start b");
    check("a -> b, a -> c", "a succeeded, pause, next, b running", "");
    check("a -> b, a -> c", "a succeeded, pause, resume", "start b, start c");
    check("a", "a retry 0, pause", "");
    check("a -> b", "a failed, pause", "skip b");
}

#[test]
fn a_paused_retry_does_not_wake_the_engine() {
    let prepared = Prepared::of(workflow("a"));
    assert_eq!(due_at(&prepared, &state("a retry 5")), Some(at(5)));
    assert_eq!(due_at(&prepared, &state("a retry 5, pause")), None);
    assert_eq!(state("a retry 5, pause").status, ExecutionStatus::Paused);
}

#[test]
fn an_answer_that_does_not_come_in_time_fails_the_task() {
    check_at(4, "a", "a asks 5", "");
    check_at(5, "a", "a asks 5", "fail a");
    check_at(1_000_000, "a", "a asks", "");
}

#[test]
fn a_total_timeout_ends_a_task_over_all_its_attempts() {
    let mut workflow = workflow("a");
    workflow.nodes[0].total_timeout_secs = Some(30);
    let prepared = Prepared::of(workflow);
    for happened in ["a running", "a retry 60"] {
        let state = state(happened);
        assert_eq!(due_at(&prepared, &state), Some(at(30)));
        assert!(next(&prepared, &state, at(29)).is_empty());
        assert!(matches!(&next(&prepared, &state, at(30))[..], [Step::Fail { .. }]));
    }
}

#[test]
fn a_retry_starts_when_it_is_due_and_not_before() {
    check_at(4, "a", "a retry 5", "");
    check_at(5, "a", "a retry 5", "start a #2");
    check("a", "a lost", "start a #2");
}

#[test]
fn a_wait_ends_when_it_is_due() {
    check_at(4, "a -> b", "a waits 5", "");
    check_at(5, "a -> b", "a waits 5", "end wait a");
}

#[test]
fn a_cancelled_execution_finishes_whatever_runs() {
    check("a -> b", "a running, cancel", "finish cancelled");
}

#[test]
fn only_the_trigger_that_fired_feeds_its_nodes() {
    let graph = "hook_a -> x, hook_b -> y, hook_a -> z, hook_b -> z";
    check(graph, "fired hook_a", "start x, skip y, start z");
    check(graph, "", "start x, start y, start z");
    check("hook_b -> done_y, hook_a", "fired hook_a", "skip done_y");
}

#[test]
fn a_disabled_trigger_starts_nothing_when_started_by_hand() {
    let mut workflow = workflow("hook_a -> x, hook_b -> y");
    workflow.nodes.iter_mut().filter(|node| node.id == "hook_a".into()).for_each(|node| node.disabled = true);
    let steps = next(&Prepared::of(workflow), &state(""), at(0));
    assert!(steps.contains(&Step::Start { run: "y".into(), attempt: 1 }), "{steps:?}");
    assert!(matches!(&steps[..], [Step::Skip { run, .. }, Step::Start { .. }] if *run == "x".into()), "{steps:?}");
}

#[test]
fn a_disabled_node_is_bound_by_none_of_its_limits() {
    let mut workflow = workflow("a");
    workflow.nodes[0].total_timeout_secs = Some(1);
    workflow.nodes[0].limits.cache_secs = Some(60);
    workflow.nodes[0].disabled = true;
    let prepared = Prepared::of(workflow);
    assert_eq!(due_at(&prepared, &state("a running")), None);
    assert!(prepared.workflow.nodes[0].limits.is_empty() && prepared.workflow.nodes[0].disabled);
}

#[test]
fn the_phases_follow_each_other_and_end_in_success() {
    check("a", "a succeeded", "enter validate");
    let mut state = state("a succeeded");
    state.phase = Phase::Validate;
    let prepared = Prepared::of(workflow("a"));
    assert_eq!(next(&prepared, &state, at(0)), [Step::Enter(Phase::Complete)]);
    state.phase = Phase::Complete;
    let output = Some(Value::from("a"));
    assert_eq!(
        next(&prepared, &state, at(0)),
        [Step::Finish { status: ExecutionStatus::Succeeded, output, error: None }]
    );
}

#[test]
fn an_empty_workflow_succeeds() {
    let prepared = Prepared::of(Workflow::default());
    assert_eq!(next(&prepared, &state(""), at(0)), [Step::Enter(Phase::Validate)]);
}

#[test]
fn a_deadline_fails_the_execution() {
    let mut workflow = workflow("a");
    workflow.settings.deadline_secs = Some(10);
    let state = state("a running");
    let prepared = Prepared::of(workflow);
    assert_eq!(due_at(&prepared, &state), Some(at(10)));
    assert!(next(&prepared, &state, at(9)).is_empty());
    assert!(matches!(next(&prepared, &state, at(10))[..], [Step::Finish { status: ExecutionStatus::Failed, .. }]));
}

#[test]
fn several_last_nodes_give_an_output_by_name() {
    let mut state = state("a succeeded, b succeeded");
    state.phase = Phase::Complete;
    let steps = next(&Prepared::of(workflow("a, b")), &state, at(0));
    let output = Some(serde_json::json!({ "a": "a", "b": "b" }));
    assert_eq!(steps, [Step::Finish { status: ExecutionStatus::Succeeded, output, error: None }]);
}

#[test]
fn input_is_the_output_of_the_one_source_or_of_several_by_name() {
    let workflow = workflow("hook_x -> c, hook_y -> c, c -> d, a -> d");
    let state = state("fired hook_x, c succeeded, a succeeded");
    assert_eq!(state.input_of(&workflow, &"c".into()), Value::Null);
    assert_eq!(state.input_of(&workflow, &"d".into()), serde_json::json!({ "c": "c", "a": "a" }));
    assert_eq!(state.input_of(&workflow, &"a".into()), Value::Null);
}
