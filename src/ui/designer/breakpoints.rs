//! Breakpoints of the runs that this browser starts. They are kept beside the drawing and not in it: what one person looks
//! into stops nobody else's runs, and nothing that is published.

use std::collections::HashMap;

use leptos::prelude::*;

use super::{editor::Editor, kept};
use crate::{
    domain::{
        id::NodeId,
        workflow::{Edge, Workflow},
    },
    ui::components::{Button, Icon, Look, Notice},
};

/// Brings back what was set, and keeps what is set from now on.
pub fn keep(editor: Editor) {
    let (id, all) = (editor.id, editor.scene.breakpoints);
    Effect::new(move |was_read: Option<()>| {
        match was_read {
            None => all.set(kept::breakpoints(id).into_iter().map(|edge| (edge, false)).collect()),
            Some(()) => {
                let edges: Vec<Edge> = all.with_untracked(|all| all.keys().cloned().collect());
                kept::keep_breakpoints(id, &edges);
            }
        }
        all.track();
    });
}

impl Editor {
    /// Those on edges that are still drawn, in the order of these.
    pub fn breakpoints(self) -> Vec<Edge> {
        self.scene.breakpoints.with(|set| self.workflow.with(|workflow| drawn(workflow, set)))
    }

    /// Sets or clears one on each of the selected edges, or on those into the selected nodes.
    pub fn toggle_breakpoints(self) {
        let mut edges = self.scene.selection.with_untracked(|selection| selection.edges.clone());
        if edges.is_empty() {
            let nodes = self.selected_nodes();
            let all = self.workflow.with_untracked(|workflow| workflow.edges.clone());
            edges = all.into_iter().filter(|edge| nodes.contains(&edge.to.node)).collect();
        }
        self.toggle_breakpoints_on(edges);
    }

    pub fn toggle_breakpoints_on(self, edges: Vec<Edge>) {
        if edges.is_empty() {
            return self.say("No edge comes here, so there is nothing to hold.");
        }
        let are_set = self.scene.breakpoints.with_untracked(|set| edges.iter().all(|edge| set.contains_key(edge)));
        self.scene.breakpoints.update(|set| {
            set.retain(|edge, _| !edges.contains(edge));
            if !are_set {
                set.extend(edges.into_iter().map(|edge| (edge, false)));
            }
        });
        self.say(if are_set { "Breakpoint cleared" } else { "Breakpoint set" });
    }
}

fn drawn(workflow: &Workflow, set: &HashMap<Edge, bool>) -> Vec<Edge> {
    workflow.edges.iter().filter(|edge| set.contains_key(edge)).cloned().collect()
}

/// Where the run that is about to start will be held; nothing where that is nowhere.
#[component]
pub fn BreakpointNote(editor: Editor) -> impl IntoView {
    let count = Memo::new(move |_| editor.breakpoints().len());
    let clear = Callback::new(move |_| editor.scene.breakpoints.set(HashMap::new()));
    let line = move || match count.get() {
        1 => "This run is held at 1 breakpoint.".to_owned(),
        count => format!("This run is held at {count} breakpoints."),
    };
    let is_any = move || count.get() != 0;
    view! {
        <Show when=is_any>
            <Notice>
                <div class="flex items-center justify-between gap-3">
                    <span>{line}</span>
                    <Button look=Look::Quiet on_click=clear>"Clear all"</Button>
                </div>
            </Notice>
        </Show>
    }
}

/// Sets or clears those on the edges into a node: what the outline has in place of edges.
#[component]
pub fn BreakpointToggle(editor: Editor, node: NodeId) -> impl IntoView {
    let name = {
        let node = node.clone();
        move || editor.workflow.with(|workflow| workflow.node(&node).map(|node| node.name.clone())).unwrap_or_default()
    };
    let ways = Memo::new(move |_| {
        let leads_here = |edge: &&Edge| edge.to.node == node;
        editor.workflow.with(|workflow| workflow.edges.iter().filter(leads_here).cloned().collect::<Vec<_>>())
    });
    let is_set = Memo::new(move |_| {
        ways.with(|ways| editor.scene.breakpoints.with(|set| ways.iter().any(|edge| set.contains_key(edge))))
    });
    let has_ways = move || editor.editable && ways.with(|ways| !ways.is_empty());
    let label = Signal::derive(move || format!("Breakpoint before {}", name()));
    view! {
        <Show when=has_ways>
            <button
                type="button"
                class="grid w-11 shrink-0 place-items-center rounded-xl border border-line bg-surface text-muted aria-pressed:border-bad aria-pressed:text-bad-text"
                aria-label=move || label.get()
                aria-pressed=move || is_set.get().to_string()
                on:click=move |_| editor.toggle_breakpoints_on(ways.get_untracked())
            >
                {Icon::Hand.view("")}
            </button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breakpoints_on_edges_that_are_gone_hold_nothing() {
        let (a, b) = (Edge::between("a", "b"), Edge::between("b", "c"));
        let workflow = Workflow { edges: vec![a.clone(), Edge::between("a", "c")], ..Workflow::default() };
        assert_eq!(drawn(&workflow, &HashMap::from([(a.clone(), false), (b, false)])), [a]);
    }
}
