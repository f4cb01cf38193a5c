//! The data that previews are made from: of the last execution, else the input typed for the next run.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use crate::{
    api::{
        executions::{get_execution, list_executions},
        variables::list_variables,
    },
    domain::{
        event::{Cause, Change, Event},
        execution::ExecutionFilter,
        expression::{Scope, resolve},
        id::{ExecutionId, NodeId},
        state::ExecutionState,
        task::{Field, Input},
        workflow::{Parameters, Workflow},
    },
    ui::designer::{editor::Editor, run},
};

/// An execution's data, and where it is from.
#[derive(Clone, Debug)]
pub struct Data {
    execution: ExecutionId,
    state: ExecutionState,
    at: DateTime<Utc>,
    /// "the last execution" or "the last input".
    pub source: &'static str,
    /// The workspace's variables.
    vars: Value,
}

/// None until it is loaded, and where there is none.
#[derive(Clone, Copy)]
pub struct LastData(RwSignal<Option<Arc<Data>>>);

impl LastData {
    /// Loads it in the browser, behind the page's back.
    pub fn load(editor: Editor) -> Self {
        let data = RwSignal::new(None);
        Effect::new(move |_| {
            spawn_local(async move {
                let loaded = match last_execution(editor).await {
                    Some(loaded) => Some(loaded),
                    None => run::sample(editor).map(sampled),
                };
                let loaded = match loaded {
                    Some(loaded) => Some(Data { vars: variables().await, ..loaded }),
                    None => None,
                };
                data.try_set(loaded.map(Arc::new));
            });
        });
        Self(data)
    }

    /// What expressions of this node see.
    pub fn scope(self, workflow: &Workflow, node: &NodeId) -> Option<(Scope, &'static str)> {
        let data = self.0.get()?;
        let scope = Scope::of(workflow, &data.state, &data.state.telling_id(node), data.execution, data.at);
        Some((Scope { vars: data.vars.clone(), ..scope }, data.source))
    }
}

/// The workspace's variables as expressions see them; none where they cannot be read.
async fn variables() -> Value {
    let variables = list_variables().await.unwrap_or_default();
    variables.into_iter().map(|variable| (variable.name, variable.value)).collect::<serde_json::Map<_, _>>().into()
}

async fn last_execution(editor: Editor) -> Option<Data> {
    let filter = ExecutionFilter { workflow: Some(editor.id), limit: 1, ..Default::default() };
    let last = list_executions(filter).await.ok()?.executions.into_iter().next()?;
    let view = get_execution(last.id).await.ok()?;
    Some(Data {
        execution: last.id,
        state: ExecutionState::of(&view.events),
        at: last.created_at,
        source: "the last execution",
        vars: Value::Null,
    })
}

/// As if an execution had just started with this input.
fn sampled(input: Value) -> Data {
    let at = Utc::now();
    let cause = Cause { trigger: None, via: "manual".to_owned(), by: None, input, ..Cause::default() };
    let started = Event { seq: 1, at, change: Change::Started { cause } };
    let execution = ExecutionId(uuid::Uuid::nil());
    Data { execution, state: ExecutionState::of([&started]), at, source: "the last input", vars: Value::Null }
}

/// The field's value with this data; none where there is no expression in it.
pub fn preview(
    parameters: &Parameters,
    kind: crate::domain::task::Kind,
    field: &Field,
    scope: &Scope,
) -> Option<Result<String, String>> {
    let value = parameters.get(field.name)?;
    let is_bare = matches!(field.input, Input::Expression | Input::ItemExpression);
    let has_expression = is_bare || value.to_string().contains("{{");
    if !has_expression || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return None;
    }
    // The other fields would stop the resolution with their own errors; only what decides whether this one counts stays.
    let keeps = |name: &str| {
        name == field.name
            || field.conditions().any(|(other, _)| other == name)
            || (field.input == Input::ItemExpression && name == "items")
    };
    let alone: Parameters =
        parameters.iter().filter(|(name, _)| keeps(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    match resolve(kind, &alone, scope) {
        Ok(resolved) => resolved.get(field.name).map(|value| Ok(shown(value))),
        Err(error) => Some(Err(error.message)),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    if text.chars().count() > 400 { text.chars().take(400).chain(['…']).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::Kind;

    fn check(kind: Kind, field: &str, value: &str) -> Option<Result<String, String>> {
        let scope = Scope { input: serde_json::json!({"email": "ada@example.com", "n": 2}), ..Default::default() };
        let mut parameters = kind.default_parameters();
        parameters.insert(field.to_owned(), value.into());
        preview(&parameters, kind, kind.field(field).expect("a field"), &scope)
    }

    #[test]
    fn a_preview_shows_the_value_with_the_data_at_hand() {
        assert_eq!(check(Kind::SendEmail, "to", "<{{ input.email }}>"), Some(Ok("<ada@example.com>".to_owned())));
        assert_eq!(check(Kind::Condition, "if", "input.n > 1"), Some(Ok("true".to_owned())));
    }

    #[test]
    fn text_without_expressions_needs_no_preview_and_errors_are_told() {
        assert_eq!(check(Kind::SendEmail, "to", "ada@example.com"), None);
        assert!(check(Kind::Condition, "if", "input.(").is_some_and(|preview| preview.is_err()));
    }
}
