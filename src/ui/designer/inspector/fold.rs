//! A setting folded away behind what it says now; and texts that people type before they mean something.

use leptos::prelude::*;

use crate::ui::components::Icon;

/// A line that says the present setting and opens to change it.
#[component]
pub fn Fold(
    label: &'static str,
    #[prop(into)] now: Signal<String>,
    field: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="group border-b border-line px-4" data-field=field>
            <summary class="flex list-none items-center gap-2 py-2.5 [&::-webkit-details-marker]:hidden">
                <span class="flex-1">{label}</span>
                <span class="tabular truncate text-muted">{move || now.get()}</span>
                <span class="text-muted transition-transform group-open:rotate-90">{Icon::ChevronRight.view("size-3.5")}</span>
            </summary>
            <div class="flex flex-col gap-3 pt-1 pb-4">{children()}</div>
        </details>
    }
}

/// What somebody types, kept as typed while it means nothing yet, and renewed when the value changes elsewhere (undo).
pub fn typed<T: Clone + PartialEq + Send + Sync + 'static>(
    value: Memo<T>,
    show: fn(&T) -> String,
    read: fn(&str) -> Result<T, String>,
) -> RwSignal<String> {
    let text = RwSignal::new(value.with_untracked(show));
    Effect::new(move |_| {
        let is_meant = value.with(|value| read(&text.read_untracked()).as_ref() == Ok(value));
        if !is_meant {
            text.set(value.with_untracked(show));
        }
    });
    text
}
