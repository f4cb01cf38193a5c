//! Planner and fold on random graphs, against an oracle that knows neither.

mod case;
mod oracle;

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::{Value, json};

use self::{
    case::{Case, Drawn, Shape, TOP, case, id, inside},
    oracle::{End, ends, fails},
};
use super::*;
use crate::domain::{
    audit,
    event::{Cause, Change, Event, Release, TaskError},
};

/// One run of a case with planner and fold. The planner with a memory says the same as the one without, whatever
/// happened since.
struct Run<'a> {
    case: &'a Case,
    prepared: Prepared,
    state: ExecutionState,
    memory: Memory,
    events: Vec<Event>,
    now: DateTime<Utc>,
    under_way: Vec<(RunId, u32)>,
    chance: u64,
}

impl<'a> Run<'a> {
    fn of(case: &'a Case) -> Self {
        Self {
            case,
            prepared: Prepared::of(case.workflow()),
            state: ExecutionState::default(),
            memory: Memory::default(),
            events: Vec::new(),
            now: DateTime::from_timestamp(1_800_000_000, 0).expect("in range"),
            under_way: Vec::new(),
            chance: case.order | 1,
        }
    }

    /// Tasks end, and what is held goes on, in the order that chance wants. Gives every event.
    fn play(mut self) -> Vec<Event> {
        let breakpoints = self.case.breakpoints(&self.prepared.workflow);
        self.record(Change::Started { cause: Cause { breakpoints, ..Cause::default() } });
        loop {
            self.cancel_in_time();
            let steps = next_since(&self.prepared, &self.state, &mut self.memory, self.now);
            assert_eq!(
                steps,
                next(&self.prepared, &self.state, self.now),
                "what did not change was judged right before"
            );
            if steps.is_empty() && (self.state.status.is_finished() || !self.something_happens()) {
                match due_at(&self.prepared, &self.state).filter(|_| !self.state.status.is_finished()) {
                    Some(due) => self.now = self.now.max(due),
                    None => return self.events,
                }
            }
            steps.into_iter().for_each(|step| self.carry_out(step));
        }
    }

    fn record(&mut self, change: Change) {
        let event = Event { seq: self.state.seq + 1, at: self.now, change };
        if let Some(reason) = audit::illegal(&self.state, &event.change) {
            panic!("{:?}: {reason}", event.change);
        }
        self.state.apply(&event);
        self.memory.note(&self.prepared, &event.change);
        self.events.push(event);
    }

    fn cancel_in_time(&mut self) {
        let is_time = self.case.cancel_after.is_some_and(|after| self.state.seq as usize > after);
        if is_time && self.state.cancelled_by.is_none() && !self.state.status.is_finished() {
            self.record(Change::CancelRequested { by: "ada".into() });
        }
    }

    /// Ends one attempt that is under way, or lets one node go on that is held; false: there are none.
    fn something_happens(&mut self) -> bool {
        let runs = self.state.task_runs.iter();
        let held: Vec<RunId> = runs.filter(|(_, run)| run.held_at().is_some()).map(|(id, _)| id.clone()).collect();
        if self.under_way.is_empty() && held.is_empty() {
            return false;
        }
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        let picked = (self.chance % (self.under_way.len() + held.len()) as u64) as usize;
        let change = match picked.checked_sub(self.under_way.len()) {
            Some(picked) => {
                let release = Release { by: "ada".into(), payload: None, step: self.chance >> 32 & 1 == 1 };
                Change::Released { node: held[picked].clone(), release }
            }
            None => {
                let (run, attempt) = self.under_way.swap_remove(picked);
                self.happened(run, attempt)
            }
        };
        self.record(change);
        true
    }

    fn happened(&self, node: RunId, attempt: u32) -> Change {
        let drawn = self.case.drawn(&node);
        if attempt <= drawn.failures(&node.path) {
            let details = Value::Null;
            let error = TaskError { message: "It failed.".into(), field: None, retryable: true, details };
            let retry_at = (attempt < drawn.max_attempts).then(|| self.now + TimeDelta::seconds(1));
            return Change::AttemptFailed { node, attempt, error, retry_at };
        }
        match &drawn.shape {
            Shape::Loop(body) => Change::LoopStarted {
                items: (0..body.items).map(Value::from).collect(),
                body: self.prepared.body_of(&node.node),
                max_parallel: body.max_parallel,
                go_on: body.go_on,
                node,
                attempt,
            },
            _ => {
                let port = drawn.port(&node.path).to_owned();
                Change::AttemptSucceeded { output: json!(node.to_string()), node, attempt, port }
            }
        }
    }

    fn carry_out(&mut self, step: Step) {
        if let Step::Start { run, attempt } = &step {
            self.under_way.push((run.clone(), *attempt));
        }
        let change = self.change(step);
        self.record(change);
        // What a loop broke off has ended.
        let state = &self.state;
        self.under_way.retain(|(run, _)| !state.task_runs[run].status.is_finished());
    }

    fn change(&self, step: Step) -> Change {
        match step {
            Step::Enter(phase) => Change::PhaseEntered { phase },
            Step::Start { run, attempt } => Change::AttemptStarted { node: run, attempt },
            Step::Hold { run, edge } => Change::Held { node: run, edge },
            Step::Skip { run, reason } => Change::Skipped { node: run, reason },
            Step::EndIteration { run, index, output, error } => {
                Change::IterationEnded { node: run, index, output, error }
            }
            Step::EndLoop { run } => Change::LoopEnded { node: run },
            Step::Fail { run, message, .. } => {
                let attempt = self.state.task_runs[&run].attempts.len() as u32;
                let error = TaskError { message, field: None, retryable: false, details: Value::Null };
                Change::AttemptFailed { node: run, attempt, error, retry_at: None }
            }
            Step::Finish { status, output, error } => Change::Finished { status, output, error },
            other => panic!("nothing here waits: {other:?}"),
        }
    }
}

fn check(case: &Case) {
    let state = ExecutionState::of(&Run::of(case).play());
    assert!(state.status.is_finished(), "it ends");
    assert!(state.task_runs.values().all(|run| run.status.is_finished()), "nothing is left behind");
    if state.cancelled_by.is_some() {
        assert_eq!(state.status, ExecutionStatus::Cancelled);
        return;
    }
    let expected = ends(&case.nodes, &[]);
    check_ends(&state, &case.nodes, TOP, &expected, &[]);
    let status = if fails(&case.nodes, &expected) { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
    assert_eq!(state.status, status, "{expected:?}");
}

/// Each of these nodes ended as expected in this iteration.
fn check_ends(state: &ExecutionState, nodes: &[Drawn], around: &str, ends: &[End], path: &[u32]) {
    for (position, end) in ends.iter().enumerate() {
        let (drawn, node) = (&nodes[position], id(around, position));
        let run_id = RunId::at(&node, path);
        let run = state.task_runs.get(&run_id).unwrap_or_else(|| panic!("{run_id} has an end"));
        let until_success = drawn.failures(path) + 1;
        let (status, attempts) = match end {
            End::Succeeded | End::Looped(_) => (TaskRunStatus::Succeeded, until_success),
            End::Failed => (TaskRunStatus::Failed, drawn.max_attempts),
            End::BrokenOff => (TaskRunStatus::Failed, until_success),
            End::Skipped { .. } => (TaskRunStatus::Skipped, 0),
        };
        assert_eq!((run.status, run.attempts.len() as u32), (status, attempts), "{run_id} of {ends:?}");
        if let (End::Looped(iterations), Shape::Loop(body)) = (end, &drawn.shape) {
            let outputs = run.output.as_ref().and_then(Value::as_array).expect("a list");
            assert_eq!(outputs.len(), iterations.len(), "one output per item");
            for (index, inner) in iterations.iter().enumerate() {
                assert_eq!(outputs[index]["error"].is_object(), fails(&body.nodes, inner), "{run_id} item {index}");
                let path = [path, &[index as u32]].concat();
                check_ends(state, &body.nodes, &inside(&node), inner, &path);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_ends_as_the_rules_say(case in case()) {
        check(&case);
    }

    #[test]
    fn any_cut_of_a_journal_goes_on_to_the_same_end(case in case(), cut in 0..1_000_usize) {
        let events = Run::of(&case).play();
        let cut = cut % (events.len() + 1);
        let mut state = ExecutionState::of(&events[..cut]);
        // A resumed reader overlaps with what it has.
        events[cut.saturating_sub(3)..].iter().for_each(|event| state.apply(event));
        prop_assert_eq!(state, ExecutionState::of(&events));
    }
}
