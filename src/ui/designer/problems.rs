//! What keeps the workflow from being published; a click leads there.

use leptos::prelude::*;

use super::editor::Editor;
use crate::{
    domain::problem::Problem,
    ui::components::{Icon, Tone},
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
    let heading = move || match editor.problems.with(Vec::len) {
        1 => "1 problem to solve before publishing".to_owned(),
        count => format!("{count} problems to solve before publishing"),
    };
    view! {
        <Show when=move || editor.problems.with(|problems| !problems.is_empty())>
            <section aria-label="Problems" class="mt-5">
                <h2 class="mb-1 text-label font-semibold">{heading}</h2>
                <ul class="-mx-2">{move || editor.problems.get().into_iter().map(line).collect_view()}</ul>
            </section>
        </Show>
    }
}
