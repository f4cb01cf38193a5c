//! What comes before and after a node, as a list: edges without a mouse, and on phones.

use leptos::prelude::*;

use super::node::Subject;
use crate::{
    domain::{
        task::port,
        workflow::{Edge, Workflow},
    },
    ui::components::{Button, Icon, IconButton, Look},
};

#[component]
pub fn Connections(subject: Subject, connect: RwSignal<bool>) -> impl IntoView {
    let edges = Memo::new(move |_| {
        subject.editor.workflow.with(|workflow| {
            let is_here = |edge: &&Edge| subject.id.with_value(|id| edge.to.node == *id || edge.from.node == *id);
            workflow
                .edges
                .iter()
                .filter(is_here)
                .map(|edge| (edge.clone(), said(workflow, edge, subject)))
                .collect::<Vec<_>>()
        })
    });
    let line = move |(edge, (comes_before, text)): (Edge, (bool, String))| {
        let icon = if comes_before { Icon::ArrowLeft } else { Icon::ArrowRight };
        let label = format!("Remove the edge {} {text}", if comes_before { "from" } else { "to" });
        let remove = Callback::new(move |_| subject.editor.disconnect(std::slice::from_ref(&edge)));
        view! {
            <li class="flex items-center gap-2">
                <span class="text-muted">{icon.view("size-3.5")}</span>
                <span class="min-w-0 flex-1 truncate">{text}</span>
                <IconButton icon=Icon::Close label on_click=remove/>
            </li>
        }
    };
    view! {
        <section aria-label="Connections" class="flex flex-col gap-1">
            <h3 class="text-label text-muted">"Connections"</h3>
            <ul>{move || edges.get().into_iter().map(line).collect_view()}</ul>
            <span class="-ml-3">
                <Button look=Look::Quiet icon=Icon::Plus on_click=Callback::new(move |_| connect.set(true))>"Connect"</Button>
            </span>
        </section>
    }
}

/// Whether the other end comes before, and its name, with the port where that is not the usual one.
fn said(workflow: &Workflow, edge: &Edge, subject: Subject) -> (bool, String) {
    let comes_before = subject.id.with_value(|id| edge.to.node == *id);
    let other = if comes_before { &edge.from.node } else { &edge.to.node };
    let name = workflow.node(other).map_or_else(|| other.to_string(), |node| node.name.clone());
    let name = if edge.from.port == port::OUT { name } else { format!("{name} ({})", edge.from.port) };
    (comes_before, name)
}
