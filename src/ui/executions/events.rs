//! The journal as a list: when, and what happened.

use leptos::prelude::*;

use super::{clock::since_start, follow::LiveExecution, sentence::Sentence};
use crate::domain::{event::Event, id::NodeId};

/// Shown at first; the button below shows the earlier ones too.
const SHOWN: usize = 200;

/// Every event, or those of the selected node.
#[component]
pub fn EventList(live: LiveExecution, selected: Memo<Option<NodeId>>) -> impl IntoView {
    let whole = RwSignal::new(false);
    let matching = Memo::new(move |_| {
        let wanted = selected.get();
        live.events.with(|events| {
            let is_wanted =
                |event: &&Event| wanted.as_ref().is_none_or(|node| super::sentence::node(&event.change) == Some(node));
            events.iter().filter(is_wanted).map(|event| event.seq).collect::<Vec<_>>()
        })
    });
    let hidden = move || {
        let surplus = matching.with(Vec::len).saturating_sub(SHOWN);
        if whole.get() { 0 } else { surplus }
    };
    let shown = move || matching.with(|seqs| seqs[hidden()..].to_vec());
    let line = move |seq: i32| view! { <Line live seq/> };
    let earlier = move || {
        (hidden() > 0).then(|| {
            view! {
                <button type="button" class="w-full py-2 text-label text-muted hover:text-fg" on:click=move |_| whole.set(true)>
                    {format!("Show {} earlier events", hidden())}
                </button>
            }
        })
    };
    view! {
        <section aria-label="Events" class="order-3 shrink-0 border-t border-line bg-surface px-4 py-3 md:border-t-0">
            <h2 class="mb-1 text-label font-semibold text-muted">"Events"</h2>
            {earlier}
            <ol class="divide-y divide-line">
                <For each=shown key=|seq| *seq children=line/>
            </ol>
        </section>
    }
}

#[component]
fn Line(live: LiveExecution, seq: i32) -> impl IntoView {
    let found = live.events.with_untracked(|events| {
        let event = events.iter().find(|event| event.seq == seq)?;
        let sentence = live.workflow.with_value(|workflow| Sentence::of(event, workflow));
        Some((event.at, sentence))
    });
    let id = live.summary.with_value(|summary| summary.id);
    let started_at = live.summary.with_value(|summary| summary.created_at);
    found.map(|(at, sentence)| {
        let text = match sentence.node {
            Some(node) => view! {
                <a href=format!("/executions/{id}?node={node}") data-noscroll="true" class="hover:underline">{sentence.text}</a>
            }
            .into_any(),
            None => sentence.text.into_any(),
        };
        view! {
            <li class="grid grid-cols-[64px_8px_minmax(0,1fr)] gap-2 py-1.5">
                <time class="mono leading-5 text-muted" datetime=at.to_rfc3339() title=at.to_rfc3339()>{since_start(at - started_at)}</time>
                <span class=format!("mt-[7px] size-1.5 rounded-full {}", sentence.tone.dot()) aria-hidden="true"></span>
                <span class="text-body break-words">{text}</span>
            </li>
        }
    })
}
