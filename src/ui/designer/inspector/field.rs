//! One parameter: every `Input` has its editor here.

use leptos::prelude::*;
use serde_json::Value;

use super::{
    arguments::ArgumentsField, code::CodeField, expression::ExpressionField, model::ModelField, node::Subject,
    pairs::PairsField, plugin::PluginChoice, trigger::SchedulePreview,
};
use crate::{
    api,
    domain::{
        credential::{CredentialKind, kind_is_allowed},
        task::{Choice, Field, Input, Kind},
    },
    ui::components::{Select, TextField},
};

#[component]
pub fn FieldEditor(subject: Subject, field: &'static Field) -> impl IntoView {
    match field.input {
        Input::Text if field.offers_models => view! { <ModelField subject field/> }.into_any(),
        Input::Text | Input::ItemExpression | Input::Number { .. } => {
            view! { <ExpressionField subject field lines=1/> }.into_any()
        }
        Input::LongText | Input::Json | Input::Source => view! { <ExpressionField subject field lines=4/> }.into_any(),
        Input::Code(_) => view! { <CodeField subject field/> }.into_any(),
        Input::Expression => view! { <ExpressionField subject field lines=2/> }.into_any(),
        // Its choice shows its settings.
        Input::Members if subject.kind == Kind::Plugin => ().into_any(),
        Input::Members if subject.kind == Kind::Python => view! { <ArgumentsField subject field/> }.into_any(),
        Input::Pairs | Input::Members => view! { <PairsField subject field/> }.into_any(),
        Input::Choice(choices) => view! { <ChoiceField subject field choices/> }.into_any(),
        Input::Credential(kinds) => view! { <CredentialField subject field kinds/> }.into_any(),
        Input::TimeZone => view! { <TimeZoneField subject field/> }.into_any(),
        Input::Plugin => view! { <PluginChoice subject field/> }.into_any(),
        Input::Hidden => ().into_any(),
        Input::Cron => view! { <CronField subject field/> }.into_any(),
    }
}

/// A parameter as text: strings as they are, other values as JSON, none as nothing.
pub fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Object(_) | Value::Array(_))) => serde_json::to_string_pretty(other).unwrap_or_default(),
        Some(other) => other.to_string(),
    }
}

impl Subject {
    pub fn text(self, field: &'static Field) -> Signal<String> {
        self.read(move |node| text_of(node.parameters.get(field.name)))
    }

    /// Sets the parameter as text.
    pub fn set(self, field: &'static Field) -> Callback<String> {
        Callback::new(move |text: String| {
            self.editor.set_parameter(&self.id.get_value(), field.name, Value::String(text));
        })
    }
}

fn id(field: &Field) -> String {
    format!("field-{}", field.name)
}

#[component]
fn ChoiceField(subject: Subject, field: &'static Field, choices: &'static [Choice]) -> impl IntoView {
    let options = Signal::derive(move || {
        choices.iter().map(|choice| (choice.value.to_owned(), choice.label.to_owned())).collect::<Vec<_>>()
    });
    view! {
        <Select
            name=id(field)
            label=field.label
            options
            value=subject.text(field)
            on_change=subject.set(field)
            help=field.help
            required=field.required
            error=subject.problem(field.name)
        />
    }
}

/// Credentials of the kinds that fit, by name; one that is gone stays chosen and says so.
#[component]
fn CredentialField(subject: Subject, field: &'static Field, kinds: &'static [CredentialKind]) -> impl IntoView {
    let value = subject.text(field);
    let known = LocalResource::new(api::credentials::list_credentials);
    let options = Signal::derive(move || {
        let chosen = value.get();
        let loaded = known.get();
        let fitting: Vec<String> = loaded
            .iter()
            .flatten()
            .flatten()
            .filter(|credential| kinds.contains(&credential.kind))
            .filter(|credential| kind_is_allowed(&credential.allowed_kinds, subject.kind) && credential.rights.may_use)
            .map(|credential| credential.name.clone())
            .collect();
        let mut options = vec![(String::new(), "None".to_owned())];
        if !chosen.is_empty() && !fitting.contains(&chosen) {
            let is_there = loaded.iter().flatten().flatten().any(|credential| credential.name == chosen);
            let note = match loaded.is_some() {
                true if is_there => " (not for this, or not for you)",
                true => " (missing)",
                false => "",
            };
            options.push((chosen.clone(), format!("{chosen}{note}")));
        }
        options.extend(fitting.into_iter().map(|name| (name.clone(), name)));
        options
    });
    view! {
        <Select
            name=id(field)
            label=field.label
            options
            value
            on_change=subject.set(field)
            help=field.help
            required=field.required
            error=subject.problem(field.name)
        />
        <a href="/credentials" class="mt-1 inline-block text-caption text-accent-strong hover:underline">"Manage credentials"</a>
    }
}

#[component]
fn TimeZoneField(subject: Subject, field: &'static Field) -> impl IntoView {
    let value = subject.text(field);
    let zones = LocalResource::new(api::triggers::list_time_zones);
    let options = Signal::derive(move || {
        let chosen = value.get();
        let mut zones = zones.get().and_then(Result::ok).unwrap_or_default();
        if !zones.contains(&chosen) {
            zones.insert(0, chosen);
        }
        zones.into_iter().map(|zone| (zone.clone(), zone)).collect::<Vec<_>>()
    });
    view! {
        <Select
            name=id(field)
            label=field.label
            options
            value
            on_change=subject.set(field)
            help=field.help
            required=field.required
            error=subject.problem(field.name)
        />
    }
}

#[component]
fn CronField(subject: Subject, field: &'static Field) -> impl IntoView {
    view! {
        <TextField
            name=id(field)
            label=field.label
            value=subject.text(field)
            on_input=subject.set(field)
            help=field.help
            required=field.required
            error=subject.problem(field.name)
            mono=true
        />
        <SchedulePreview subject/>
    }
}
