//! A question in front of the page, on the browser's own `<dialog>`: focus stays inside, Escape closes.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use super::{Icon, IconButton};

/// The first field takes the focus, not the button that closes; without fields, the dialog itself.
fn focus_first(dialog: &web_sys::HtmlDialogElement) {
    let field = dialog.query_selector("input, textarea, select").ok().flatten();
    match field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(field) => drop(field.focus()),
        None => drop(dialog.focus()),
    }
}

/// Shows its children while `open` is true, and sets it to false when it is closed. `wide` for lists and JSON.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: String,
    #[prop(optional)] wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        match (open.get(), dialog.open()) {
            // A browser refuses only when the dialog is already shown or not in the page; both leave nothing to do.
            (true, false) => {
                drop(dialog.show_modal());
                request_animation_frame(move || focus_first(&dialog));
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let close = move |_| open.set(false);
    let on_backdrop = move |event: leptos::ev::MouseEvent| {
        let is_backdrop =
            element.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref()));
        if is_backdrop {
            open.set(false);
        }
    };
    let name = title.clone();
    view! {
        <dialog
            node_ref=element
            class="sheet focus:outline-none"
            tabindex="-1"
            style=if wide { "--sheet-width: 720px" } else { "" }
            aria-label=name
            on:close=move |_| open.set(false)
            on:mousedown=on_backdrop
        >
            <header class="flex items-center justify-between gap-4 px-5 pt-4 pb-2">
                <h2 class="text-title font-semibold">{title}</h2>
                <IconButton icon=Icon::Close label="Close" on_click=Callback::new(close)/>
            </header>
            <div class="min-h-0 overflow-y-auto px-5 pb-5">
                <Show when=move || open.get()>{children()}</Show>
            </div>
        </dialog>
    }
}
