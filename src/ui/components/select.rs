//! A choice from a list, on the browser's own `<select>`.

use leptos::prelude::*;

use super::FieldFrame;

/// One of `options` (value, label). The options may change; the value stays shown.
#[component]
pub fn Select(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] help: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let note = format!("{name}-note");
    let id = name.clone();
    let choices = move || {
        let chosen = value.get();
        options.get().into_iter().map(|(key, label)| option(key, label, &chosen)).collect_view()
    };
    view! {
        <FieldFrame id=name.clone() label help error required>
            <select
                id=id
                name=name
                class="control"
                required=required
                disabled=move || disabled.get()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=note
                on:change=move |event| { if let Some(on_change) = on_change { on_change.run(event_target_value(&event)) } }
            >
                {choices}
            </select>
        </FieldFrame>
    }
}

fn option(key: String, label: String, chosen: &str) -> impl IntoView + use<> {
    let selected = key == chosen;
    view! { <option value=key selected=selected>{label}</option> }
}
