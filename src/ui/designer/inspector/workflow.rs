//! The workflow's own settings: priority, deadline, how many at the same time, idempotency keys, what its output has to be
//! like. Folded away behind what they say now.

use leptos::prelude::*;
use serde_json::Value;

use super::fold::{Fold, typed};
use crate::{
    domain::{
        contract::Contract,
        limit::{Concurrency, ConcurrencyPolicy, Debounce, Priority},
        problem::Problem,
        workflow::Settings,
    },
    ui::{
        components::{Select, TextArea, TextField},
        designer::editor::Editor,
    },
};

#[component]
pub fn WorkflowSettings(editor: Editor) -> impl IntoView {
    view! {
        <section aria-label="Settings" class="-mx-4 mt-5 border-t border-line">
            <Priorities editor/>
            <Deadline editor/>
            <AtATime editor/>
            <Burst editor/>
            <Idempotency editor/>
            <Output editor/>
        </section>
    }
}

impl Editor {
    fn setting<T: Send + Sync + 'static>(self, read: impl Fn(&Settings) -> T + Send + Sync + 'static) -> Signal<T> {
        Signal::derive(move || self.workflow.with(|workflow| read(&workflow.settings)))
    }

    /// The first problem of this setting.
    fn setting_problem(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_about = |problem: &&Problem| problem.node.is_none() && problem.field.as_deref() == Some(field);
            self.problems.with(|problems| problems.iter().find(is_about).map(|problem| problem.message.clone()))
        })
    }
}

fn labels<const N: usize>(options: [(&str, &str); N]) -> Signal<Vec<(String, String)>> {
    Signal::stored(options.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec())
}

#[component]
fn Priorities(editor: Editor) -> impl IntoView {
    let value = editor.setting(|settings| settings.priority.name().to_owned());
    let set = Callback::new(move |name: String| {
        let priority = Priority::parse(&name).unwrap_or_default();
        editor.change_settings("priority", |settings| settings.priority = priority);
    });
    let options = labels([("high", "High"), ("normal", "Normal"), ("low", "Low")]);
    view! {
        <Fold label="Priority" now=value field="priority">
            <Select
                name="priority"
                label="Priority"
                options
                value
                on_change=set
                help="Who goes first when tasks wait for a slot. Ten seconds of waiting make up for one level."
            />
        </Fold>
    }
}

#[component]
fn Deadline(editor: Editor) -> impl IntoView {
    let now = editor.setting(|settings| settings.deadline_secs.map_or("none".to_owned(), |secs| format!("{secs} s")));
    view! {
        <Fold label="Deadline" now field="deadline_secs">
            <Seconds
                editor
                field="deadline_secs"
                label="Seconds from the start"
                help="An execution that is not over by then fails. Empty: no deadline."
                read=|settings| settings.deadline_secs
                write=|settings, secs| settings.deadline_secs = secs
            />
        </Fold>
    }
}

#[component]
fn Idempotency(editor: Editor) -> impl IntoView {
    let now =
        editor.setting(|settings| settings.idempotency_secs.map_or("7 days".to_owned(), |secs| format!("{secs} s")));
    view! {
        <Fold label="Idempotency keys count" now field="idempotency_secs">
            <Seconds
                editor
                field="idempotency_secs"
                label="Seconds"
                help="A second start with the same key within this time answers with the first execution. Empty: seven days."
                read=|settings| settings.idempotency_secs
                write=|settings, secs| settings.idempotency_secs = secs
            />
        </Fold>
    }
}

/// Starts that come in a burst run once.
#[component]
fn Burst(editor: Editor) -> impl IntoView {
    let quiet_secs = |settings: &Settings| settings.debounce.as_ref().map(|debounce| debounce.quiet_secs);
    let now = editor.setting(move |settings| match quiet_secs(settings) {
        Some(secs) => format!("the last, after {secs} s"),
        None => "each runs".to_owned(),
    });
    let is_set = editor.setting(move |settings| settings.debounce.is_some());
    let key = editor.setting(|settings| settings.debounce.as_ref().map(|known| known.key.clone()).unwrap_or_default());
    let set_key = Callback::new(move |text: String| {
        editor.change_settings("debounce", |settings| {
            settings.debounce.iter_mut().for_each(|known| known.key = text.clone());
        });
    });
    view! {
        <Fold label="Starts in a burst" now field="debounce">
            <Seconds
                editor
                field="debounce"
                label="Seconds without another start"
                help="Only then it begins, with the data of the last; those before end as cancelled. Empty: each start runs."
                read=|settings| settings.debounce.as_ref().map(|debounce| debounce.quiet_secs)
                write=|settings, secs| {
                    let key = settings.debounce.take().map(|known| known.key).unwrap_or_default();
                    settings.debounce = secs.map(|quiet_secs| Debounce { key, quiet_secs });
                }
            />
            <Show when=move || is_set.get()>
                <TextField
                    name="debounce-key"
                    label="Per key"
                    help="Such as {{ input.customer }}: each customer for itself. Empty: the workflow as a whole."
                    value=key
                    on_input=set_key
                    mono=true
                />
            </Show>
        </Fold>
    }
}

/// A number of seconds that may be left out.
#[component]
fn Seconds(
    editor: Editor,
    field: &'static str,
    label: &'static str,
    help: &'static str,
    read: fn(&Settings) -> Option<u32>,
    write: fn(&mut Settings, Option<u32>),
) -> impl IntoView {
    let value = editor.setting(move |settings| read(settings).map_or(String::new(), |secs| secs.to_string()));
    let set = Callback::new(move |text: String| match (text.trim(), text.trim().parse()) {
        ("", _) => editor.change_settings(field, |settings| write(settings, None)),
        (_, Ok(secs)) => editor.change_settings(field, |settings| write(settings, Some(secs))),
        _ => {}
    });
    let error = editor.setting_problem(field);
    view! { <TextField name=field label kind="number" help value on_input=set error/> }
}

const POLICIES: [(&str, &str); 4] = [
    ("queue", "It waits for its turn"),
    ("skip", "It ends at once"),
    ("cancel_oldest", "The oldest is cancelled for it"),
    ("cancel_newest", "The newest before it is cancelled"),
];

#[component]
fn AtATime(editor: Editor) -> impl IntoView {
    let known = Memo::new(move |_| editor.workflow.with(|workflow| workflow.settings.concurrency.clone()));
    let now = Signal::derive(move || {
        known.with(|known| known.as_ref().map_or("any number".to_owned(), |known| format!("{} at a time", known.limit)))
    });
    let change = move |change: &dyn Fn(&mut Concurrency)| {
        editor.change_settings("concurrency", |settings| settings.concurrency.iter_mut().for_each(change));
    };
    let limit = Signal::derive(move || {
        known.with(|known| known.as_ref().map_or(String::new(), |known| known.limit.to_string()))
    });
    let set_limit = Callback::new(move |text: String| {
        let wanted = text.trim().parse::<u32>();
        if wanted.is_err() && !text.trim().is_empty() {
            return;
        }
        editor.change_settings("concurrency", |settings| {
            let (key, policy) =
                settings.concurrency.take().map_or_else(Default::default, |known| (known.key, known.policy));
            settings.concurrency = wanted.ok().map(|limit| Concurrency { key, limit, policy });
        });
    });
    let key =
        Signal::derive(move || known.with(|known| known.as_ref().map(|known| known.key.clone()).unwrap_or_default()));
    let set_key = Callback::new(move |text: String| change(&|known| known.key = text.clone()));
    let policy = Signal::derive(move || {
        known.with(|known| known.as_ref().map(|known| known.policy).unwrap_or_default().name().to_owned())
    });
    let set_policy = Callback::new(move |name: String| {
        if let Some(policy) = ConcurrencyPolicy::ALL.into_iter().find(|policy| policy.name() == name) {
            change(&|known| known.policy = policy);
        }
    });
    view! {
        <Fold label="Executions at the same time" now field="concurrency">
            <TextField
                name="concurrency"
                label="How many"
                kind="number"
                help="Over all replicas. Empty: any number."
                value=limit
                on_input=set_limit
                error=editor.setting_problem("concurrency")
            />
            <Show when=move || known.with(Option::is_some)>
                <TextField
                    name="concurrency-key"
                    label="Per key"
                    help="Such as {{ input.customer }}: each customer has a limit of its own. Empty: the workflow as a whole."
                    value=key
                    on_input=set_key
                    mono=true
                />
                <Select name="concurrency-policy" label="A start that finds it taken" options=labels(POLICIES) value=policy on_change=set_policy/>
            </Show>
        </Fold>
    }
}

/// The output's schema, as JSON, and assertions, one per line.
#[component]
fn Output(editor: Editor) -> impl IntoView {
    let contract =
        Memo::new(move |_| editor.workflow.with(|workflow| workflow.settings.output.clone().unwrap_or_default()));
    let schema = Memo::new(move |_| contract.with(|contract| contract.schema.clone()));
    let assertions = Memo::new(move |_| contract.with(|contract| contract.assertions.clone()));
    let change = move |change: &dyn Fn(&mut Contract)| {
        editor.change_settings("output", |settings| {
            let mut contract = settings.output.take().unwrap_or_default();
            change(&mut contract);
            settings.output = Some(contract).filter(|contract| *contract != Contract::default());
        });
    };
    let schema_text = typed(schema, shown_schema, read_schema);
    let set_schema = Callback::new(move |text: String| {
        schema_text.set(text.clone());
        if let Ok(schema) = read_schema(&text) {
            change(&|contract| contract.schema = schema.clone());
        }
    });
    let assertion_text = typed(assertions, |lines| lines.join("\n"), read_lines);
    let set_assertions = Callback::new(move |text: String| {
        assertion_text.set(text.clone());
        let lines = read_lines(&text).unwrap_or_default();
        change(&|contract| contract.assertions = lines.clone());
    });
    let now = Signal::derive(move || {
        if contract.with(|contract| *contract == Contract::default()) { "anything" } else { "checked" }.to_owned()
    });
    let schema_error = Signal::derive(move || schema_text.with(|text| read_schema(text).err()));
    view! {
        <Fold label="Output" now field="output">
            <TextArea
                name="output-schema"
                label="Schema (JSON Schema)"
                rows=5
                mono=true
                value=schema_text
                on_input=set_schema
                error=schema_error
                help="An execution whose output does not keep to it fails. Empty: anything."
            />
            <TextArea
                name="output-assertions"
                label="Assertions, one per line"
                rows=3
                mono=true
                value=assertion_text
                on_input=set_assertions
                help="Expressions over input, which is the output here, such as input.total > 0. Each has to come out true."
                error=editor.setting_problem("output")
            />
        </Fold>
    }
}

fn shown_schema(schema: &Option<Value>) -> String {
    schema.as_ref().and_then(|schema| serde_json::to_string_pretty(schema).ok()).unwrap_or_default()
}

fn read_schema(text: &str) -> Result<Option<Value>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|error| format!("This is not JSON yet: {error}"))
}

fn read_lines(text: &str) -> Result<Vec<String>, String> {
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_json_and_none_is_none() {
        assert_eq!(read_schema(" "), Ok(None));
        assert_eq!(read_schema("{\"type\": \"object\"}"), Ok(Some(json!({ "type": "object" }))));
        assert!(read_schema("{type").is_err_and(|error| error.contains("not JSON yet")));
        let shown = shown_schema(&Some(json!({ "type": "object" })));
        assert_eq!(read_schema(&shown), Ok(Some(json!({ "type": "object" }))));
    }

    #[test]
    fn assertions_are_the_lines_that_say_something() {
        assert_eq!(read_lines("input.a\n\n  input.b > 1 \n"), Ok(vec!["input.a".to_owned(), "input.b > 1".to_owned()]));
    }
}
