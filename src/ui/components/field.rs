//! Labelled text inputs with help and error.

use leptos::prelude::*;

use super::raw_text;

/// Label above, help or error below; the control inside points at them with `aria-describedby = "{id}-note"`.
#[component]
pub fn FieldFrame(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] required: bool,
    children: Children,
) -> impl IntoView {
    let note_id = format!("{id}-note");
    let mark = required.then(|| view! { <span class="text-bad-text" aria-hidden="true">" *"</span> });
    let note = move || match error.get() {
        Some(error) => Some(view! { <span class="text-bad-text">{error}</span> }.into_any()),
        None if help.is_empty() => None,
        None => Some(view! { <span class="text-muted">{help.clone()}</span> }.into_any()),
    };
    view! {
        <div class="flex flex-col gap-1.5">
            <label for=id class="text-label text-muted">{label}{mark}</label>
            {children()}
            <p id=note_id class="text-caption empty:hidden">{note}</p>
        </div>
    }
}

/// One line of text. `name` is also its id and, in a form, the name it is sent under.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
    #[prop(optional, into)] help: String,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let note = format!("{name}-note");
    let (id, first) = (name.clone(), value.get_untracked());
    view! {
        <FieldFrame id=name.clone() label help error required>
            <input
                id=id
                name=name
                type=kind
                class="control"
                class:mono=mono
                value=first
                prop:value=move || value.get()
                placeholder=placeholder
                autocomplete=autocomplete
                required=required
                disabled=move || disabled.get()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
                on:input=move |event| { if let Some(on_input) = on_input { on_input.run(event_target_value(&event)) } }
            />
        </FieldFrame>
    }
}

/// Text of several lines.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
    #[prop(optional, into)] help: String,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(default = 4)] rows: u8,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let note = format!("{name}-note");
    let (id, first) = (name.clone(), value.get_untracked());
    view! {
        <FieldFrame id=name.clone() label help error required>
            <textarea
                id=id
                name=name
                class="control"
                class:mono=mono
                rows=rows.to_string()
                spellcheck=if mono { "false" } else { "true" }
                prop:value=move || value.get()
                placeholder=placeholder
                required=required
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
                on:input=move |event| { if let Some(on_input) = on_input { on_input.run(event_target_value(&event)) } }
            >
                {raw_text(first)}
            </textarea>
        </FieldFrame>
    }
}
