//! A payload on the page: its tree, a button that copies it, and where it came cut, one that fetches all of it.

use std::{future::Future, pin::Pin, sync::Arc};

use leptos::prelude::*;
use serde_json::Value;

use super::tree::Tree;
use crate::{
    api::ApiError,
    domain::payload::cut_bytes,
    ui::components::{Button, Icon, IconButton, Look, Notice, Toasts, Tone},
};

/// Fetches the whole of a payload that came cut.
pub type Fetch = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Value, ApiError>> + Send>> + Send + Sync>;

/// A heading and the value below it; closed at first where `closed`.
#[component]
pub fn Payload(
    #[prop(into)] label: String,
    value: Value,
    #[prop(optional, into)] fetch: Option<Fetch>,
    #[prop(optional)] closed: bool,
) -> impl IntoView {
    let whole = RwSignal::new(None::<Value>);
    let failure = RwSignal::new(None::<String>);
    let current = StoredValue::new(value);
    let toasts = Toasts::get();
    let copy = move |_| copy(&whole.get_untracked().unwrap_or_else(|| current.get_value()), toasts);
    let body = move || match whole.get() {
        Some(value) => view! { <Tree value lazy=true/> }.into_any(),
        None => view! {
            <Tree value=current.get_value()/>
            {current.with_value(cut_bytes).map(|bytes| rest(bytes, fetch.clone(), whole, failure))}
        }
        .into_any(),
    };
    let sentence = move || failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> });
    view! {
        <div class="relative">
            // Beside the summary, not inside: what can be pressed may not hold something else that can.
            <div class="absolute top-0.5 right-0">
                <IconButton icon=Icon::Copy label=format!("Copy {}", label.to_lowercase()) on_click=Callback::new(copy)/>
            </div>
            <details open=!closed class="group/payload">
                <summary class="mr-10 flex h-9 list-none items-center gap-1.5 text-label font-medium text-muted">
                    <span class="transition-transform group-open/payload:rotate-90">{Icon::ChevronRight.view("size-3.5")}</span>
                    <h3 class="font-medium">{label.clone()}</h3>
                </summary>
                {sentence}
                {body}
            </details>
        </div>
    }
}

/// How much there is, and the way to it.
fn rest(
    bytes: usize,
    fetch: Option<Fetch>,
    whole: RwSignal<Option<Value>>,
    failure: RwSignal<Option<String>>,
) -> impl IntoView {
    let load = fetch.map(|fetch| {
        let load = Action::new(move |(): &()| {
            let fetched = fetch();
            async move {
                match fetched.await {
                    Ok(value) => whole.set(Some(value)),
                    Err(error) => failure.set(Some(error.detail)),
                }
            }
        });
        let press = Callback::new(move |_| {
            load.dispatch(());
        });
        view! { <Button look=Look::Secondary icon=Icon::Download on_click=press disabled=load.pending()>"Load all of it"</Button> }
    });
    view! {
        <div class="mt-2 flex items-center justify-between gap-2 text-label text-muted">
            <span>{size(bytes)}", shown in part"</span>
            {load}
        </div>
    }
}

/// `734 bytes`, `12 KB`, `3.4 MB`.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn copy(value: &Value, toasts: Toasts) {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let clipboard = window().navigator().clipboard();
    // Without HTTPS browsers have no clipboard; asking it for anything would throw.
    if clipboard.is_undefined() {
        toasts.fail("This browser lets pages copy only over HTTPS. Select the text and copy it.");
        return;
    }
    drop(clipboard.write_text(&text));
    toasts.say("Copied.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_a_unit_that_fits() {
        assert_eq!([size(734), size(12_345), size(3_400_000)], ["734 bytes", "12 KB", "3.4 MB"]);
    }
}
