//! Phase `prepare`: an execution with a concurrency key asks for it and waits until it holds it.

use super::{Prepared, Step};
use crate::domain::{
    execution::{ExecutionStatus, Phase},
    expression::Scope,
    limit,
    state::{Admission, ExecutionState},
};

pub(super) fn steps(prepared: &Prepared, state: &ExecutionState) -> Vec<Step> {
    let Some(concurrency) = &prepared.workflow.settings.concurrency else { return vec![Step::Enter(Phase::Execute)] };
    match &state.admission {
        None => match limit::key_of(&concurrency.key, &Scope::at_start(&prepared.workflow, state)) {
            Ok(key) => vec![Step::Queue { key }],
            Err(error) => {
                let error = Some(format!("The concurrency key: {error}"));
                vec![Step::Finish { status: ExecutionStatus::Failed, output: None, error }]
            }
        },
        Some(Admission::Waits { .. }) => Vec::new(),
        Some(Admission::Admitted { .. }) => vec![Step::Enter(Phase::Execute)],
        Some(Admission::Refused { reason }) => {
            vec![Step::Finish { status: ExecutionStatus::Cancelled, output: None, error: Some(reason.clone()) }]
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        event::{Cause, Change, Event},
        limit::Concurrency,
        plan::next,
        workflow::Workflow,
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
        let waits = matches!(state.admission, Some(Admission::Waits { .. }));
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
}
