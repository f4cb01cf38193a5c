//! The data that previews are made from: of the last execution, else the input typed for the next run.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use serde_json::Value;

use crate::{
    api::{
        executions::{get_execution, list_executions},
        variables::list_variables,
    },
    domain::{
        event::{Cause, Change, Event},
        execution::{ExecutionFilter, ExecutionStatus, ExecutionSummary, TaskRunStatus},
        expression::{ExpressionError, Scope, resolve},
        id::{ExecutionId, NodeId},
        restart::Past,
        state::ExecutionState,
        task::{Field, Input},
        trial,
        workflow::{Parameters, Workflow},
    },
    ui::designer::{editor::Editor, run},
};

/// An execution's data, and where it is from.
#[derive(Clone, Debug)]
pub struct Data {
    execution: ExecutionId,
    state: ExecutionState,
    /// What it ran; none: it was made of an input.
    ran: Option<Workflow>,
    at: DateTime<Utc>,
    /// "the chosen execution" or "the last input".
    pub source: &'static str,
    /// The workspace's variables.
    vars: Value,
}

impl Data {
    /// None: it was made of an input, no execution.
    pub fn execution(&self) -> Option<ExecutionId> {
        (!self.execution.0.is_nil()).then_some(self.execution)
    }

    /// Why the node, or else the execution, failed.
    pub fn reason(&self, node: &NodeId) -> Option<String> {
        let run = self.state.run(node).filter(|run| run.status == TaskRunStatus::Failed);
        run.and_then(|run| run.reason.clone()).or_else(|| self.state.error.clone())
    }
}

/// None until it is loaded, and where there is none.
#[derive(Clone, Copy)]
pub struct LastData {
    data: RwSignal<Option<Arc<Data>>>,
    /// What could be loaded in its place, newest first.
    pub choices: RwSignal<Vec<ExecutionSummary>>,
}

/// How often an execution that somebody waits for is asked about.
const ASKING: Duration = Duration::from_millis(250);

impl LastData {
    /// Loads it in the browser, behind the page's back: of the execution that the address names, else of the last one.
    pub fn load(editor: Editor) -> Self {
        let (data, choices) = (RwSignal::new(None), RwSignal::new(Vec::new()));
        let named = use_query_map().with_untracked(|query| query.get("execution"));
        let named = named.and_then(|id| id.parse::<ExecutionId>().ok());
        Effect::new(move |_| {
            spawn_local(async move {
                let mut recent = recent(editor).await;
                let named = match named {
                    Some(named) => of_execution(named).await.filter(|(_, summary)| summary.workflow_id == editor.id),
                    None => None,
                };
                let last = recent.first().map(|last| last.id);
                let loaded = match (named, last) {
                    (Some((data, summary)), _) => {
                        if recent.iter().all(|other| other.id != summary.id) {
                            recent.push(summary);
                        }
                        Some(data)
                    }
                    (None, Some(last)) => of_execution(last).await.map(|(data, _)| data),
                    (None, None) => match run::sample(editor) {
                        Some(input) => Some(Data { vars: variables().await, ..sampled(input) }),
                        None => None,
                    },
                };
                choices.try_set(recent);
                data.try_set(loaded.map(Arc::new));
            });
        });
        Self { data, choices }
    }

    /// No data, and none to choose.
    pub fn none() -> Self {
        Self { data: RwSignal::new(None), choices: RwSignal::new(Vec::new()) }
    }

    pub fn get(self) -> Option<Arc<Data>> {
        self.data.get()
    }

    pub fn execution(self) -> Option<ExecutionId> {
        self.data.with_untracked(|data| data.as_ref()?.execution())
    }

    /// Takes the data of this execution; of one that runs, once it is over. Then goes on with how it ended.
    pub fn follow(self, editor: Editor, execution: ExecutionId, go_on: Callback<ExecutionStatus>) {
        spawn_local(async move {
            let Some((loaded, ExecutionSummary { status, .. })) = of_execution(execution).await else { return };
            if self.data.try_set(Some(Arc::new(loaded))).is_some() {
                return;
            }
            if status.is_finished() || status == ExecutionStatus::Waiting {
                go_on.run(status);
                self.choices.try_set(recent(editor).await);
            } else {
                set_timeout(move || self.follow(editor, execution, go_on), ASKING);
            }
        });
    }

    /// Whose outputs are no longer what the draft would come to.
    pub fn stale(self, draft: &Workflow) -> BTreeSet<NodeId> {
        let of = |data: &Arc<Data>| {
            let workflow = data.ran.as_ref()?;
            Some(trial::stale(&Past { execution: data.execution, workflow, state: &data.state }, draft))
        };
        self.data.with(|data| data.as_ref().and_then(of)).unwrap_or_default()
    }

    /// What the node saw, and what it handed on; null where it did not run.
    pub fn of(self, workflow: &Workflow, node: &NodeId) -> Option<(Value, Value)> {
        let data = self.data.get()?;
        let input = data.state.input_of(workflow, &data.state.telling_id(node));
        let output = workflow.node(node).map(|node| data.state.output_of(node)).unwrap_or_default();
        Some((input, output))
    }

    /// What expressions of this node see.
    pub fn scope(self, workflow: &Workflow, node: &NodeId) -> Option<(Scope, &'static str)> {
        let data = self.data.get()?;
        let scope = Scope::of(workflow, &data.state, &data.state.telling_id(node), data.execution, data.at);
        Some((Scope { vars: data.vars.clone(), ..scope }, data.source))
    }
}

/// The workspace's variables as expressions see them; none where they cannot be read.
async fn variables() -> Value {
    let variables = list_variables().await.unwrap_or_default();
    variables.into_iter().map(|variable| (variable.name, variable.value)).collect::<serde_json::Map<_, _>>().into()
}

async fn recent(editor: Editor) -> Vec<ExecutionSummary> {
    let filter = ExecutionFilter { workflow: Some(editor.id), limit: 20, ..Default::default() };
    list_executions(filter).await.map(|page| page.executions).unwrap_or_default()
}

/// Its data, and how it stands.
async fn of_execution(execution: ExecutionId) -> Option<(Data, ExecutionSummary)> {
    let view = get_execution(execution).await.ok()?;
    let state = ExecutionState::of(&view.events);
    let status = if state.seq == 0 { view.summary.status } else { state.status };
    let (at, source, ran) = (view.summary.created_at, "the chosen execution", Some(view.workflow));
    let summary = ExecutionSummary { status, ..view.summary };
    Some((Data { execution, state, ran, at, source, vars: variables().await }, summary))
}

/// As if an execution had just started with this input.
fn sampled(input: Value) -> Data {
    let at = Utc::now();
    let cause = Cause { trigger: None, via: "manual".to_owned(), by: None, input, ..Cause::default() };
    let started = Event { seq: 1, at, change: Change::Started { cause } };
    let execution = ExecutionId(uuid::Uuid::nil());
    let state = ExecutionState::of([&started]);
    Data { execution, state, ran: None, at, source: "the last input", vars: Value::Null }
}

/// The field's value with this data; none where there is no expression in it.
pub fn preview(
    parameters: &Parameters,
    kind: crate::domain::task::Kind,
    field: &Field,
    scope: &Scope,
) -> Option<Result<String, ExpressionError>> {
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
        Err(error) => Some(Err(ExpressionError { message: error.message, span: error.span })),
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

    fn check(kind: Kind, field: &str, value: &str) -> Option<Result<String, ExpressionError>> {
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
