//! What the workflows of a workspace share: reusable tasks, variables, and what expressions can call.

mod expressions;
mod tasks;
mod variable_dialog;
mod variables;

use leptos::prelude::*;

pub use self::{expressions::ExpressionsPage, tasks::LibraryPage, variables::VariablesPage};

/// The pages of the section.
#[derive(Clone, Copy, PartialEq)]
enum Tab {
    Tasks,
    Variables,
    Expressions,
}

#[component]
fn LibraryTabs(current: Tab) -> impl IntoView {
    let tab = move |(tab, label, href): (Tab, &'static str, &'static str)| {
        let tint = if tab == current { "border-accent text-fg" } else { "border-transparent text-muted hover:text-fg" };
        view! {
            <a
                href=href
                aria-current=(tab == current).then_some("page")
                class=format!("-mb-px flex h-11 items-center border-b-2 px-1 text-body font-medium transition-colors md:h-14 {tint}")
            >
                {label}
            </a>
        }
    };
    let tabs = [
        (Tab::Tasks, "Tasks", "/library"),
        (Tab::Variables, "Variables", "/library/variables"),
        (Tab::Expressions, "Expressions", "/library/expressions"),
    ];
    view! { <nav aria-label="Library" class="flex gap-6">{tabs.map(tab).collect_view()}</nav> }
}
