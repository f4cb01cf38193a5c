//! The node's parameters with every expression replaced by its value, as the attempt saw them: computed here, from
//! the same data and by the same code.

use leptos::prelude::*;
use serde_json::Value;

use super::{follow::LiveExecution, payload::Payload};
use crate::{
    domain::{
        expression::{FieldError, Scope, references, resolve},
        id::ExecutionId,
        payload,
        state::ExecutionState,
        workflow::{Node, Workflow},
    },
    ui::components::{Notice, Tone},
};

/// What the parameters came to.
#[derive(Clone, Debug, PartialEq)]
enum Resolved {
    Known(Value),
    /// They read data that this page has only in part.
    Cut,
    /// They read variables, which may have changed since.
    Vars,
    Failed(FieldError),
}

/// Nothing for triggers, and before the first attempt.
#[component]
pub fn Parameters(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let id = live.summary.with_value(|summary| summary.id);
    let attempts = Memo::new(move |_| {
        live.state.with(|state| node.with_value(|node| state.run(&node.id).map_or(0, |run| run.attempts.len())))
    });
    move || {
        attempts.track();
        let resolved = live.workflow.with_value(|workflow| {
            live.state.with_untracked(|state| node.with_value(|node| resolved(workflow, state, node, id)))
        })?;
        Some(shown(resolved))
    }
}

fn shown(resolved: Resolved) -> AnyView {
    match resolved {
        Resolved::Known(value) => view! { <Payload label="Parameters" value closed=true/> }.into_any(),
        Resolved::Cut => view! {
            <p class="text-label text-muted">"Its parameters are not shown: they read data too big for this page."</p>
        }
        .into_any(),
        Resolved::Vars => view! {
            <p class="text-label text-muted">"Its parameters are not shown: they read variables, whose values at the time are not kept."</p>
        }
        .into_any(),
        Resolved::Failed(FieldError { field, message, .. }) => {
            view! { <Notice tone=Tone::Wait>{format!("{field}: {message}")}</Notice> }.into_any()
        }
    }
}

fn resolved(workflow: &Workflow, state: &ExecutionState, node: &Node, id: ExecutionId) -> Option<Resolved> {
    let at = state.run(&node.id)?.attempts.last()?.started_at;
    let scope = Scope::needed(workflow, state, &state.telling_id(&node.id), id, at);
    if node.parameters.is_empty() {
        return None;
    }
    if references(node).reads_vars {
        return Some(Resolved::Vars);
    }
    let details_are_cut = state.cause.as_ref().is_some_and(|cause| payload::cut(&cause.details).is_some());
    Some(match (details_are_cut || is_cut(&scope), resolve(node.kind, &node.parameters, &scope)) {
        (true, _) => Resolved::Cut,
        (false, Ok(parameters)) => Resolved::Known(Value::Object(parameters)),
        (false, Err(error)) => Resolved::Failed(error),
    })
}

fn is_cut(scope: &Scope) -> bool {
    let outputs = scope.nodes.values().filter_map(|node| node.get("output"));
    outputs.chain([&scope.input, &scope.trigger]).any(|value| payload::cut_bytes(value).is_some())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        event::{Cause, Change, Event},
        task::Kind,
        workflow::{Edge, Point},
    };

    fn parameters_with(input: Value) -> Option<Resolved> {
        let start = Node::new("start".into(), "Start", Kind::Manual, Point::default());
        let mut work = Node::new("work".into(), "Work", Kind::Transform, Point::default());
        work.parameters.insert("output".to_owned(), json!("input.email"));
        let edges = vec![Edge::between("start", "work")];
        let workflow = Workflow { nodes: vec![start, work.clone()], edges, ..Workflow::default() };
        let cause = Cause { trigger: None, via: "manual".into(), by: None, input, ..Cause::default() };
        let changes = [Change::Started { cause }, Change::AttemptStarted { node: "work".into(), attempt: 1 }];
        let mut events: Vec<Event> =
            changes.into_iter().zip(1..).map(|(change, seq)| Event { seq, at: DateTime::UNIX_EPOCH, change }).collect();
        events.iter_mut().for_each(payload::shorten);
        resolved(&workflow, &ExecutionState::of(&events), &work, ExecutionId(Uuid::nil()))
    }

    #[test]
    fn expressions_are_replaced_by_what_the_attempt_saw() {
        let known = Resolved::Known(json!({ "output": "ada@example.com" }));
        assert_eq!(parameters_with(json!({ "email": "ada@example.com" })), Some(known));
    }

    #[test]
    fn data_that_came_cut_gives_no_wrong_values() {
        let big = "x".repeat(payload::LIMIT_BYTES);
        assert_eq!(parameters_with(json!({ "email": big })), Some(Resolved::Cut));
    }
}
