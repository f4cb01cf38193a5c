//! What data was like in past executions, while insight is on: at a node's output, and on the edge that is selected.

use leptos::{ev, prelude::*};

use super::node::Subject;
use crate::{
    domain::{
        id::NodeId,
        insight::{NodeInsight, Place, Schema, Sort},
        task::port,
        workflow::Edge,
    },
    ui::{
        components::{Button, Icon},
        designer::{editor::Editor, insight::millis},
    },
};

/// Beside the node's output: how it went, and what left through each port.
#[component]
pub fn LearnedOutput(subject: Subject) -> impl IntoView {
    move || {
        let insight = subject.editor.lens.shown()?;
        let node = subject.id.with_value(|id| insight.nodes.get(id).cloned());
        let learned = match node {
            None => quiet("It did not run in these executions.").into_any(),
            Some(node) => {
                let is_one = node.outputs.len() == 1;
                let ports = node.outputs.iter().map(|(name, schema)| {
                    let heading = (!is_one || name != port::OUT).then(
                        || view! { <h4 class="mt-1 text-caption font-medium">{format!("Through “{name}”")}</h4> },
                    );
                    view! { {heading} {places(schema)} }
                });
                let ports = ports.collect_view();
                view! { <p class="text-caption text-muted">{history(&node)}</p> {ports} {hidden(insight.shows_data)} }
                    .into_any()
            }
        };
        Some(view! {
            <section aria-label="Learned from past executions" class="border-t border-line pt-3">
                <h3 class="mb-1 text-label font-semibold">"Past executions"</h3>
                {learned}
            </section>
        })
    }
}

/// The one edge that is selected: what went over it.
#[component]
pub fn LearnedEdge(editor: Editor) -> impl IntoView {
    let edge = Memo::new(move |_| {
        editor.scene.selection.with(|selection| match selection.edges.as_slice() {
            [edge] if selection.nodes.is_empty() => Some(edge.clone()),
            _ => None,
        })
    });
    move || edge.get().map(|edge| view! { <OfEdge editor edge/> })
}

#[component]
fn OfEdge(editor: Editor, edge: Edge) -> impl IntoView {
    let name = move |id: &NodeId| editor.with_node(id, |node| node.name.clone()).unwrap_or_default();
    let ends = format!("{} → {}", name(&edge.from.node), name(&edge.to.node));
    let turn_on = Callback::new(move |_: ev::MouseEvent| editor.lens.toggle());
    let learned = move || match editor.lens.shown() {
        Some(insight) => match insight.schema(&edge.from) {
            Some(schema) => places(schema).into_any(),
            None if !insight.shows_data => hidden(false).into_any(),
            None => quiet("Nothing that could be read went this way in these executions.").into_any(),
        },
        None if editor.lens.on.get() => quiet("Reading past executions…").into_any(),
        None => view! { <Button icon=Icon::Timer on_click=turn_on>"See what went over it"</Button> }.into_any(),
    };
    view! {
        <section aria-label="Data on the edge" class="border-b border-line px-4 py-4">
            <h3 class="mb-1 text-label font-semibold break-words">{ends}</h3>
            {learned}
        </section>
    }
}

/// "500 runs · half took 310 ms, 95 % up to 1.2 s · 4 failed · 2 outputs too large to read"
fn history(node: &NodeInsight) -> String {
    let mut words = vec![if node.runs == 1 { "1 run".to_owned() } else { format!("{} runs", node.runs) }];
    let took = |time: crate::domain::insight::Time| {
        format!("half took {}, 95 % up to {}", millis(time.p50_ms), millis(time.p95_ms))
    };
    words.extend(node.time.map(took));
    words.extend((node.failed > 0).then(|| format!("{} failed", node.failed)));
    words.extend((node.unread > 0).then(|| format!("{} outputs too large to read", node.unread)));
    words.join(" · ")
}

fn hidden(shows_data: bool) -> impl IntoView {
    (!shows_data).then(|| quiet("Your role sees times, but not what data is like."))
}

fn quiet(text: &'static str) -> impl IntoView {
    view! { <p class="text-label text-muted">{text}</p> }
}

/// Each place with its sorts: `email` text, null in 3 % of 500.
fn places(schema: &Schema) -> impl IntoView + use<> {
    let lines: Vec<_> = schema.places.iter().filter(|place| !is_plain(place)).map(line).collect();
    let more = schema.is_partial.then(|| {
        view! { <p class="mt-1 text-caption text-muted">"There is more in it than is shown: deeper, wider or longer."</p> }
    });
    view! { <ul aria-label="What data is like">{lines}</ul> {more} }
}

/// An object around everything else goes without saying.
fn is_plain(place: &Place) -> bool {
    place.path.is_empty() && !place.is_unsure() && matches!(place.sorts.as_slice(), [only] if only.sort == Sort::Object)
}

fn line(place: &Place) -> impl IntoView + use<> {
    let path = if place.path.is_empty() { "the value".to_owned() } else { place.path.clone() };
    let tint = if place.is_unsure() { "text-wait-text" } else { "text-muted" };
    view! {
        <li class="flex flex-wrap items-baseline gap-x-2 px-1 py-0.5 text-label">
            <span class="mono break-all text-accent-strong">{path}</span>
            " "
            <span class=format!("tabular {tint}")>{place.words()}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::insight::{Seen, Time};

    #[test]
    fn a_node_tells_how_it_went() {
        let node = NodeInsight {
            runs: 500,
            failed: 4,
            time: Some(Time { p50_ms: 310, p95_ms: 1_240 }),
            unread: 2,
            outputs: BTreeMap::new(),
        };
        let words = "500 runs · half took 310 ms, 95 % up to 1.2 s · 4 failed · 2 outputs too large to read";
        assert_eq!(history(&node), words);
        assert_eq!(history(&NodeInsight { runs: 1, failed: 0, unread: 0, time: None, ..node }), "1 run");
    }

    #[test]
    fn only_an_object_around_everything_goes_without_saying() {
        let place = |path: &str, sort, missing| Place {
            path: path.to_owned(),
            sorts: vec![Seen { sort, count: 5 }],
            null: 0,
            missing,
            of: 5 + missing,
        };
        assert!(is_plain(&place("", Sort::Object, 0)));
        for said in [place("", Sort::Text, 0), place("a", Sort::Object, 0), place("", Sort::Object, 1)] {
            assert!(!is_plain(&said), "{said:?}");
        }
    }
}
