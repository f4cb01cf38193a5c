//! The attempts of a task run: number, start, how long, how it ended; and when the next one is due.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::{
    clock::{since_start, span},
    follow::LiveExecution,
};
use crate::{
    domain::{
        event::Log,
        execution::TaskRunStatus,
        state::{Attempt, TaskRun},
        task::{Family, Kind},
    },
    ui::components::Tone,
};

#[component]
pub fn Attempts(live: LiveExecution, run: Memo<Option<TaskRun>>, kind: Kind) -> impl IntoView {
    let words = said_by(kind);
    let started_at = live.summary.with_value(|summary| summary.created_at);
    let line = move |attempt: Attempt| {
        let number = attempt.number;
        let told = Memo::new({
            let attempt = attempt.clone();
            move |_| run.with(|run| outcome(run.as_ref(), &attempt))
        });
        let log = Memo::new(move |_| run.with(|run| log_of(run.as_ref()?, number, attempt.started_at)));
        let lasted = move || match attempt.finished_at {
            Some(finished_at) => span(finished_at - attempt.started_at),
            None => run
                .with(|run| run.as_ref().and_then(|run| run.finished_at))
                .map_or_else(|| span(live.now() - attempt.started_at), |at| span(at - attempt.started_at)),
        };
        view! {
            <li class="grid grid-cols-[20px_64px_minmax(0,1fr)_auto] items-baseline gap-2 py-1.5 text-body">
                <span class="tabular text-muted">{number}</span>
                <span class="mono text-muted" title=attempt.started_at.to_rfc3339()>{since_start(attempt.started_at - started_at)}</span>
                <span class=move || format!("break-words {}", told.read().0.text())>{move || told.get().1}</span>
                <span class="tabular text-muted">{lasted}</span>
                <Printed log words/>
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

/// What the attempt printed so far.
fn log_of(run: &TaskRun, number: u32, started_at: DateTime<Utc>) -> Option<Log> {
    let is_it = |attempt: &&Attempt| attempt.number == number && attempt.started_at == started_at;
    run.attempts.iter().find(is_it)?.log.clone()
}

/// What the log of such a task holds.
fn said_by(kind: Kind) -> &'static str {
    match kind.spec().family {
        Family::Ai => "The model's answer",
        _ => "Standard output",
    }
}

/// What the attempt printed, as it stood there; it grows while the attempt runs.
#[component]
fn Printed(log: Memo<Option<Log>>, words: &'static str) -> impl IntoView {
    let text = move |stream: fn(&Log) -> &str| {
        Memo::new(move |_| {
            log.with(|log| log.as_ref().map_or_else(String::new, |log| stream(log).trim_end().to_owned()))
        })
    };
    view! {
        <Show when=move || log.with(Option::is_some)>
            <div class="col-span-full">
                <Stream name=words text=text(|log| log.stdout.as_str()) tone="text-fg"/>
                <Stream name="Standard error" text=text(|log| log.stderr.as_str()) tone="text-bad-text"/>
            </div>
        </Show>
    }
}

#[component]
fn Stream(name: &'static str, text: Memo<String>, tone: &'static str) -> impl IntoView {
    view! {
        <Show when=move || text.with(|text| !text.is_empty())>
            <figure class="mt-1.5">
                <figcaption class="text-caption text-muted">{name}</figcaption>
                <pre class=format!("mono mt-1 max-h-72 overflow-auto rounded-lg bg-hover px-2.5 py-2 whitespace-pre-wrap break-words {tone}") tabindex="0" aria-label=name>
                    {move || text.get()}
                </pre>
            </figure>
        </Show>
    }
}

/// How the attempt ended. What the last one began may go on without it: a wait, or the iterations of a loop.
fn outcome(run: Option<&TaskRun>, attempt: &Attempt) -> (Tone, String) {
    let is_last = |run: &&TaskRun| run.attempts.last().is_some_and(|last| last.number == attempt.number);
    let status = run.filter(is_last).map(|run| run.status);
    match (attempt.error.is_none() && !attempt.lost, status) {
        (true, Some(TaskRunStatus::Waiting)) => return (Tone::Wait, "Waiting".to_owned()),
        (true, Some(TaskRunStatus::Running)) => return (Tone::Run, "Running".to_owned()),
        (true, Some(TaskRunStatus::Cancelled)) => return (Tone::Idle, "Cancelled".to_owned()),
        _ => {}
    }
    match attempt {
        Attempt { lost: true, .. } => (Tone::Wait, "Ended with its server".to_owned()),
        Attempt { error: Some(error), .. } => (Tone::Bad, error.message.clone()),
        Attempt { finished_at: Some(_), .. } => (Tone::Ok, "Succeeded".to_owned()),
        Attempt { .. } => (Tone::Run, "Running".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::{Answer, Cause, Change, Event, WaitsFor},
        execution::ExecutionStatus,
        state::ExecutionState,
    };

    /// What is said of the only attempt of `ask` after these changes.
    fn check(changes: Vec<Change>, expected: &str) {
        let begin =
            [Change::Started { cause: Cause::default() }, Change::AttemptStarted { node: "ask".into(), attempt: 1 }];
        let all = begin.into_iter().chain(changes).zip(1..);
        let events: Vec<Event> = all.map(|(change, seq)| Event { seq, at: DateTime::UNIX_EPOCH, change }).collect();
        let state = ExecutionState::of(&events);
        let run = state.run(&"ask".into()).expect("it ran");
        assert_eq!(outcome(Some(run), &run.attempts[0]).1, expected);
    }

    #[test]
    fn a_log_is_called_by_what_it_holds() {
        assert_eq!(said_by(Kind::LlmChat), "The model's answer");
        assert_eq!(said_by(Kind::Shell), "Standard output");
    }

    #[test]
    fn an_attempt_whose_wait_goes_on_has_not_succeeded_yet() {
        let asks = || Change::WaitStarted {
            node: "ask".into(),
            attempt: 1,
            until: None,
            output: serde_json::Value::Null,
            waits_for: WaitsFor::Approval { message: "?".into(), form: None },
        };
        let answer = Answer { output: 1.into(), port: "approved".into(), by: "ada".into() };
        check(vec![], "Running");
        check(vec![asks()], "Waiting");
        check(vec![asks(), Change::WaitEnded { node: "ask".into(), answer: Some(answer) }], "Succeeded");
        let cancelled = Change::Finished { status: ExecutionStatus::Cancelled, output: None, error: None };
        check(vec![asks(), cancelled], "Cancelled");
    }
}
