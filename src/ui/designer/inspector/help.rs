//! What the catalogue tells of the node's kind: fields, what it hands on, which failures are tried again, an example.

use leptos::prelude::*;
use serde_json::Value;

use super::fold::Fold;
use crate::domain::task::{Field, Kind, Output, Part};

#[component]
pub fn Help(kind: Kind) -> impl IntoView {
    let spec = kind.spec();
    let fields = spec.fields.iter().filter(|field| !field.help.is_empty());
    let fields = fields.map(|field| view! { <Told name=field.label kind=field_kind(field) about=field.help/> });
    let example = spec.example;
    view! {
        <div class="-mx-4 border-t border-line" data-testid="help">
            <Fold label="Help" now=Signal::stored(spec.name.to_owned()) field="help">
                <p class="text-body">{spec.summary}</p>
                <Section title="Fields"><dl class="flex flex-col gap-2">{fields.collect_view()}</dl></Section>
                <Section title="Hands on">{handed_on(spec.output)}</Section>
                {spec.can_fail.then(|| view! { <Section title="Tries again after"><p class="text-label text-muted">{spec.retries}</p></Section> })}
                <Section title="Example">
                    <Code label="Input" json=example.input/>
                    <Code label="Parameters" json=example.parameters/>
                    <Code label="Output" json=example.output/>
                </Section>
                <a href="/library/expressions" target="_blank" class="text-label text-accent-strong hover:underline">"What expressions can read and call"</a>
            </Fold>
        </div>
    }
}

#[component]
fn Section(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="flex flex-col gap-1.5">
            <h3 class="text-label font-semibold">{title}</h3>
            {children()}
        </section>
    }
}

#[component]
fn Told(name: &'static str, kind: &'static str, about: &'static str) -> impl IntoView {
    view! {
        <div>
            <dt class="text-label font-medium">{name}" "<span class="font-normal text-muted">{kind}</span></dt>
            <dd class="text-label text-muted">{about}</dd>
        </div>
    }
}

fn field_kind(field: &Field) -> &'static str {
    if field.required { "required" } else { "" }
}

fn handed_on(output: Output) -> AnyView {
    let words = |words: &'static str| view! { <p class="text-label text-muted">{words}</p> }.into_any();
    match output {
        Output::Nothing => words("Nothing: the path ends here."),
        Output::Input => words("Its input, as it came."),
        Output::Any(about) => words(about),
        Output::List(about) => view! { <p class="text-label text-muted">"A list. "{about}</p> }.into_any(),
        Output::Object(parts) => {
            let part = |part: &'static Part| view! { <Told name=part.name kind=part.kind about=part.help/> };
            view! { <dl class="flex flex-col gap-2">{parts.iter().map(part).collect_view()}</dl> }.into_any()
        }
    }
}

/// JSON in lines; nothing for an example that has none.
#[component]
fn Code(label: &'static str, json: &'static str) -> impl IntoView {
    let pretty = serde_json::from_str::<Value>(json).and_then(|value| serde_json::to_string_pretty(&value));
    let pretty = pretty.unwrap_or_else(|_| json.to_owned());
    (!json.is_empty()).then(|| view! {
        <div>
            <p class="text-caption text-muted">{label}</p>
            <pre class="mono mt-0.5 max-h-48 overflow-auto rounded-lg border border-line bg-canvas p-2 text-label whitespace-pre-wrap break-words" tabindex="0">{pretty}</pre>
        </div>
    })
}
