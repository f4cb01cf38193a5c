//! Connecting without a mouse: from the selected node, choose the port and what comes next.

use leptos::prelude::*;

use super::editor::Editor;
use crate::{
    domain::{
        id::NodeId,
        task::port,
        workflow::{Edge, Endpoint, Node},
    },
    ui::{
        components::{Dialog, Select},
        kind,
    },
};

#[component]
pub fn ConnectDialog(editor: Editor, open: RwSignal<bool>) -> impl IntoView {
    let source = Memo::new(move |_| {
        let id = editor.scene.selection.with(|selection| selection.only_node().cloned())?;
        editor.workflow.with(|workflow| workflow.node(&id).cloned())
    });
    view! {
        <Dialog open title="Connect to…">
            {move || source.get().map(|source| view! { <Targets editor source open/> })}
        </Dialog>
    }
}

#[component]
fn Targets(editor: Editor, source: Node, open: RwSignal<bool>) -> impl IntoView {
    let ports: Vec<String> = source.output_ports().map(str::to_owned).collect();
    let output = RwSignal::new(ports.first().cloned().unwrap_or_else(|| port::OUT.to_owned()));
    let id = source.id.clone();
    let choice = (ports.len() > 1).then(|| {
        let options: Vec<(String, String)> = ports.into_iter().map(|port| (port.clone(), port)).collect();
        view! { <Select name="connect-port" label="Output" options=Signal::stored(options) value=output on_change=Callback::new(move |port| output.set(port))/> }
    });
    let lines = move || {
        let from = Endpoint { node: id.clone(), port: output.get() };
        let refusals = editor.refusals(&from);
        let others = editor.workflow.with(|workflow| workflow.nodes.clone());
        others
            .into_iter()
            .filter(|node| node.id != from.node && node.kind.has_input())
            .map(|node| target(editor, from.clone(), refusals.get(&node.id).cloned(), node, open))
            .collect_view()
    };
    view! {
        <p class="mb-3 text-body text-muted">{format!("From “{}”, data goes on to:", source.name)}</p>
        {choice}
        <div class="mt-3 flex flex-col gap-1">{lines}</div>
    }
}

fn target(editor: Editor, from: Endpoint, refusal: Option<String>, node: Node, open: RwSignal<bool>) -> impl IntoView {
    let (to, is_refused): (NodeId, bool) = (node.id.clone(), refusal.is_some());
    let connect = move |_| {
        open.set(false);
        editor.connect(Edge { from: from.clone(), to: Endpoint { node: to.clone(), port: port::IN.to_owned() } });
    };
    view! {
        <button
            type="button"
            data-family=kind::family(node.kind)
            disabled=is_refused
            class="flex items-center gap-2.5 rounded-lg px-2 py-1.5 text-left text-body hover:bg-hover disabled:pointer-events-none disabled:opacity-60"
            on:click=connect
        >
            <span class="tile size-7">{kind::icon(node.kind).view("size-4")}</span>
            <span class="min-w-0">
                <span class="block truncate">{node.name}</span>
                {refusal.map(|refusal| view! { <span class="block text-caption text-muted">{refusal}</span> })}
            </span>
        </button>
    }
}
