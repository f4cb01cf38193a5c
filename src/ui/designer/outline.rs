//! The same graph as a list, in the order in which it runs: the editor of phones, the selection shared with the canvas.

use leptos::prelude::*;

use super::{
    breakpoints::BreakpointToggle,
    editor::Editor,
    insight::{Sentence, line as told_of},
    page::Overlays,
    problems::Problems,
    quick_add::{Place, QuickAdd},
};
use crate::{
    domain::{
        graph::Graph,
        id::NodeId,
        task::port,
        workflow::{Node, Workflow},
    },
    ui::{
        components::{Badge, Button, Icon, Look, Tone},
        kind,
    },
};

#[component]
pub fn Outline(editor: Editor, overlays: Overlays) -> impl IntoView {
    let order = Memo::new(move |_| editor.workflow.with(in_order));
    let here = RwSignal::new(None::<Place>);
    view! {
        <section aria-label="Outline" class="relative min-w-0 flex-1 overflow-y-auto p-4 md:hidden">
            <div class="mb-3 flex flex-wrap items-center gap-2 text-label">
                <Button icon=Icon::Timer on_click=Callback::new(move |_| editor.lens.toggle())>
                    {move || if editor.lens.on.get() { "Hide insight" } else { "Insight" }}
                </Button>
                <Show when=move || editor.lens.on.get()><Sentence editor/></Show>
            </div>
            <ol class="flex flex-col gap-2">
                <For each=move || order.get() key=NodeId::clone children=move |id| view! { <Line editor overlays id/> }/>
            </ol>
            <Show when=move || editor.editable>
                <div class="mt-4 flex gap-2">
                    <Button look=Look::Primary icon=Icon::Plus on_click=Callback::new(move |_| here.set(Some(Place::anywhere())))>
                        "Add a node"
                    </Button>
                </div>
            </Show>
            <Problems editor/>
            <QuickAdd editor place=here/>
        </section>
    }
}

/// Level by level; as they are listed while there is a circle.
fn in_order(workflow: &Workflow) -> Vec<NodeId> {
    Graph::of(workflow).order().unwrap_or_else(|_| workflow.nodes.iter().map(|node| node.id.clone()).collect())
}

#[component]
fn Line(editor: Editor, overlays: Overlays, id: NodeId) -> impl IntoView {
    let node = {
        let id = id.clone();
        Memo::new(move |_| editor.workflow.with(|workflow| workflow.node(&id).cloned()))
    };
    let after = {
        let id = id.clone();
        move || editor.workflow.with(|workflow| sources(workflow, &id))
    };
    let told = {
        let id = id.clone();
        move || editor.lens.shown().and_then(|insight| told_of(&insight, &id))
    };
    let problems = {
        let id = id.clone();
        move || editor.problems.with(|all| all.iter().filter(|problem| problem.node.as_ref() == Some(&id)).count())
    };
    let is_selected = {
        let id = id.clone();
        Memo::new(move |_| editor.scene.selection.with(|selection| selection.nodes.contains(&id)))
    };
    let here = id.clone();
    let open = move |_| {
        editor.scene.select_nodes([id.clone()]);
        overlays.sheet.set(true);
    };
    let class = move || {
        let line = if is_selected.get() { "border-accent" } else { "border-line" };
        format!("flex min-w-0 flex-1 items-center gap-3 rounded-xl border bg-surface p-3 text-left {line}")
    };
    let badge = move || match problems() {
        0 => None,
        count => Some(view! { <Badge tone=Tone::Wait>{count}</Badge> }),
    };
    view! {
        <li class="flex items-stretch gap-2">
            <button type="button" class=class on:click=open data-family=move || node.get().map(|node| kind::family(node.kind))>
                <span class="tile size-9">{move || node.get().map(|node| kind::icon(node.kind).view("size-[18px]"))}</span>
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-semibold">{move || node.get().map(|node| node.name)}</span>
                    <span class="block truncate text-caption text-muted">{move || node.get().map(|node| line(&node))}</span>
                    <span class="block truncate text-caption text-muted">{after}</span>
                    <span class="tabular block truncate text-caption font-medium empty:hidden">{told}</span>
                </span>
                {badge}
            </button>
            <BreakpointToggle editor node=here/>
        </li>
    }
}

/// What it does, and whether it does that at all.
fn line(node: &Node) -> String {
    let line = kind::line(node);
    if node.disabled { format!("Disabled · {line}") } else { line }
}

/// "after Welcome email, Create CRM entry (error)"
fn sources(workflow: &Workflow, id: &NodeId) -> Option<String> {
    let names: Vec<String> = workflow
        .edges
        .iter()
        .filter(|edge| edge.to.node == *id)
        .filter_map(|edge| {
            let name = &workflow.node(&edge.from.node)?.name;
            Some(if edge.from.port == port::OUT { name.clone() } else { format!("{name} ({})", edge.from.port) })
        })
        .collect();
    (!names.is_empty()).then(|| format!("after {}", names.join(", ")))
}
