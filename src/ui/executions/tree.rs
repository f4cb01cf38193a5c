//! JSON as a tree that opens and closes. Small values are all in the page, so they read without JavaScript too;
//! the insides of big ones are made when somebody opens them.

use leptos::prelude::*;
use serde_json::Value;

use crate::{
    domain::payload,
    ui::components::{Button, Look},
};

/// Levels that are open at first.
const OPEN_LEVELS: usize = 2;
/// Members of an object or list shown at a time.
const PORTION: usize = 100;
/// Longer texts are shown to this length until somebody asks for the rest.
const TEXT_CHARS: usize = 600;

/// `lazy`: make the inside of what is closed only once it is opened.
#[component]
pub fn Tree(value: Value, #[prop(optional)] lazy: bool) -> impl IntoView {
    view! {
        <div class="mono overflow-x-auto rounded-lg border border-line bg-canvas px-3 py-2 leading-5" tabindex="0" role="region" aria-label="Data">
            {branch(None, value, Place { level: 0, lazy })}
        </div>
    }
}

#[derive(Clone, Copy)]
struct Place {
    level: usize,
    lazy: bool,
}

fn branch(key: Option<String>, value: Value, place: Place) -> AnyView {
    if let Some(cut) = payload::cut(&value) {
        return leaf(key, Value::String(format!("{}…", cut.preview))).into_any();
    }
    match value {
        Value::Object(members) if !members.is_empty() => {
            let count = if members.len() == 1 { "1 field".to_owned() } else { format!("{} fields", members.len()) };
            let members = members.into_iter().map(|(key, value)| (Some(key), value)).collect();
            folder(key, count, members, place).into_any()
        }
        Value::Array(items) if !items.is_empty() => {
            let count = if items.len() == 1 { "1 item".to_owned() } else { format!("{} items", items.len()) };
            let items = items.into_iter().enumerate().map(|(at, value)| (Some(at.to_string()), value)).collect();
            folder(key, count, items, place).into_any()
        }
        leaf_value => leaf(key, leaf_value).into_any(),
    }
}

fn folder(key: Option<String>, count: String, members: Vec<(Option<String>, Value)>, place: Place) -> impl IntoView {
    let starts_open = place.level < OPEN_LEVELS;
    let opened = RwSignal::new(starts_open || !place.lazy);
    let members = StoredValue::new(members);
    let inside = move || opened.get().then(|| view! { <Members members place/> });
    view! {
        <details open=starts_open on:toggle=move |_| opened.set(true)>
            <summary class="-mx-1 rounded px-1 hover:bg-hover">
                {name(key)}<span class="text-muted">{count}</span>
            </summary>
            <div class="ml-1 border-l border-line pl-3">{inside}</div>
        </details>
    }
}

#[component]
fn Members(members: StoredValue<Vec<(Option<String>, Value)>>, place: Place) -> AnyView {
    let total = members.with_value(Vec::len);
    let shown = RwSignal::new(PORTION.min(total));
    let below = Place { level: place.level + 1, ..place };
    let member = move |at: usize| {
        let (key, value) = members.with_value(|members| members[at].clone());
        branch(key, value, below)
    };
    let more = move || {
        let next = PORTION.min(total - shown.get());
        (next > 0).then(|| {
            let show = Callback::new(move |_| shown.update(|shown| *shown = (*shown + PORTION).min(total)));
            view! { <Button look=Look::Quiet on_click=show>{format!("Show {next} more of {total}")}</Button> }
        })
    };
    view! {
        <For each=move || 0..shown.get() key=|at| *at children=member/>
        {more}
    }
    .into_any()
}

fn leaf(key: Option<String>, value: Value) -> impl IntoView {
    let (class, text) = match value {
        Value::String(text) => ("break-words whitespace-pre-wrap", text),
        Value::Number(number) => ("text-accent-strong", number.to_string()),
        Value::Bool(is) => ("text-accent-strong", is.to_string()),
        Value::Null => ("text-muted", "null".to_owned()),
        Value::Object(_) => ("text-muted", "no fields".to_owned()),
        Value::Array(_) => ("text-muted", "no items".to_owned()),
    };
    view! { <div class="pl-3">{name(key)}<LongText class text/></div> }
}

#[component]
fn LongText(class: &'static str, text: String) -> impl IntoView {
    let is_long = text.chars().nth(TEXT_CHARS).is_some();
    let beginning: String = text.chars().take(TEXT_CHARS).collect();
    let whole = RwSignal::new(!is_long);
    let shown = move || if whole.get() { text.clone() } else { format!("{beginning}…") };
    let more = move || {
        (!whole.get()).then(|| {
            view! { <Button look=Look::Quiet on_click=Callback::new(move |_| whole.set(true))>"Show all of it"</Button> }
        })
    };
    view! { <span class=class>{shown}</span>{more} }
}

fn name(key: Option<String>) -> Option<impl IntoView> {
    key.map(|key| view! { <span class="text-muted">{key}": "</span> })
}
