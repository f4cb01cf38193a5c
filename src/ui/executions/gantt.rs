//! The timeline as bars, growing while the execution runs.

use chrono::TimeDelta;
use leptos::prelude::*;

use super::{
    clock::span,
    follow::LiveExecution,
    timeline::{Bar, Row, Timeline},
};
use crate::domain::id::NodeId;

#[component]
pub fn Gantt(live: LiveExecution) -> impl IntoView {
    let timeline = Memo::new(move |_| {
        let now = live.now();
        live.workflow.with_value(|workflow| live.state.with(|state| Timeline::of(workflow, state, now)))
    });
    let length = Memo::new(move |_| timeline.with(|timeline| timeline.length_ms));
    let nodes = Memo::new(move |_| {
        timeline.with(|timeline| timeline.rows.iter().map(|row| row.node.clone()).collect::<Vec<_>>())
    });
    let is_empty = move || nodes.with(Vec::is_empty);
    let row = move |node: NodeId| {
        let row = Memo::new({
            let node = node.clone();
            move |_| timeline.with(|timeline| timeline.rows.iter().find(|row| row.node == node).cloned())
        });
        view! { <Line live node row length/> }
    };
    view! {
        <section aria-label="Timeline" class="max-h-72 shrink-0 overflow-y-auto border-t border-line bg-surface px-4 py-3">
            <header class="mb-2 flex items-baseline justify-between">
                <h2 class="text-label font-semibold text-muted">"Timeline"</h2>
                <span class="tabular text-label text-muted">{move || format!("0 s … {}", span(TimeDelta::milliseconds(length.get())))}</span>
            </header>
            <Show when=is_empty><p class="py-2 text-body text-muted">"No attempt has started yet."</p></Show>
            <ol class="flex flex-col">
                <For each=move || nodes.get() key=NodeId::clone children=row/>
            </ol>
        </section>
    }
}

#[component]
fn Line(live: LiveExecution, node: NodeId, row: Memo<Option<Row>>, length: Memo<i64>) -> impl IntoView {
    let id = live.summary.with_value(|summary| summary.id);
    let name = live
        .workflow
        .with_value(|workflow| workflow.node(&node).map_or_else(|| node.to_string(), |node| node.name.clone()));
    let bars = move || row.get().map(|row| row.bars.into_iter().map(|bar| bar_view(&bar, length.get())).collect_view());
    let end = move || row.with(|row| row.as_ref().and_then(|row| row.bars.last().map(|bar| bar.place(length.get()))));
    let note = move || row.with(|row| row.as_ref().map(|row| row.note.clone()));
    // Notes that would not fit behind their bar stand before its end.
    let note_place = move || {
        let (left, width) = end().unwrap_or_default();
        let edge = left + width;
        if edge > 75.0 { format!("right: {:.3}%", 100.0 - left) } else { format!("left: {edge:.3}%") }
    };
    view! {
        <li class="grid grid-cols-[minmax(88px,172px)_minmax(0,1fr)] items-center gap-2">
            <a href=format!("/executions/{id}?node={node}") data-noscroll="true" class="truncate py-1.5 text-body hover:underline">{name}</a>
            <div class="relative h-8 border-l border-line">
                {bars}
                <span class="tabular absolute top-1/2 -translate-y-1/2 px-2 text-caption whitespace-nowrap text-muted" style=note_place>{note}</span>
            </div>
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
