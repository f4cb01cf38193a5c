//! The reference of expressions: what they can read and call, searched as one types.

use leptos::prelude::*;

use super::{LibraryTabs, Tab};
use crate::{
    domain::expression::reference::{self, Entry, Group},
    ui::{
        components::{Card, TextField},
        layout::{Frame, Section},
    },
};

/// What an expression may begin with.
const ROOTS: &[(&str, &str)] = &[
    ("input", "What the node before handed on; with several nodes before, an object by node name."),
    ("trigger.body", "What started the execution; for webhooks also trigger.headers, trigger.query, trigger.method."),
    ("nodes[\"Name\"].output", "What an earlier node handed on."),
    ("item, index", "Inside of a loop, and where an expression is evaluated per item: the item and its number from 0."),
    ("vars.name", "A variable of the workspace."),
    ("execution, workflow", "execution.id, execution.started_at, execution.resume_url, workflow.name."),
    ("now", "The time of the attempt."),
];

#[component]
pub fn ExpressionsPage() -> impl IntoView {
    let wanted = RwSignal::new(String::new());
    let groups = reference::methods().iter().chain(reference::functions());
    view! {
        <Frame section=Section::Library title="Expressions" tabs=|| view! { <LibraryTabs current=Tab::Expressions/> }>
            <div class="flex flex-col gap-6">
                <p class="text-body text-muted">
                    "A strict subset of JavaScript, between double braces: "<code class="mono">"Hello {{ input.name }}"</code>
                    ". Where a field is one expression, its value keeps its type."
                </p>
                <TextField name="search-functions" label="Search" value=wanted on_input=Callback::new(move |text| wanted.set(text))
                    placeholder="time, split, sum …"/>
                <Roots/>
                {groups.map(|group| view! { <Entries group wanted/> }).collect_view()}
            </div>
        </Frame>
    }
}

#[component]
fn Roots() -> impl IntoView {
    let row = |(name, about): &(&'static str, &'static str)| {
        view! {
            <div class="grid gap-x-4 gap-y-1 py-2.5 md:grid-cols-[220px_minmax(0,1fr)]">
                <dt><code class="mono text-label break-words">{*name}</code></dt>
                <dd class="text-body text-muted">{*about}</dd>
            </div>
        }
    };
    view! { <Card title="Data"><dl class="divide-y divide-line">{ROOTS.iter().map(row).collect_view()}</dl></Card> }
}

#[component]
fn Entries(group: &'static Group, wanted: RwSignal<String>) -> impl IntoView {
    let found = move || {
        let wanted = wanted.get().trim().to_lowercase();
        let fits = |entry: &&Entry| {
            [entry.signature, entry.about, group.title].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        group.entries.iter().filter(fits).collect::<Vec<_>>()
    };
    move || {
        let found = found();
        (!found.is_empty()).then(|| {
            let rows = found.into_iter().map(|entry| view! { <EntryRow entry/> }).collect_view();
            view! { <Card title=group.title><dl class="divide-y divide-line">{rows}</dl></Card> }
        })
    }
}

#[component]
fn EntryRow(entry: &'static Entry) -> impl IntoView {
    view! {
        <div class="grid gap-x-4 gap-y-1 py-2.5 md:grid-cols-[220px_minmax(0,1fr)]">
            <dt><code class="mono text-label break-words">{entry.signature}</code></dt>
            <dd class="min-w-0">
                <p class="text-body">{entry.about}</p>
                <p class="mono mt-1 text-label break-words text-muted">{entry.example}" → "{entry.result}</p>
            </dd>
        </div>
    }
}
