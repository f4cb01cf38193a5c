//! What the workflows of a workspace share: reusable tasks, variables, and what expressions can call.

mod expressions;
mod tasks;
mod variable_dialog;
mod variables;

use leptos::prelude::*;

pub use self::{expressions::ExpressionsPage, tasks::LibraryPage, variables::VariablesPage};
use super::components::Tabs;

/// The pages of the section.
#[derive(Clone, Copy, PartialEq)]
enum Tab {
    Tasks,
    Variables,
    Expressions,
}

#[component]
fn LibraryTabs(current: Tab) -> impl IntoView {
    let tabs = [
        (Tab::Tasks, "Tasks", "/library"),
        (Tab::Variables, "Variables", "/library/variables"),
        (Tab::Expressions, "Expressions", "/library/expressions"),
    ];
    let tabs = Vec::from(tabs.map(|(tab, label, href)| (label, href.to_owned(), tab == current)));
    view! { <Tabs label="Library" tabs/> }
}
