//! The timeline as bars, growing while the execution runs.

use chrono::TimeDelta;
use leptos::prelude::*;

use super::{
    clock::span,
    follow::LiveExecution,
    sentence::name,
    timeline::{Bar, Row, Timeline},
};
use crate::domain::id::RunId;

#[component]
pub fn Gantt(live: LiveExecution) -> impl IntoView {
    let timeline = Memo::new(move |_| {
        let now = live.now();
        live.workflow.with_value(|workflow| live.state.with(|state| Timeline::of(workflow, state, now)))
    });
    let length = Memo::new(move |_| timeline.with(|timeline| timeline.length_ms));
    let runs = Memo::new(move |_| {
        timeline.with(|timeline| timeline.rows.iter().map(|row| row.run.clone()).collect::<Vec<_>>())
    });
    let is_empty = move || runs.with(Vec::is_empty);
    let row = move |run: RunId| {
        let row = Memo::new({
            let run = run.clone();
            move |_| timeline.with(|timeline| timeline.rows.iter().find(|row| row.run == run).cloned())
        });
        view! { <Line live run row length/> }
    };
    view! {
        <section aria-label="Timeline" class="order-2 shrink-0 border-t border-line bg-surface px-4 py-3 md:max-h-72 md:overflow-y-auto">
            <header class="mb-2 flex items-baseline justify-between">
                <h2 class="text-label font-semibold text-muted">"Timeline"</h2>
                <span class="tabular text-label text-muted">{move || format!("0 s … {}", span(TimeDelta::milliseconds(length.get())))}</span>
            </header>
            <Show when=is_empty><p class="py-2 text-body text-muted">"No attempt has started yet."</p></Show>
            <ol class="flex flex-col">
                <For each=move || runs.get() key=RunId::clone children=row/>
            </ol>
        </section>
    }
}

#[component]
fn Line(live: LiveExecution, run: RunId, row: Memo<Option<Row>>, length: Memo<i64>) -> impl IntoView {
    let id = live.summary.with_value(|summary| summary.id);
    let name = live.workflow.with_value(|workflow| name(workflow, &run));
    let bars = move || row.get().map(|row| row.bars.into_iter().map(|bar| bar_view(&bar, length.get())).collect_view());
    let note = move || row.with(|row| row.as_ref().map(|row| row.note.clone()));
    view! {
        <li class="grid grid-cols-[minmax(72px,172px)_minmax(0,1fr)_auto] items-center gap-x-2 md:grid-cols-[172px_minmax(0,1fr)_132px]">
            <a href=format!("/executions/{id}?node={}", run.node) data-noscroll="true" class="truncate py-1.5 text-body hover:underline">{name}</a>
            <div class="relative h-8 border-l border-line">{bars}</div>
            <span class="tabular text-right text-caption whitespace-nowrap text-muted">{note}</span>
        </li>
    }
}

fn bar_view(bar: &Bar, length_ms: i64) -> impl IntoView + use<> {
    let (left, width) = bar.place(length_ms);
    let shape = if bar.is_wait { "h-0.5 opacity-60" } else { "h-4 min-w-1 rounded" };
    view! {
        <span
            role="img"
            aria-label=bar.label.clone()
            title=bar.label.clone()
            class=format!("absolute top-1/2 -translate-y-1/2 {shape} {}", bar.tone.dot())
            style=format!("left: {left:.3}%; width: {width:.3}%")
        ></span>
    }
}
