//! The nodes with their statuses as a list: what phones show in place of the canvas.

use leptos::prelude::*;

use super::follow::LiveExecution;
use crate::{
    domain::{
        graph,
        id::NodeId,
        workflow::{Node, Workflow},
    },
    ui::components::{Status, StatusBadge},
};

/// In the order in which data passes them.
#[component]
pub fn NodeList(live: LiveExecution, selected: Memo<Option<NodeId>>) -> impl IntoView {
    let id = live.summary.with_value(|summary| summary.id);
    let line = move |node: Node| {
        let (href, name, node_id) =
            (format!("/executions/{id}?node={}#details", node.id), node.name.clone(), node.id.clone());
        let status = Signal::derive(move || Status::from(live.state.with(|state| state.status_of(&node))));
        let is_selected = move || selected.with(|selected| selected.as_ref() == Some(&node_id));
        view! {
            <li>
                <a
                    href=href
                    aria-current=move || is_selected().then_some("true")
                    class="flex min-h-11 items-center justify-between gap-3 px-4 aria-[current]:bg-accent-soft"
                >
                    <span class="truncate text-body font-medium">{name}</span>
                    <StatusBadge status/>
                </a>
            </li>
        }
    };
    let nodes = live.workflow.with_value(in_order);
    view! {
        <section aria-label="Nodes" class="shrink-0 bg-surface md:hidden">
            <ol class="divide-y divide-line">{nodes.into_iter().map(line).collect_view()}</ol>
        </section>
    }
}

/// A graph with a cycle, which no published version has, keeps the order of the workflow.
fn in_order(workflow: &Workflow) -> Vec<Node> {
    match graph::Graph::of(workflow).order() {
        Ok(order) => order.iter().filter_map(|id| workflow.node(id).cloned()).collect(),
        Err(_) => workflow.nodes.clone(),
    }
}
