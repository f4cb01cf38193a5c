//! The question of a task run that waits for a person, with the two answers.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde_json::Value;

use super::follow::LiveExecution;
use crate::{
    api::executions::decide_approval,
    domain::{
        event::WaitsFor,
        form::{self, FormField, Takes},
        id::RunId,
        workflow::Node,
    },
    ui::components::{Button, Icon, Look, Select, TextArea, TextField, Toasts},
};

/// What was entered into the form, by the names of its fields.
type Entered = RwSignal<BTreeMap<String, String>>;

/// Nothing unless the node waits for an approval. Inside of a loop one after the other.
#[component]
pub fn Approval(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let asked = Memo::new(move |_| {
        live.state.with(|state| {
            let runs = node.with_value(|node| {
                state.runs(&node.id).map(|(id, run)| (id.clone(), run.waits_for.clone())).collect::<Vec<_>>()
            });
            runs.into_iter().find_map(|(id, waits_for)| match waits_for {
                Some(WaitsFor::Approval { message, form }) => Some((id, message, form)),
                _ => None,
            })
        })
    });
    move || {
        asked.get().map(|(run, message, form)| {
            let fields = form.as_ref().map(form::fields);
            view! { <Question live run message fields/> }
        })
    }
}

#[component]
fn Question(live: LiveExecution, run: RunId, message: String, fields: Option<Vec<FormField>>) -> impl IntoView {
    let toasts = Toasts::get();
    let id = live.summary.with_value(|summary| summary.id);
    let (comment, entered) = (RwSignal::new(String::new()), Entered::new(BTreeMap::new()));
    let blanks = fields.clone().unwrap_or_default();
    let decide = Action::new(move |approved: &bool| {
        let (run, approved) = (run.clone(), *approved);
        let values = match &fields {
            // Whoever rejects says why, and no more.
            Some(fields) if approved => entered.with_untracked(|entered| form::values(fields, entered)),
            _ => Ok(Value::Null),
        };
        async move {
            let decided = match values {
                Ok(values) => decide_approval(id, run, approved, comment.get_untracked(), values).await,
                Err(wrong) => return toasts.fail(wrong),
            };
            if let Err(error) = decided {
                toasts.fail(error.detail);
            }
        }
    });
    let answer = move |approved: bool| {
        Callback::new(move |_| {
            decide.dispatch(approved);
        })
    };
    view! {
        <section aria-label="Approval" class="flex flex-col gap-3 rounded-xl border border-line bg-surface p-3">
            <p class="text-body font-medium break-words whitespace-pre-wrap">{message}</p>
            {blanks.into_iter().map(|field| view! { <Entry field entered/> }).collect_view()}
            <TextField name="comment" label="Comment" value=comment on_input=Callback::new(move |text| comment.set(text))/>
            <div class="flex gap-2">
                <Button look=Look::Primary icon=Icon::Check on_click=answer(true) disabled=decide.pending()>"Approve"</Button>
                <Button look=Look::Danger icon=Icon::Close on_click=answer(false) disabled=decide.pending()>"Reject"</Button>
            </div>
        </section>
    }
}

/// A field of the form. The server judges what is entered.
#[component]
fn Entry(field: FormField, entered: Entered) -> impl IntoView {
    let FormField { name, label, required, takes } = field;
    let (id, key) = (format!("form-{name}"), name.clone());
    let value = Signal::derive(move || entered.with(|all| all.get(&key).cloned().unwrap_or_default()));
    let keep = Callback::new(move |text: String| {
        entered.update(|all| {
            all.insert(name.clone(), text);
        });
    });
    match takes {
        Takes::Text | Takes::Number => view! { <TextField name=id label value on_input=keep required/> }.into_any(),
        Takes::Json => view! { <TextArea name=id label value on_input=keep required mono=true/> }.into_any(),
        Takes::Choice(choices) => {
            let choices = choices.iter().map(|choice| (form::shown(choice), form::shown(choice)));
            let options: Vec<_> = std::iter::once((String::new(), "–".to_owned())).chain(choices).collect();
            view! { <Select name=id label options value on_change=keep required/> }.into_any()
        }
    }
}
