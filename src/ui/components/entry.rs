//! A labelled input that leaves its text to the browser: what a password manager or a quick hand filled in before the
//! page was awake stays. Read it when the form is sent.

use leptos::{html, prelude::*};

use super::FieldFrame;

/// The text of an input and its place in the page.
pub type EntryRef = NodeRef<html::Input>;

/// `name` is also the id. `kind` and `autocomplete` are the input's attributes.
#[component]
pub fn Entry(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    input: EntryRef,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] help: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = 256)] max_length: u16,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let note = format!("{name}-note");
    let id = name.clone();
    view! {
        <FieldFrame id=name.clone() label help error required>
            <input
                node_ref=input
                id=id
                name=name
                type=kind
                class="control"
                value=value
                autocomplete=autocomplete
                maxlength=max_length.to_string()
                required=required
                autofocus=autofocus
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
            />
        </FieldFrame>
    }
}

/// What stands in the input now.
pub fn text(input: EntryRef) -> String {
    input.get_untracked().map(|input| input.value()).unwrap_or_default()
}

/// Empties the input.
pub fn clear(input: EntryRef) {
    if let Some(input) = input.get_untracked() {
        input.set_value("");
    }
}
