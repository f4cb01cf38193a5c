//! What keeps the workflow from being published; a click leads there.

use leptos::prelude::*;

use super::editor::Editor;
use crate::{
    domain::problem::Problem,
    ui::{
        canvas::Selection,
        components::{Icon, Tone},
    },
};

#[component]
pub fn Problems(editor: Editor) -> impl IntoView {
    let line = move |problem: Problem| {
        let name = problem
            .node
            .as_ref()
            .and_then(|id| editor.workflow.with(|workflow| workflow.node(id).map(|node| node.name.clone())));
        let target = problem.clone();
        view! {
            <li>
                <button
                    type="button"
                    class="flex w-full items-start gap-2 rounded-lg px-2 py-1.5 text-left hover:bg-hover"
                    on:click=move |_| editor.go_to(&target)
                >
                    <span class=format!("mt-0.5 {}", Tone::Wait.text())>{Icon::Warning.view("size-3.5")}</span>
                    <span class="min-w-0 text-label">
                        {name.map(|name| view! { <b class="block font-medium">{name}</b> })}
                        <span class="block text-muted">{problem.message}</span>
                    </span>
                </button>
            </li>
        }
    };
    let heading = move || format!("{} to solve before publishing", count(editor));
    view! {
        <Show when=move || editor.problems.with(|problems| !problems.is_empty())>
            <section aria-label="Problems" class="mt-5">
                <h2 class="mb-1 text-label font-semibold">{heading}</h2>
                <ul class="-mx-2">{move || editor.problems.get().into_iter().map(line).collect_view()}</ul>
            </section>
        </Show>
    }
}

/// How many there are, on the canvas while a node hides the list; a click leads back to it.
#[component]
pub fn ProblemMark(editor: Editor) -> impl IntoView {
    let list_is_hidden = move || {
        editor.scene.selection.with(|selection| selection.only_node().is_some()) && !editor.problems.read().is_empty()
    };
    view! {
        <Show when=list_is_hidden>
            <button
                type="button"
                class="absolute top-4 right-4 flex h-8 items-center gap-1.5 rounded-lg border border-line bg-surface px-2.5 text-label text-wait-text hover:bg-hover"
                on:click=move |_| editor.scene.select(Selection::default())
            >
                {Icon::Warning.view("size-3.5")}
                {move || count(editor)}
            </button>
        </Show>
    }
}

fn count(editor: Editor) -> String {
    match editor.problems.with(Vec::len) {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    }
}
