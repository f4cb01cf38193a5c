//! The question of a task run that waits for a person, with the two answers.

use leptos::prelude::*;

use super::follow::LiveExecution;
use crate::{
    api::executions::decide_approval,
    domain::{event::WaitsFor, id::RunId, workflow::Node},
    ui::components::{Button, Icon, Look, TextField, Toasts},
};

/// Nothing unless the node waits for an approval. Inside of a loop one after the other.
#[component]
pub fn Approval(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let asked = Memo::new(move |_| {
        live.state.with(|state| {
            let runs = node.with_value(|node| {
                state.runs(&node.id).map(|(id, run)| (id.clone(), run.waits_for.clone())).collect::<Vec<_>>()
            });
            runs.into_iter().find_map(|(id, waits_for)| match waits_for {
                Some(WaitsFor::Approval { message }) => Some((id, message)),
                _ => None,
            })
        })
    });
    move || asked.get().map(|(run, message)| view! { <Question live run message/> })
}

#[component]
fn Question(live: LiveExecution, run: RunId, message: String) -> impl IntoView {
    let toasts = Toasts::get();
    let id = live.summary.with_value(|summary| summary.id);
    let comment = RwSignal::new(String::new());
    let decide = Action::new(move |approved: &bool| {
        let (run, approved) = (run.clone(), *approved);
        async move {
            if let Err(error) = decide_approval(id, run, approved, comment.get_untracked()).await {
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
            <TextField name="comment" label="Comment" value=comment on_input=Callback::new(move |text| comment.set(text))/>
            <div class="flex gap-2">
                <Button look=Look::Primary icon=Icon::Check on_click=answer(true) disabled=decide.pending()>"Approve"</Button>
                <Button look=Look::Danger icon=Icon::Close on_click=answer(false) disabled=decide.pending()>"Reject"</Button>
            </div>
        </section>
    }
}
