//! Templates with their pictures, drawn from their own layout, and a search.

use std::fmt::Write;

use leptos::prelude::*;

use crate::{
    domain::{template::TemplateSummary, workflow::Point},
    ui::{
        canvas::{CARD, Rect},
        components::Icon,
        kind,
    },
};

#[component]
pub fn Gallery(templates: Vec<TemplateSummary>, choose: Callback<String>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let all = StoredValue::new(templates);
    let found = move || {
        let wanted = text.get().trim().to_lowercase();
        let fits = |template: &&TemplateSummary| {
            let kinds = template.kinds.iter().map(|kind| kind.spec().label).collect::<Vec<_>>().join(" ");
            let text = format!("{} {} {} {kinds}", template.name, template.topic, template.summary).to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        };
        all.with_value(|all| all.iter().filter(fits).cloned().collect::<Vec<_>>())
    };
    view! {
        <div class="relative mb-3">
            <span class="pointer-events-none absolute top-2.5 left-2.5 text-muted">{Icon::Search.view("")}</span>
            <input
                type="search"
                class="control pl-8"
                placeholder="Search templates: refund, Slack, every morning …"
                aria-label="Search templates"
                on:input=move |event| text.set(event_target_value(&event))
            />
        </div>
        <ul aria-label="Templates" class="grid gap-3 sm:grid-cols-2">
            <For each=found key=|template| template.id.clone() children=move |template| view! { <li><Card template choose/></li> }/>
        </ul>
        {move || found().is_empty().then(|| view! { <p class="py-6 text-center text-muted">"No template is about that."</p> })}
    }
}

#[component]
fn Card(template: TemplateSummary, choose: Callback<String>) -> impl IntoView {
    let picture = picture(&template);
    let TemplateSummary { id, name, topic, summary, .. } = template;
    let label = format!("Use “{name}”. ");
    view! {
        <button
            type="button"
            class="flex h-full w-full flex-col overflow-hidden rounded-xl border border-line bg-surface text-left transition-colors hover:border-line-strong"
            on:click=move |_| choose.run(id.clone())
        >
            <span class="sr-only">{label}</span>
            <span class="grid h-28 w-full place-items-center border-b border-line bg-canvas">{picture}</span>
            <span class="px-3.5 py-2.5">
                <span class="flex items-baseline justify-between gap-2"><span class="font-medium">{name}</span><span class="text-caption text-muted">{topic}</span></span>
                <span class="block text-label text-muted">{summary}</span>
            </span>
        </button>
    }
}

/// The graph in small: a tile per node, a line per edge.
fn picture(template: &TemplateSummary) -> impl IntoView + use<> {
    let Rect { x, y, width, height } = Rect::around(template.places.iter().copied()).unwrap_or_default().grown(16.0);
    let mut lines = String::new();
    for (from, to) in &template.edges {
        if let (Some(from), Some(to)) = (template.places.get(*from), template.places.get(*to)) {
            let (a, b) = (middle(from, CARD.width), middle(to, 0.0));
            let bend = (b.x - a.x).abs() / 2.0;
            // Writing to a String does not fail.
            let _ = write!(lines, "M{} {}C{} {} {} {} {} {}", a.x, a.y, a.x + bend, a.y, b.x - bend, b.y, b.x, b.y);
        }
    }
    let tiles = template.kinds.iter().zip(&template.places).map(|(kind, at)| {
        let icon = format!("translate({} {}) scale(1.7)", at.x + 84.0, at.y + 12.0);
        view! {
            <g data-family=kind::family(*kind) class="sketch">
                <rect x=at.x y=at.y width=CARD.width height=CARD.height rx="16"></rect>
                <path transform=icon d=kind::icon(*kind).path()></path>
            </g>
        }
    });
    view! {
        <svg viewBox=format!("{x} {y} {width} {height}") class="max-h-24 w-full px-3" aria-hidden="true">
            <path d=lines fill="none" class="stroke-line-strong" stroke-width="5"></path>
            {tiles.collect_view()}
        </svg>
    }
}

fn middle(corner: &Point, across: f64) -> Point {
    Point { x: corner.x + across, y: corner.y + CARD.height / 2.0 }
}
