//! The catalogue for readers: as JSON for programs, as one page for people (`docs/tasks.md`).

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Family, Field, Input, Kind, Output, Spec};
use crate::domain::schema;

/// Everything the catalogue knows of a kind.
pub fn describe(kind: Kind) -> Value {
    let spec = kind.spec();
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    json!({
        "kind": spec.name,
        "label": spec.label,
        "family": spec.family.label(),
        "summary": spec.summary,
        "parameters": schema::parameters(kind),
        "outputs": kind.output_ports().collect::<Vec<_>>(),
        "output": spec.output.schema(),
        "retries": spec.retries,
        "example": {
            "input": read(spec.example.input),
            "parameters": read(spec.example.parameters),
            "output": read(spec.example.output),
        },
        "keywords": spec.keywords,
    })
}

/// All kinds as one page of Markdown.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    for family in Family::ALL {
        let _ = write!(page, "\n## {}\n", family.label());
        for kind in Kind::ALL.into_iter().filter(|kind| kind.spec().family == family) {
            section(&mut page, kind);
        }
    }
    page
}

const HEAD: &str = "# Triggers and tasks

This page is made by `flowpilot task list --markdown` from the catalogue; do not edit it.

Every task has an output `error`, through which an execution goes on when its last attempt failed, and a timeout. Cancelling an
execution, or the timeout, ends an attempt at once: connections are closed, nothing is handed on. A failure names the field that it is
about. Values of credentials never show in outputs or errors.
";

fn section(page: &mut String, kind: Kind) {
    let spec = kind.spec();
    let _ = write!(page, "\n### {} (`{}`)\n\n{}\n", spec.label, spec.name, spec.summary);
    if !spec.fields.is_empty() {
        page.push_str("\n| Field | Accepts | What |\n|---|---|---|\n");
        spec.fields.iter().for_each(|field| row(page, kind, field));
    }
    let ports: Vec<_> = kind.output_ports().map(|port| format!("`{port}`")).collect();
    if !ports.is_empty() {
        let _ = write!(page, "\nOutputs: {}. {}\n", ports.join(", "), hands_on(spec));
    }
    if spec.can_fail {
        let _ = write!(page, "\nTried again: {}\n", lowered(spec.retries));
    }
    let example = &spec.example;
    if !example.parameters.is_empty() {
        let _ =
            write!(page, "\n```json\n{{ \"kind\": \"{}\", \"parameters\": {} }}\n```\n", spec.name, example.parameters);
    }
    if !example.input.is_empty() && !example.output.is_empty() {
        let _ = write!(page, "\n`{}` → `{}`\n", example.input, example.output);
    }
}

fn row(page: &mut String, kind: Kind, field: &Field) {
    let mut accepts = accepted(field);
    if let Some(default) = field.default {
        let _ = write!(accepts, "; default `{}`", default.replace('|', "\\|"));
    } else if field.required {
        accepts.push_str("; needed");
    }
    let mut what = format!("{}.", field.label);
    for words in [field.help, &shown(kind, field)] {
        if !words.is_empty() {
            let _ = write!(what, " {words}");
        }
    }
    let _ = writeln!(page, "| `{}` | {accepts} | {} |", field.name, what.replace('|', "\\|"));
}

fn accepted(field: &Field) -> String {
    match field.input {
        Input::Text => "text".to_owned(),
        Input::LongText if field.is_html => "HTML".to_owned(),
        Input::LongText => "long text".to_owned(),
        Input::Json => "JSON".to_owned(),
        Input::Expression => "expression".to_owned(),
        Input::ItemExpression => "expression per item".to_owned(),
        Input::Source => "text without expressions".to_owned(),
        Input::Code(language) => language.label().to_owned(),
        Input::Pairs => "names and texts".to_owned(),
        Input::Members => "names and values".to_owned(),
        Input::Number { min, max } => format!("{min} to {max}"),
        Input::Choice(choices) => {
            choices.iter().map(|choice| format!("`{}`", choice.value)).collect::<Vec<_>>().join(", ")
        }
        Input::Credential(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.label()).collect();
            format!("credential: {}", kinds.join(", "))
        }
        Input::Cron => "cron pattern".to_owned(),
        Input::TimeZone => "time zone".to_owned(),
        Input::Plugin => "plug-in: `name@version`".to_owned(),
        Input::Hidden => "list of names".to_owned(),
    }
}

fn shown(kind: Kind, field: &Field) -> String {
    let conditions: Vec<_> = field
        .conditions()
        .map(|(other, values)| {
            let label = kind.field(other).map_or(other, |field| field.label);
            format!("“{label}” is {}", values.join(", "))
        })
        .collect();
    if conditions.is_empty() { String::new() } else { format!("Counts while {}.", conditions.join(" and ")) }
}

fn hands_on(spec: &Spec) -> String {
    match spec.output {
        Output::Nothing => "Hands nothing on.".to_owned(),
        Output::Input => "Hands its input on.".to_owned(),
        Output::Any(words) => format!("Hands on {words}"),
        Output::List(words) => format!("Hands on a list of {words}"),
        Output::Object(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| format!("- `{}`: {}", part.name, part.help)).collect();
            format!("Hands on an object:\n\n{}", parts.join("\n"))
        }
    }
}

fn lowered(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
