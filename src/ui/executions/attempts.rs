//! The attempts of a task run: number, start, how long, how it ended; and when the next one is due.

use leptos::prelude::*;

use super::{
    clock::{since_start, span},
    follow::LiveExecution,
};
use crate::{
    domain::state::{Attempt, TaskRun},
    ui::components::Tone,
};

#[component]
pub fn Attempts(live: LiveExecution, run: Memo<Option<TaskRun>>) -> impl IntoView {
    let started_at = live.summary.with_value(|summary| summary.created_at);
    let line = move |attempt: Attempt| {
        let (tone, outcome) = outcome(&attempt);
        let lasted = move || match attempt.finished_at {
            Some(finished_at) => span(finished_at - attempt.started_at),
            None => run
                .with(|run| run.as_ref().and_then(|run| run.finished_at))
                .map_or_else(|| span(live.now() - attempt.started_at), |at| span(at - attempt.started_at)),
        };
        view! {
            <li class="grid grid-cols-[20px_64px_minmax(0,1fr)_auto] items-baseline gap-2 py-1.5 text-body">
                <span class="tabular text-muted">{attempt.number}</span>
                <span class="mono text-muted" title=attempt.started_at.to_rfc3339()>{since_start(attempt.started_at - started_at)}</span>
                <span class=format!("break-words {}", tone.text())>{outcome}</span>
                <span class="tabular text-muted">{lasted}</span>
            </li>
        }
    };
    let attempts = move || run.with(|run| run.as_ref().map(|run| run.attempts.clone()).unwrap_or_default());
    let next = move || {
        let due_at = run.with(|run| run.as_ref().and_then(|run| run.due_at))?;
        let due_in = due_at - live.now();
        let retries = run.with(|run| run.as_ref().is_some_and(TaskRun::is_waiting_for_retry));
        let what = if retries { "Next attempt" } else { "Goes on" };
        let when = if due_in.num_milliseconds() > 0 { format!("in {}", span(due_in)) } else { "now".to_owned() };
        Some(
            view! { <p class="tabular pt-1.5 text-label text-wait-text" title=due_at.to_rfc3339()>{format!("{what} {when}")}</p> },
        )
    };
    let any = move || run.with(|run| run.as_ref().is_some_and(|run| !run.attempts.is_empty()));
    view! {
        <Show when=any>
            <section aria-label="Attempts">
                <h3 class="text-label font-medium text-muted">"Attempts"</h3>
                <ol class="divide-y divide-line">
                    <For each=attempts key=|attempt| (attempt.number, attempt.started_at, attempt.finished_at, attempt.lost) children=line/>
                </ol>
                {next}
            </section>
        </Show>
    }
}

fn outcome(attempt: &Attempt) -> (Tone, String) {
    match attempt {
        Attempt { lost: true, .. } => (Tone::Wait, "Ended with its server".to_owned()),
        Attempt { error: Some(error), .. } => (Tone::Bad, error.message.clone()),
        Attempt { finished_at: Some(_), .. } => (Tone::Ok, "Succeeded".to_owned()),
        Attempt { .. } => (Tone::Run, "Running".to_owned()),
    }
}
