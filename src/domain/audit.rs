//! Checks a journal against the rules: no gap, nothing twice, no transition that cannot happen. The reliability suite
//! reads every journal with it; `flowpilot execution show` tells where one is damaged.

use std::fmt;

use super::{
    event::{Change, Event},
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    id::RunId,
    state::{Admission, ExecutionState, Loop, TaskRun},
};

/// A line that should not stand where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub seq: i32,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Events before it are missing.
    Gap,
    /// There was an event with this number.
    Repeat,
    /// The state before it does not allow it, and why.
    Illegal(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Gap => write!(f, "event {}: events before it are missing", self.seq),
            What::Repeat => write!(f, "event {}: it is there twice", self.seq),
            What::Illegal(reason) => write!(f, "event {}: {reason}", self.seq),
        }
    }
}

/// What is wrong with a journal, or with the beginning of one; usually nothing.
pub fn faults(events: &[Event]) -> Vec<Fault> {
    let mut state = ExecutionState::default();
    let mut faults = Vec::new();
    for event in events {
        let what = match event.seq - state.seq {
            ..=0 => Some(What::Repeat),
            1 => illegal(&state, &event.change).map(What::Illegal),
            _ => Some(What::Gap),
        };
        faults.extend(what.map(|what| Fault { seq: event.seq, what }));
        state.apply(event);
    }
    faults
}

/// Why the change cannot follow; none: it can.
pub fn illegal(state: &ExecutionState, change: &Change) -> Option<String> {
    if state.status.is_finished() {
        return Some(format!("the execution was {} before", state.status.name()));
    }
    if let Change::Started { .. } = change {
        return state.cause.is_some().then(|| "it started before".to_owned());
    }
    if state.cause.is_none() {
        return Some("the execution did not start before".to_owned());
    }
    match change {
        Change::Started { .. } => None,
        Change::PhaseEntered { phase } => wrong_phase(state.phase, *phase),
        Change::Kept { node, status, .. } => {
            let is_first = state.phase == Phase::Init && !state.task_runs.contains_key(node);
            (!is_first || !status.is_finished()).then(|| format!("{node} is kept after it began"))
        }
        Change::Debounced { .. } => state.admission.is_some().then(|| "it waited for other starts before".to_owned()),
        Change::Queued { .. } => match state.admission {
            None | Some(Admission::Quiet { .. }) => None,
            Some(_) => Some("it asked for its key before".to_owned()),
        },
        Change::Refused { .. } if matches!(state.admission, Some(Admission::Quiet { .. })) => None,
        Change::Admitted | Change::Refused { .. } => not_queued(state),
        Change::Held { node, .. } => cannot_hold(state, state.task_runs.get(node)),
        Change::Released { node, .. } => {
            let is_held = state.task_runs.get(node).is_some_and(|run| run.held_at().is_some());
            (!is_held).then(|| format!("{node} was not held"))
        }
        Change::AttemptStarted { node, attempt } => cannot_start(state, state.task_runs.get(node), *attempt),
        Change::AttemptFailed { node, attempt, .. } => cannot_fail(state.task_runs.get(node), *attempt),
        Change::AttemptBegan { node, attempt }
        | Change::AttemptLogged { node, attempt, .. }
        | Change::AttemptSucceeded { node, attempt, .. }
        | Change::AttemptLost { node, attempt, .. }
        | Change::LoopStarted { node, attempt, .. }
        | Change::WaitStarted { node, attempt, .. } => {
            let looping = state.is_looping(node).then(|| format!("{node} is a loop that began"));
            looping.or_else(|| not_under_way(state.task_runs.get(node), *attempt))
        }
        Change::WaitEnded { node, .. } => not_waiting(state.task_runs.get(node)),
        Change::IterationEnded { node, index, .. } => not_iterating(state, node, *index),
        Change::LoopEnded { node } => {
            let is_over = state.loops.get(node).is_some_and(Loop::is_over);
            (!is_over).then(|| format!("{node} has iterations under way"))
        }
        Change::Skipped { node, .. } => match state.task_runs.get(node).map(|run| run.status) {
            None | Some(TaskRunStatus::Pending) => None,
            Some(status) => Some(format!("{node} was {} before it is skipped", status.name())),
        },
        Change::Paused { .. } => state.paused_by.is_some().then(|| "it was paused before".to_owned()),
        Change::Resumed { .. } | Change::Stepped { .. } => {
            state.paused_by.is_none().then(|| "it was not paused".to_owned())
        }
        Change::CancelRequested { .. } => state.cancelled_by.is_some().then(|| "it was being cancelled before".into()),
        Change::Finished { status, .. } => cannot_finish(state, *status),
    }
}

fn not_queued(state: &ExecutionState) -> Option<String> {
    let is_queued = matches!(state.admission, Some(Admission::Waits { .. }));
    (!is_queued).then(|| "it was not waiting for its key".to_owned())
}

fn wrong_phase(from: Phase, to: Phase) -> Option<String> {
    let place = |phase| Phase::ALL.iter().position(|other| *other == phase);
    let follows = place(to) == place(from).map(|place| place + 1);
    (!follows).then(|| format!("{} does not follow {}", to.name(), from.name()))
}

fn cannot_hold(state: &ExecutionState, run: Option<&TaskRun>) -> Option<String> {
    if state.phase != Phase::Execute {
        return Some(format!("a node is held in the phase {}", state.phase.name()));
    }
    // Of a node that nothing happened to yet there is no task run.
    run.map(|run| format!("a task run is held that is {}", run.status.name()))
}

fn cannot_start(state: &ExecutionState, run: Option<&TaskRun>, attempt: u32) -> Option<String> {
    if state.phase != Phase::Execute {
        return Some(format!("an attempt starts in the phase {}", state.phase.name()));
    }
    if state.paused_by.is_some() && state.steps_left == 0 {
        return Some(format!("attempt {attempt} starts while it is paused"));
    }
    let Some(run) = run else { return (attempt != 1).then(|| format!("attempt {attempt} is the first one")) };
    if run.attempts.len() as u32 + 1 != attempt {
        return Some(format!("attempt {attempt} follows {} attempts", run.attempts.len()));
    }
    if run.held_at().is_some() {
        return Some(format!("attempt {attempt} starts though a breakpoint holds it"));
    }
    let is_due = run.status == TaskRunStatus::Pending || run.status == TaskRunStatus::Waiting && expects_attempt(run);
    (!is_due).then(|| format!("attempt {attempt} starts on a task run that is {}", run.status.name()))
}

fn expects_attempt(run: &TaskRun) -> bool {
    run.attempts.last().is_none_or(|attempt| attempt.lost || attempt.error.is_some())
}

fn not_under_way(run: Option<&TaskRun>, attempt: u32) -> Option<String> {
    let current = run.filter(|run| run.status == TaskRunStatus::Running).and_then(|run| run.attempts.last());
    let is_current = current.is_some_and(|current| current.number == attempt);
    (!is_current).then(|| format!("attempt {attempt} ends and is not under way"))
}

/// An attempt under way, or a task run whose time in total is over.
fn cannot_fail(run: Option<&TaskRun>, attempt: u32) -> Option<String> {
    let is_live = |run: &TaskRun| matches!(run.status, TaskRunStatus::Running | TaskRunStatus::Waiting);
    let current = run.filter(|run| is_live(run)).and_then(|run| run.attempts.last());
    let is_current = current.is_some_and(|current| current.number == attempt);
    (!is_current).then(|| format!("attempt {attempt} fails and is not the current one"))
}

fn not_iterating(state: &ExecutionState, node: &RunId, index: u32) -> Option<String> {
    let found = state.loops.get(node).filter(|found| (index as usize) < found.items.len());
    let is_open = found.is_some_and(|found| found.active.contains(&index) || index >= found.begun);
    (!is_open).then(|| format!("iteration {index} of {node} ends and is not under way"))
}

fn not_waiting(run: Option<&TaskRun>) -> Option<String> {
    let waits = run.is_some_and(|run| run.status == TaskRunStatus::Waiting && !expects_attempt(run));
    (!waits).then(|| "a wait ends that did not begin".to_owned())
}

fn cannot_finish(state: &ExecutionState, status: ExecutionStatus) -> Option<String> {
    match status {
        ExecutionStatus::Succeeded if state.phase != Phase::Complete => {
            Some(format!("it succeeds in the phase {}", state.phase.name()))
        }
        ExecutionStatus::Cancelled => {
            let is_refused = matches!(state.admission, Some(Admission::Refused { .. }));
            (state.cancelled_by.is_none() && !is_refused).then(|| "nobody cancelled it".to_owned())
        }
        status if !status.is_finished() => Some(format!("it ends as {}", status.name())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::event::Cause;

    fn read(change: Value) -> Change {
        serde_json::from_value(change).expect("a change")
    }

    fn change(word: &str) -> Change {
        let (node, attempt) = ("a".into(), 1);
        match word {
            "started" => Change::Started { cause: Cause::default() },
            "attempt" => Change::AttemptStarted { node, attempt },
            "again" => Change::AttemptStarted { node, attempt: 2 },
            "succeeded" => Change::AttemptSucceeded { node, attempt, output: Value::Null, port: "out".into() },
            "lost" => Change::AttemptLost { node, attempt, stopped: false },
            "waits" => read(
                json!({ "type": "wait_started", "node": "a", "attempt": 1, "until": "2026-01-01T00:00:00Z", "output": 1 }),
            ),
            "waited" => read(json!({ "type": "wait_ended", "node": "a" })),
            "loop" => read(json!({ "type": "loop_started", "node": "a", "attempt": 1, "items": [1], "body": ["b"],
                                   "max_parallel": 1, "go_on": true })),
            "iteration" => read(json!({ "type": "iteration_ended", "node": "a", "index": 0, "output": 1 })),
            "loop_ended" => read(json!({ "type": "loop_ended", "node": "a" })),
            "paused" => Change::Paused { by: "ada".into() },
            "resumed" => Change::Resumed { by: "ada".into() },
            "held" => read(json!({ "type": "held", "node": "a", "edge": {
                "from": { "node": "start", "port": "out" }, "to": { "node": "a", "port": "in" } } })),
            "released" => read(json!({ "type": "released", "node": "a", "release": { "by": "ada", "payload": null } })),
            "admitted" => Change::Admitted,
            "skipped" => Change::Skipped { node, reason: "so".into() },
            "cancel" => Change::CancelRequested { by: "ada".into() },
            "end" => Change::Finished { status: ExecutionStatus::Succeeded, output: None, error: None },
            "cancelled" => Change::Finished { status: ExecutionStatus::Cancelled, output: None, error: None },
            phase => Change::PhaseEntered { phase: Phase::parse(phase).expect("a phase") },
        }
    }

    /// The numbers of the events that are wrong.
    fn check(story: &str, wrong: &[i32]) {
        let events: Vec<Event> = (1..)
            .zip(story.split_whitespace())
            .map(|(seq, word)| Event { seq, at: DateTime::UNIX_EPOCH, change: change(word) })
            .collect();
        let found = faults(&events);
        assert_eq!(found.iter().map(|fault| fault.seq).collect::<Vec<_>>(), wrong, "{story}: {found:?}");
    }

    #[test]
    fn what_happens_is_legal() {
        check("started prepare execute attempt succeeded validate complete end", &[]);
        check("started prepare execute attempt lost again", &[]);
        check("started prepare execute attempt waits waited validate complete end", &[]);
        check("started prepare execute skipped cancel cancelled", &[]);
        check("started prepare execute paused resumed attempt loop iteration loop_ended", &[]);
        check("started prepare execute held released attempt succeeded", &[]);
        check("started prepare execute held cancel cancelled", &[]);
    }

    #[test]
    fn what_cannot_happen_is_found() {
        check("started execute", &[2]);
        check("started started", &[2]);
        check("prepare", &[1]);
        check("started prepare attempt", &[3]);
        check("started prepare execute again", &[4]);
        check("started prepare execute attempt attempt", &[5]);
        check("started prepare execute succeeded", &[4]);
        check("started prepare execute attempt succeeded succeeded", &[6]);
        check("started prepare execute attempt succeeded again", &[6]);
        check("started prepare execute attempt waited", &[5]);
        check("started prepare execute attempt skipped", &[5]);
        check("started prepare execute attempt waits again", &[6]);
        check("started prepare execute cancelled", &[4]);
        check("started prepare execute end", &[4]);
        check("started prepare execute cancel cancelled attempt", &[6]);
        check("started prepare execute paused attempt", &[5]);
        check("started prepare execute held attempt", &[5]);
        check("started prepare execute held waited", &[5]);
        check("started prepare execute held held", &[5]);
        check("started prepare execute released", &[4]);
        check("started prepare execute held released held", &[6]);
        check("started prepare held", &[3]);
        check("started prepare execute resumed", &[4]);
        check("started prepare execute attempt loop attempt", &[6]);
        check("started prepare execute attempt loop iteration iteration", &[7]);
        check("started prepare execute attempt loop loop_ended", &[6]);
        check("started admitted", &[2]);
    }

    #[test]
    fn gaps_and_repeats_are_told_apart() {
        let event = |seq, word| Event { seq, at: DateTime::UNIX_EPOCH, change: change(word) };
        let journal = [event(1, "started"), event(2, "prepare"), event(2, "prepare"), event(4, "attempt")];
        let found: Vec<What> = faults(&journal).into_iter().map(|fault| fault.what).collect();
        assert_eq!(found, [What::Repeat, What::Gap]);
    }
}
