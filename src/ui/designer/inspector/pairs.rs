//! Names and values, such as headers: a row each, stored as a JSON object.

use leptos::prelude::*;
use serde_json::{Map, Value};

use super::{field::text_of, node::Subject};
use crate::{
    domain::task::Field,
    ui::components::{Button, Icon, IconButton, Look},
};

/// A row while it is edited: its name may be empty or taken for a moment.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    id: u32,
    name: String,
    /// As it is stored; a value that somebody types is text.
    value: Value,
}

fn rows_of(value: Option<&Value>) -> Vec<Row> {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    (1..).zip(pairs).map(|(id, (name, value))| Row { id, name: name.clone(), value: value.clone() }).collect()
}

/// Rows without a name do not count yet.
fn object_of(rows: &[Row]) -> Value {
    let named = rows.iter().filter(|row| !row.name.is_empty());
    let object: Map<String, Value> = named.map(|row| (row.name.clone(), row.value.clone())).collect();
    if object.is_empty() { Value::Null } else { Value::Object(object) }
}

#[component]
pub fn PairsField(subject: Subject, field: &'static Field) -> impl IntoView {
    let stored = subject.read(move |node| node.parameters.get(field.name).cloned());
    let rows = RwSignal::new(stored.with_untracked(|value| rows_of(value.as_ref())));
    Effect::new(move |_| {
        // Undo and paste change the stored value behind the rows' back.
        let stored = stored.get();
        if rows.with_untracked(|rows| object_of(rows)) != stored.clone().unwrap_or(Value::Null) {
            rows.set(rows_of(stored.as_ref()));
        }
    });
    let change = Callback::new(move |(id, next): (u32, Option<Row>)| {
        rows.update(|rows| match next {
            Some(next) => rows.iter_mut().filter(|row| row.id == id).for_each(|row| *row = next.clone()),
            None => rows.retain(|row| row.id != id),
        });
        subject.editor.set_parameter(&subject.id.get_value(), field.name, rows.with_untracked(|rows| object_of(rows)));
    });
    let add = move |_| {
        rows.update(|rows| {
            let id = rows.iter().map(|row| row.id).max().unwrap_or(0) + 1;
            rows.push(Row { id, name: String::new(), value: Value::from("") });
        })
    };
    let line = move |row: Row| view! { <Line row rows change/> };
    view! {
        <div class="flex flex-col gap-1.5" role="group" aria-label=field.label>
            <span class="text-label text-muted">{field.label}</span>
            <p class="text-caption text-muted empty:hidden">{field.help}</p>
            <For each=move || rows.get() key=|row| row.id children=line/>
            <p class="text-caption text-bad-text empty:hidden">{move || subject.problem(field.name).get()}</p>
            <span><Button look=Look::Quiet icon=Icon::Plus on_click=Callback::new(add)>"Add"</Button></span>
        </div>
    }
}

#[component]
fn Line(row: Row, rows: RwSignal<Vec<Row>>, change: Callback<(u32, Option<Row>)>) -> impl IntoView {
    let id = row.id;
    let now = move || rows.with(|rows| rows.iter().find(|row| row.id == id).cloned());
    let edited = move |edit: &dyn Fn(&mut Row)| {
        if let Some(mut row) = untrack(now) {
            edit(&mut row);
            change.run((id, Some(row)));
        }
    };
    view! {
        <div class="flex items-center gap-1.5">
            <input
                class="control mono min-w-0 flex-2"
                aria-label="Name"
                placeholder="Name"
                spellcheck="false"
                prop:value=move || now().map(|row| row.name)
                on:input=move |event| edited(&|row| row.name = event_target_value(&event))
            />
            <input
                class="control mono min-w-0 flex-3"
                aria-label="Value"
                placeholder="Value"
                spellcheck="false"
                prop:value=move || now().map(|row| text_of(Some(&row.value)))
                on:input=move |event| edited(&|row| row.value = event_target_value(&event).into())
            />
            <IconButton icon=Icon::Close label="Remove" on_click=Callback::new(move |_| change.run((id, None)))/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_an_object_and_back_and_unnamed_rows_do_not_count() {
        let value = serde_json::json!({"X-A": "1", "X-B": "{{ input.b }}", "X-C": 3});
        let mut rows = rows_of(Some(&value));
        assert_eq!(object_of(&rows), value);
        rows.push(Row { id: 9, name: String::new(), value: "x".into() });
        assert_eq!(object_of(&rows), value);
        assert_eq!(object_of(&[]), Value::Null);
    }
}
