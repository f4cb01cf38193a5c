//! Surfaces: a card for a group of things, a notice for a sentence that matters.

use leptos::prelude::*;

use super::{Icon, Tone};

/// A group on a surface with a line around it; with `title`, a heading above its content.
#[component]
pub fn Card(#[prop(optional, into)] title: String, children: Children) -> impl IntoView {
    let heading =
        (!title.is_empty()).then(|| view! { <h2 class="px-5 pt-4 pb-1 text-lead font-semibold">{title}</h2> });
    view! {
        <section class="rounded-xl border border-line bg-surface">
            {heading}
            <div class="px-5 py-4">{children()}</div>
        </section>
    }
}

/// A sentence in the colour of what it means: what happened, why, what to do.
#[component]
pub fn Notice(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    let icon = match tone {
        Tone::Bad | Tone::Wait => Icon::Warning,
        Tone::Ok => Icon::Check,
        _ => Icon::Info,
    };
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    view! {
        <div role=role class=format!("flex gap-2.5 rounded-lg px-3 py-2.5 text-body {}", tone.pill())>
            <span class="mt-0.5">{icon.view("")}</span>
            <div class="min-w-0">{children()}</div>
        </div>
    }
}
