//! What is wrong and what to do, above everything else on the page of an execution.

use leptos::prelude::*;

use super::{clock::span, diagnosis::Diagnosis, follow::LiveExecution};
use crate::ui::components::{Notice, Tone};

#[component]
pub fn DiagnosisNotice(live: LiveExecution) -> impl IntoView {
    let diagnosis = Memo::new(move |_| {
        live.workflow.with_value(|workflow| live.state.with(|state| Diagnosis::of(workflow, state)))
    });
    move || diagnosis.get().map(|found| view! { <Found live found/> })
}

#[component]
fn Found(live: LiveExecution, found: Diagnosis) -> impl IntoView {
    let (id, workflow) = live.summary.with_value(|summary| (summary.id, summary.workflow_id));
    let designer = found.is_failure.then(|| found.designer(workflow)).flatten();
    let look = found.node.as_ref().map(|node| {
        let href = format!("/executions/{id}?node={node}");
        view! { <a href=href data-noscroll="true" class="font-medium underline underline-offset-2">"Show what it did"</a> }
    });
    let mend = designer.map(|href| {
        view! { <a href=href class="font-medium underline underline-offset-2">"Open it in the designer"</a> }
    });
    // Not spoken: a screen reader would say nothing else.
    let countdown = found.due_at.map(|due_at| {
        let left = move || match due_at - live.now() {
            left if left.num_milliseconds() > 0 => format!(" in {}.", span(left)),
            _ => " now.".to_owned(),
        };
        view! { <span class="tabular" aria-live="off">{left}</span> }
    });
    let tone = if found.is_failure { Tone::Bad } else { Tone::Wait };
    view! {
        <div class="shrink-0 border-b border-line bg-surface px-4 py-3">
            <Notice tone>
                <p><strong class="font-semibold">{found.what}" "</strong><span class="break-words">{found.why}</span></p>
                <p class="mt-0.5">{found.advice}{countdown}</p>
                <p class="mt-1 flex flex-wrap gap-x-4">{look}{mend}</p>
            </Notice>
        </div>
    }
}
