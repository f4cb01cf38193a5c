//! The same graph as a list, in the order in which it runs: the editor of phones, and for whoever sees no canvas. The
//! selection is the canvas' own.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

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
    let class = move || {
        let width = if overlays.outline.get() { "" } else { "md:hidden" };
        format!("relative min-w-0 flex-1 overflow-y-auto p-4 {width}")
    };
    view! {
        <section aria-label="Outline" class=class>
            <div class="mb-3 flex flex-wrap items-center gap-2 text-label">
                <Show when=move || overlays.outline.get()>
                    <span class="hidden md:inline"><Button icon=Icon::Workflow on_click=Callback::new(move |_| overlays.toggle_outline())>"Show the canvas"</Button></span>
                </Show>
                <Button icon=Icon::Timer on_click=Callback::new(move |_| editor.lens.toggle())>
                    {move || if editor.lens.on.get() { "Hide insight" } else { "Insight" }}
                </Button>
                <Show when=move || editor.lens.on.get()><Sentence editor/></Show>
            </div>
            <ol class="flex max-w-3xl flex-col gap-2" on:keydown=walk>
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

/// Up and down go from line to line.
fn walk(event: ev::KeyboardEvent) {
    let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
    let focused = document().active_element().and_then(|element| element.closest("li").ok().flatten());
    let Some(line) = focused.filter(|_| is_plain) else { return };
    let other = match event.key().as_str() {
        "ArrowDown" => line.next_element_sibling(),
        "ArrowUp" => line.previous_element_sibling(),
        "Home" => line.parent_element().and_then(|list| list.first_element_child()),
        "End" => line.parent_element().and_then(|list| list.last_element_child()),
        _ => return,
    };
    event.prevent_default();
    let button = other.and_then(|line| line.query_selector("[data-line]").ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(button.focus());
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
            <button type="button" class=class on:click=open data-line="" aria-pressed=move || is_selected.get().to_string() data-family=move || node.get().map(|node| kind::family(node.kind))>
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
