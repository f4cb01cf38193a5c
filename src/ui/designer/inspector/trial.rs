//! Trying one node, everything up to it, or everything from it on, without leaving the designer: the data then stands in
//! the panes.

use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use super::node::Subject;
use crate::{
    api::executions::try_node,
    domain::{execution::ExecutionStatus, id::ExecutionId, trial::Reach},
    ui::{
        components::{Button, Icon, Look, Notice, Tone},
        designer::run,
    },
};

#[component]
pub fn Trial(subject: Subject) -> impl IntoView {
    let editor = subject.editor;
    let (busy, result) = (RwSignal::new(false), RwSignal::new(None::<Result<String, String>>));
    let waits = RwSignal::new(None::<ExecutionId>);
    let begin = move |reach: Reach| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        result.set(None);
        waits.set(None);
        let go_on = Callback::new(move |saved: bool| {
            if !saved {
                busy.set(false);
                return result.set(Some(Err("The draft could not be saved, so nothing was tried.".to_owned())));
            }
            spawn_local(async move {
                let input = run::sample(editor).unwrap_or(Value::Null);
                let past = subject.data.execution();
                // One node by itself is looked at in the panes; there is nothing to be held in between.
                let breakpoints = if reach == Reach::Only { Vec::new() } else { untrack(|| editor.breakpoints()) };
                match try_node(editor.id, subject.id.get_value(), reach, input, past, breakpoints).await {
                    Ok(execution) => {
                        let ended = Callback::new(move |status| {
                            busy.try_set(false);
                            waits.try_set((status == ExecutionStatus::Waiting).then_some(execution));
                            result.try_set(Some(told(subject, status)));
                        });
                        subject.data.follow(editor, execution, ended);
                    }
                    Err(error) => {
                        let first = error.problems.first().map(|problem| format!(" {}", problem.message));
                        busy.try_set(false);
                        result.try_set(Some(Err(format!("{}{}", error.detail, first.unwrap_or_default()))));
                    }
                }
            });
        });
        editor.saver.then(editor.workflow, go_on);
    };
    let note = move || {
        result.get().map(|result| match result {
            Ok(text) => view! { <Notice tone=Tone::Ok>{text}</Notice> }.into_any(),
            Err(text) => view! { <Notice tone=Tone::Bad><span class="break-words">{text}</span></Notice> }.into_any(),
        })
    };
    let link = move || {
        let href = format!("/executions/{}", waits.get()?);
        Some(view! { <a class="text-label text-accent-strong hover:underline" href=href>"Open the execution"</a> })
    };
    view! {
        <Show when=move || editor.editable>
            <div class="flex flex-col gap-2 border-b border-line px-4 py-3">
                <div class="flex flex-wrap gap-2">
                    <Button icon=Icon::Play disabled=busy on_click=Callback::new(move |_| begin(Reach::Only))>"Test"</Button>
                    <Button look=Look::Quiet disabled=busy on_click=Callback::new(move |_| begin(Reach::UpTo))>"Run up to here"</Button>
                    <Button look=Look::Quiet disabled=busy on_click=Callback::new(move |_| begin(Reach::From))>"Run from here"</Button>
                </div>
                {note}
                {link}
            </div>
        </Show>
    }
}

fn told(subject: Subject, status: ExecutionStatus) -> Result<String, String> {
    let reason = || subject.data.get().and_then(|data| data.reason(&subject.id.get_value()));
    match status {
        ExecutionStatus::Succeeded => Ok("It succeeded. Its output is under Output.".to_owned()),
        ExecutionStatus::Failed => Err(reason().unwrap_or_else(|| "It failed.".to_owned())),
        ExecutionStatus::Waiting => Ok("It waits: a breakpoint holds it, or it asks for an answer.".to_owned()),
        other => Err(format!("It ended as {}.", other.name())),
    }
}
