//! A key, as it is printed on the keyboard.

use leptos::prelude::*;

#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    view! {
        <kbd class="mono inline-grid h-5 min-w-5 place-items-center rounded-[5px] border border-line bg-hover px-1 text-[11px] text-muted">
            {keys}
        </kbd>
    }
}
