//! Phase `prepare`: an execution whose starts come in bursts waits whether another one comes; one with a concurrency key
//! asks for it and waits until it holds it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Prepared, Step};
use crate::domain::{
    execution::{ExecutionStatus, Phase},
    expression::Scope,
    limit,
    state::{Admission, ExecutionState},
};

pub(super) fn steps(prepared: &Prepared, state: &ExecutionState, now: DateTime<Utc>) -> Vec<Step> {
    let debounce = prepared.workflow.settings.debounce.as_ref().filter(|_| comes_by_itself(state));
    match (&state.admission, debounce) {
        (None, Some(debounce)) => {
            let until = now + TimeDelta::seconds(debounce.quiet_secs.into());
            vec![with_key(prepared, state, "debounce", &debounce.key, |key| Step::Debounce { key, until })]
        }
        (Some(Admission::Quiet { until, .. }), _) if *until > now => Vec::new(),
        (None | Some(Admission::Quiet { .. }), _) => vec![queue(prepared, state)],
        (Some(Admission::Waits { .. }), _) => Vec::new(),
        (Some(Admission::Admitted { .. }), _) => vec![Step::Enter(Phase::Execute)],
        (Some(Admission::Refused { reason }), _) => {
            vec![Step::Finish { status: ExecutionStatus::Cancelled, output: None, error: Some(reason.clone()) }]
        }
    }
}

/// Nobody in particular asked for it, as for a run by hand, again, or by another execution, which waits for its end.
fn comes_by_itself(state: &ExecutionState) -> bool {
    let via = state.cause.as_ref().map_or("", |cause| cause.via.as_str());
    !["manual", "rerun", "restart", "replay", "backfill", "workflow"].contains(&via)
}

fn queue(prepared: &Prepared, state: &ExecutionState) -> Step {
    match &prepared.workflow.settings.concurrency {
        None => Step::Enter(Phase::Execute),
        Some(concurrency) => with_key(prepared, state, "concurrency", &concurrency.key, |key| Step::Queue { key }),
    }
}

/// The step with its key, or the end where the key cannot be made.
fn with_key(
    prepared: &Prepared,
    state: &ExecutionState,
    which: &str,
    key: &str,
    step: impl FnOnce(String) -> Step,
) -> Step {
    match limit::key_of(key, &Scope::at_start(&prepared.workflow, state)) {
        Ok(key) => step(key),
        Err(error) => {
            let error = Some(format!("The {which} key: {error}"));
            Step::Finish { status: ExecutionStatus::Failed, output: None, error }
        }
    }
}

/// When a wait for other starts is over.
pub(super) fn due_at(state: &ExecutionState) -> Option<DateTime<Utc>> {
    match &state.admission {
        Some(Admission::Quiet { until, .. }) if state.phase == Phase::Prepare => Some(*until),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        event::{Cause, Change, Event},
        limit::{Concurrency, Debounce},
        plan::next,
        workflow::{Settings, Workflow},
    };

    /// What follows in the phase `prepare` for a workflow with this key after these changes.
    fn check(key: &str, input: Value, changes: &[Change], expected: &[Step]) {
        let mut workflow = Workflow::default();
        workflow.settings.concurrency = Some(Concurrency { key: key.to_owned(), limit: 1, policy: Default::default() });
        let cause = Cause { via: "test".to_owned(), input, ..Cause::default() };
        let begin = [Change::Started { cause }, Change::PhaseEntered { phase: Phase::Prepare }];
        let all = begin.into_iter().chain(changes.iter().cloned());
        let at = DateTime::UNIX_EPOCH;
        let events: Vec<Event> = all.zip(1..).map(|(change, seq)| Event { seq, at, change }).collect();
        let state = ExecutionState::of(&events);
        assert_eq!(next(&Prepared::of(workflow), &state, at), expected);
        let waits = matches!(state.admission, Some(Admission::Waits { .. } | Admission::Quiet { .. }));
        assert_eq!(state.status == ExecutionStatus::Queued, waits, "who waits for a key is queued");
    }

    #[test]
    fn an_execution_asks_for_its_key_waits_and_goes_on() {
        let queued = Change::Queued { key: "c-7".to_owned() };
        let key = "c-{{ input.customer }}";
        let input = json!({ "customer": 7 });
        check(key, input.clone(), &[], &[Step::Queue { key: "c-7".to_owned() }]);
        check(key, input.clone(), std::slice::from_ref(&queued), &[]);
        check(key, input, &[queued, Change::Admitted], &[Step::Enter(Phase::Execute)]);
    }

    #[test]
    fn a_refused_execution_ends_as_cancelled_with_the_reason() {
        let refused = Change::Refused { reason: "taken".to_owned() };
        let end = Step::Finish { status: ExecutionStatus::Cancelled, output: None, error: Some("taken".to_owned()) };
        check("", Value::Null, &[Change::Queued { key: String::new() }, refused], &[end]);
    }

    #[test]
    fn a_key_that_cannot_be_read_fails_the_execution() {
        let message = "The concurrency key: The key came out longer than 200 bytes. Use an id instead.".to_owned();
        let end = Step::Finish { status: ExecutionStatus::Failed, output: None, error: Some(message) };
        check("{{ input }}", json!("x".repeat(201)), &[], &[end]);
    }

    #[test]
    fn a_start_of_a_burst_waits_begins_when_it_is_quiet_and_gives_way_to_a_later_one() {
        let workflow = Workflow {
            settings: Settings {
                debounce: Some(Debounce { key: "c-{{ input.customer }}".to_owned(), quiet_secs: 5 }),
                concurrency: Some(Concurrency { key: String::new(), limit: 1, policy: Default::default() }),
                ..Settings::default()
            },
            ..Workflow::default()
        };
        let prepared = Prepared::of(workflow);
        let at = |secs: i64| DateTime::UNIX_EPOCH + TimeDelta::seconds(secs);
        let state_via = |via: &str, changes: &[Change]| {
            let cause = Cause { via: via.to_owned(), input: json!({ "customer": 7 }), ..Cause::default() };
            let begin = [Change::Started { cause }, Change::PhaseEntered { phase: Phase::Prepare }];
            let all = begin.into_iter().chain(changes.iter().cloned());
            let events: Vec<Event> = all.zip(1..).map(|(change, seq)| Event { seq, at: at(0), change }).collect();
            ExecutionState::of(&events)
        };
        let state = |changes: &[Change]| state_via("webhook", changes);
        let (key, until) = ("c-7".to_owned(), at(5));
        assert_eq!(next(&prepared, &state(&[]), at(0)), [Step::Debounce { key: key.clone(), until }]);
        let debounced = Change::Debounced { key, until };
        let quiet = state(std::slice::from_ref(&debounced));
        assert_eq!((quiet.status, next(&prepared, &quiet, at(4))), (ExecutionStatus::Queued, Vec::new()));
        assert_eq!(crate::domain::plan::due_at(&prepared, &quiet), Some(until));
        assert_eq!(
            next(&prepared, &quiet, at(5)),
            [Step::Queue { key: String::new() }],
            "its concurrency key comes next"
        );
        for asked_for in ["manual", "replay", "restart", "workflow"] {
            assert_eq!(next(&prepared, &state_via(asked_for, &[]), at(0)), [Step::Queue { key: String::new() }]);
        }
        let refused = Change::Refused { reason: "later".to_owned() };
        let end = Step::Finish { status: ExecutionStatus::Cancelled, output: None, error: Some("later".to_owned()) };
        assert_eq!(next(&prepared, &state(&[debounced, refused]), at(1)), [end]);
    }
}
