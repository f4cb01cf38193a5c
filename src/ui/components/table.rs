//! Tables with a line between rows; they scroll sideways on their own where the screen is narrow.

use leptos::prelude::*;

/// `head` holds `HeadCell`s, the children are `<tr>` rows of `Cell`s. `label` names the table for screen readers.
#[component]
pub fn Table(#[prop(into)] label: String, head: Children, children: Children) -> impl IntoView {
    view! {
        <div class="relative overflow-x-auto rounded-xl border border-line bg-surface" tabindex="0" role="region" aria-label=label>
            <table class="w-full border-collapse text-left text-body [&_tbody_tr]:border-t [&_tbody_tr]:border-line [&_tbody_tr:hover]:bg-hover">
                <thead><tr>{head()}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

#[component]
pub fn HeadCell(#[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! { <th scope="col" class="px-4 py-2.5 text-label font-medium whitespace-nowrap text-muted">{children.map(|children| children())}</th> }
}

#[component]
pub fn Cell(#[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! { <td class="px-4 py-2.5 align-middle">{children.map(|children| children())}</td> }
}
