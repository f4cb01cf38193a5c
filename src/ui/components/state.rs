//! Empty, loading and failed: designed once, used by every view.

use leptos::prelude::*;

use super::{Button, Icon, Look};

/// Nothing here yet: what this is and what to do next. Children: one button, or a few choices.
#[component]
pub fn EmptyState(
    icon: Icon,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center">
            <span class="mb-4 grid size-12 place-items-center rounded-xl border border-line bg-surface text-muted">
                {icon.view("size-5")}
            </span>
            <h2 class="text-title font-semibold">{title}</h2>
            <p class="mt-1 mb-5 text-body text-muted">{text}</p>
            {children.map(|children| view! { <div class="flex flex-wrap justify-center gap-2">{children()}</div> })}
        </div>
    }
}

/// It did not work: what happened and what to do. With `retry`, a button that tries again.
#[component]
pub fn ErrorState(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional, into)] retry: Option<Callback<()>>,
) -> impl IntoView {
    let again = retry.map(|retry| {
        view! { <Button look=Look::Secondary icon=Icon::Retry on_click=Callback::new(move |_| retry.run(()))>"Try again"</Button> }
    });
    view! {
        <div role="alert" class="mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center">
            <span class="mb-4 grid size-12 place-items-center rounded-xl bg-bad-soft text-bad-text">
                {Icon::Warning.view("size-5")}
            </span>
            <h2 class="text-title font-semibold">{title}</h2>
            <p class="mt-1 mb-5 text-body text-muted">{text}</p>
            {again}
        </div>
    }
}

/// Grey bars in place of `rows` lines that are on their way.
#[component]
pub fn Skeleton(#[prop(default = 4)] rows: usize) -> impl IntoView {
    let bars = (0..rows).map(|_| view! { <div class="skeleton h-11"></div> }).collect_view();
    view! {
        <div role="status" aria-label="Loading" class="flex flex-col gap-2.5">{bars}</div>
    }
}
