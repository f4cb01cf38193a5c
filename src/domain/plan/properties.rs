//! Planner and fold on random graphs, against an oracle that knows neither: it reads the rules node by node from what
//! each task would do, however the planner gets there.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{
    audit,
    event::{Cause, Change, Event, TaskError},
    task::{Kind, port},
    workflow::{Edge, JoinRule, Point},
};

/// A node as chance draws it. Sources and ports are places in lists, taken modulo their lengths.
#[derive(Clone, Debug)]
struct Drawn {
    is_condition: bool,
    join: usize,
    sources: Vec<(usize, usize)>,
    /// Attempts that fail before one succeeds; more than there are: it fails.
    failures: u32,
    max_attempts: u32,
    takes_true: bool,
}

/// A graph, and chance for the order in which things happen.
#[derive(Clone, Debug)]
struct Case {
    nodes: Vec<Drawn>,
    order: u64,
    /// After so many events somebody cancels.
    cancel_after: Option<usize>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let sources = prop::collection::vec((0..1_000_usize, 0..3_usize), 0..4);
    let join = prop_oneof![3 => Just(0_usize), 2 => 0..JoinRule::ALL.len()];
    (any::<bool>(), join, sources, prop_oneof![3 => Just(0_u32), 1 => 0..4_u32], 1..4_u32, any::<bool>()).prop_map(
        |(is_condition, join, sources, failures, max_attempts, takes_true)| Drawn {
            is_condition,
            join,
            sources,
            failures,
            max_attempts,
            takes_true,
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let nodes = prop_oneof![
        4 => prop::collection::vec(drawn(), 1..12),
        1 => prop::collection::vec(drawn(), 12..200),
    ];
    (nodes, any::<u64>(), prop::option::weighted(0.2, 0..60_usize)).prop_map(|(nodes, order, cancel_after)| Case {
        nodes,
        order,
        cancel_after,
    })
}

fn id(position: usize) -> NodeId {
    NodeId::from(format!("n{position}"))
}

impl Drawn {
    fn kind(&self) -> Kind {
        if self.is_condition { Kind::Condition } else { Kind::Transform }
    }

    fn succeeds(&self) -> bool {
        self.failures < self.max_attempts
    }

    /// The port that data leaves through when it succeeds.
    fn port(&self) -> &'static str {
        match (self.is_condition, self.takes_true) {
            (true, true) => port::TRUE,
            (true, false) => port::FALSE,
            (false, _) => port::OUT,
        }
    }

    fn rule(&self) -> JoinRule {
        JoinRule::ALL[self.join]
    }
}

impl Case {
    /// The edges into a node, each once: where from and through which port.
    fn edges(&self, position: usize) -> BTreeSet<(usize, &'static str)> {
        let earlier = |(source, through): &(usize, usize)| {
            let source = source % position.max(1);
            let ports: Vec<&str> = self.nodes[source].kind().output_ports().collect();
            (source, ports[through % ports.len()])
        };
        if position == 0 { BTreeSet::new() } else { self.nodes[position].sources.iter().map(earlier).collect() }
    }

    fn workflow(&self) -> Workflow {
        let mut workflow = Workflow::default();
        for (position, drawn) in self.nodes.iter().enumerate() {
            let mut node = Node::new(id(position), format!("n{position}"), drawn.kind(), Point::default());
            node.join = drawn.rule();
            workflow.nodes.push(node);
            let edges = self.edges(position).into_iter();
            workflow.edges.extend(edges.map(|(source, through)| Edge::from_port(id(source), through, id(position))));
        }
        workflow
    }

    fn happened(&self, run: &RunId, attempt: u32, at: DateTime<Utc>) -> Change {
        let position: usize = run.node.as_str()[1..].parse().expect("a position");
        let drawn = &self.nodes[position];
        let node = run.clone();
        if attempt > drawn.failures {
            return Change::AttemptSucceeded { node, attempt, output: json!(position), port: drawn.port().to_owned() };
        }
        let error =
            TaskError { message: "It failed.".into(), field: None, retryable: true, details: serde_json::Value::Null };
        let retry_at = (attempt < drawn.max_attempts).then(|| at + TimeDelta::seconds(1));
        Change::AttemptFailed { node, attempt, error, retry_at }
    }
}

/// How a node ends, as the oracle sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Succeeded,
    Failed,
    Skipped { after_failure: bool },
}

/// The rules, read one node after the other; sources stand before what needs them.
fn oracle(case: &Case) -> Vec<End> {
    let mut ends: Vec<End> = Vec::new();
    for (position, drawn) in case.nodes.iter().enumerate() {
        let mut best: BTreeMap<usize, u8> = BTreeMap::new();
        for (source, through) in case.edges(position) {
            let told = match ends[source] {
                End::Succeeded if case.nodes[source].port() == through => CARRIED,
                End::Succeeded => NOT_TAKEN,
                End::Failed if through == port::ERROR => CARRIED,
                End::Failed | End::Skipped { after_failure: true } => FAILED,
                End::Skipped { after_failure: false } => NOT_TAKEN,
            };
            let known = best.entry(source).or_insert(told);
            *known = (*known).max(told);
        }
        let told: Vec<u8> = best.into_values().collect();
        let starts = told.is_empty() || starts(drawn.rule(), &told);
        ends.push(match (starts, drawn.succeeds()) {
            (true, true) => End::Succeeded,
            (true, false) => End::Failed,
            (false, _) => End::Skipped { after_failure: told.contains(&FAILED) },
        });
    }
    ends
}

const FAILED: u8 = 0;
const NOT_TAKEN: u8 = 1;
const CARRIED: u8 = 2;

/// The join rules, as `JoinRule` words them.
fn starts(rule: JoinRule, told: &[u8]) -> bool {
    let (any, all) = (|what| told.contains(&what), |what| told.iter().all(|one| *one == what));
    match rule {
        JoinRule::AllSucceeded => all(CARRIED),
        JoinRule::NoneFailedMinOneSucceeded => !any(FAILED) && any(CARRIED),
        JoinRule::NoneFailed => !any(FAILED),
        JoinRule::NoneSkipped => !any(NOT_TAKEN),
        JoinRule::AllFailed => all(FAILED),
        JoinRule::OneSucceeded => any(CARRIED),
        JoinRule::OneFailed => any(FAILED),
        JoinRule::AllDone | JoinRule::Always => true,
    }
}

/// Runs the case with planner and fold, tasks ending in the order that chance wants. Gives every event. The planner with a
/// memory says the same as the one without, whatever happened since.
fn run(case: &Case) -> Vec<Event> {
    let prepared = Prepared::of(case.workflow());
    let (mut state, mut events) = (ExecutionState::default(), Vec::new());
    let memory = RefCell::new(Memory::default());
    let mut now = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
    let mut record = |state: &mut ExecutionState, change: Change, at| {
        let event = Event { seq: state.seq + 1, at, change };
        if let Some(reason) = audit::illegal(state, &event.change) {
            panic!("{:?}: {reason}", event.change);
        }
        state.apply(&event);
        memory.borrow_mut().note(&prepared, &event.change);
        events.push(event);
    };
    record(&mut state, Change::Started { cause: Cause::default() }, now);
    let (mut under_way, mut chance): (Vec<(RunId, u32)>, u64) = (Vec::new(), case.order | 1);
    loop {
        let is_time = case.cancel_after.is_some_and(|after| state.seq as usize > after);
        if is_time && state.cancelled_by.is_none() && !state.status.is_finished() {
            record(&mut state, Change::CancelRequested { by: "ada".into() }, now);
        }
        let steps = next_since(&prepared, &state, &mut memory.borrow_mut(), now);
        assert_eq!(steps, next(&prepared, &state, now), "what did not change was judged right before");
        if steps.is_empty()
            && (state.status.is_finished() || !go_on(&mut state, &mut under_way, case, now, &mut chance, &mut record))
        {
            match due_at(&prepared, &state).filter(|_| !state.status.is_finished()) {
                Some(due) => now = now.max(due),
                None => return events,
            }
        }
        for step in steps {
            if let Step::Start { run, attempt } = &step {
                under_way.push((run.clone(), *attempt));
            }
            record(&mut state, change(step), now);
        }
    }
}

/// Ends one attempt that is under way; false: there is none.
fn go_on(
    state: &mut ExecutionState,
    under_way: &mut Vec<(RunId, u32)>,
    case: &Case,
    now: DateTime<Utc>,
    chance: &mut u64,
    record: &mut impl FnMut(&mut ExecutionState, Change, DateTime<Utc>),
) -> bool {
    if under_way.is_empty() {
        return false;
    }
    *chance ^= *chance << 13;
    *chance ^= *chance >> 7;
    *chance ^= *chance << 17;
    let (run, attempt) = under_way.swap_remove((*chance % under_way.len() as u64) as usize);
    record(state, case.happened(&run, attempt, now), now);
    true
}

fn change(step: Step) -> Change {
    match step {
        Step::Enter(phase) => Change::PhaseEntered { phase },
        Step::Start { run, attempt } => Change::AttemptStarted { node: run, attempt },
        Step::Skip { run, reason } => Change::Skipped { node: run, reason },
        Step::Finish { status, output, error } => Change::Finished { status, output, error },
        other => panic!("nothing here waits or loops: {other:?}"),
    }
}

fn check(case: &Case) {
    let events = run(case);
    let state = ExecutionState::of(&events);
    assert!(state.status.is_finished(), "it ends");
    if state.cancelled_by.is_some() {
        assert_eq!(state.status, ExecutionStatus::Cancelled);
        assert!(state.task_runs.values().all(|run| run.status.is_finished()));
        return;
    }
    let ends = oracle(case);
    for (position, end) in ends.iter().enumerate() {
        let run = state.task_runs.get(&RunId::from(id(position))).unwrap_or_else(|| panic!("n{position} has an end"));
        let (status, attempts) = match end {
            End::Succeeded => (TaskRunStatus::Succeeded, case.nodes[position].failures + 1),
            End::Failed => (TaskRunStatus::Failed, case.nodes[position].max_attempts),
            End::Skipped { .. } => (TaskRunStatus::Skipped, 0),
        };
        assert_eq!((run.status, run.attempts.len() as u32), (status, attempts), "n{position} of {ends:?}");
    }
    let takes_error =
        |source: usize| (0..case.nodes.len()).any(|position| case.edges(position).contains(&(source, port::ERROR)));
    let fails = ends.iter().enumerate().any(|(position, end)| *end == End::Failed && !takes_error(position));
    let expected = if fails { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
    assert_eq!(state.status, expected, "{ends:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_ends_as_the_rules_say(case in case()) {
        check(&case);
    }

    #[test]
    fn any_cut_of_a_journal_goes_on_to_the_same_end(case in case(), cut in 0..1_000_usize) {
        let events = run(&case);
        let cut = cut % (events.len() + 1);
        let mut state = ExecutionState::of(&events[..cut]);
        // A resumed reader overlaps with what it has.
        events[cut.saturating_sub(3)..].iter().for_each(|event| state.apply(event));
        prop_assert_eq!(state, ExecutionState::of(&events));
    }
}
