//! The pages of a section, as links in the bar above them.

use leptos::prelude::*;

/// What a page is called, its address, and whether it is the one that is open.
pub type Tab = (&'static str, String, bool);

#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let tab = |(name, href, is_open): Tab| {
        let tint = if is_open { "border-accent text-fg" } else { "border-transparent text-muted hover:text-fg" };
        view! {
            <a
                href=href
                aria-current=is_open.then_some("page")
                class=format!("-mb-px flex h-11 items-center border-b-2 px-1 text-body font-medium transition-colors md:h-14 {tint}")
            >
                {name}
            </a>
        }
    };
    view! { <nav aria-label=label class="flex gap-6">{tabs.into_iter().map(tab).collect_view()}</nav> }
}
