//! What can be done with the selection, where somebody asked: the other mouse button, a long touch, the menu key.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    actions::{self, Action, Desk},
    shortcuts::caps,
};
use crate::{
    domain::{drawing::Tint, workflow::Point},
    ui::canvas::Selection,
};

/// Lines of the menu by what is selected; an empty name is a line between.
const ON_NODES: &[&str] = &[
    "Open",
    "Rename",
    "Connect to…",
    "Replace…",
    "Disable or enable",
    "Breakpoint",
    "",
    "Duplicate",
    "Select everything before",
    "Select everything after",
    "Copy a link to the node",
    "",
    "Group",
    "Ungroup",
    "Collapse or expand the group",
    "Extract a sub-workflow",
    "Align left",
    "Align centres",
    "Align tops",
    "Align middles",
    "Spread across",
    "Spread down",
    "Tidy",
    "",
    "Delete",
    "Delete without connecting around",
];
const ON_NOTES: &[&str] = &["Write on the note", "Duplicate", "", "Delete"];
const ON_EDGES: &[&str] = &["Breakpoint", "", "Delete"];
const ON_NOTHING: &[&str] = &[
    "Add a node",
    "Add a note",
    "",
    "Select everything",
    "Tidy",
    "Show everything",
    "",
    "Import…",
    "Export…",
    "History",
    "Run",
    "Commands",
];

#[component]
pub fn Menu(desk: Desk) -> impl IntoView {
    move || desk.overlays.menu.get().map(|at| view! { <Sheet desk at/> })
}

#[component]
fn Sheet(desk: Desk, at: Point) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let close = move || desk.overlays.menu.set(None);
    Effect::new(move |_| {
        if let Some(list) = list.get() {
            focus(&list, 0);
        }
    });
    let selection = desk.editor.scene.selection.get_untracked();
    let lines = lines(desk, &selection).into_iter().map(|line| match line {
        Some(action) => item(desk, action, at).into_any(),
        None => view! { <div role="separator" class="my-1 border-t border-line"></div> }.into_any(),
    });
    let tints = (has_notes(desk, &selection)).then(|| tints(desk));
    let style = format!("left:min({}px, calc(100% - 320px));top:max(8px, min({}px, calc(100% - 488px)))", at.x, at.y);
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(list) = list.get_untracked() else { return };
        match event.key().as_str() {
            "ArrowDown" => step(&list, 1),
            "ArrowUp" => step(&list, -1),
            "Home" => focus(&list, 0),
            "End" => focus(&list, u32::MAX),
            "Escape" | "Tab" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let away = move |event: ev::MouseEvent| {
        event.prevent_default();
        close();
    };
    view! {
        <div class="fixed inset-0 z-20" on:pointerdown=move |_| close() on:contextmenu=away></div>
        <div
            node_ref=list
            role="menu"
            aria-label="What to do"
            class="absolute z-30 max-h-[min(480px,calc(100%-16px))] w-76 overflow-y-auto rounded-xl border border-line bg-surface p-1.5 shadow-pop"
            style=style
            on:keydown=on_key
        >
            {tints}
            {lines.collect_view()}
        </div>
    }
}

fn has_notes(desk: Desk, selection: &Selection) -> bool {
    desk.editor.editable
        && desk.editor.workflow.with_untracked(|workflow| selection.nodes.iter().any(|id| workflow.note(id).is_some()))
}

/// What makes sense now, with lines between; none twice, none at an end.
fn lines(desk: Desk, selection: &Selection) -> Vec<Option<&'static Action>> {
    let names = match (desk.editor.selected_nodes().is_empty(), selection.nodes.is_empty(), selection.edges.is_empty())
    {
        (false, ..) => ON_NODES,
        (true, false, _) => ON_NOTES,
        (true, true, false) => ON_EDGES,
        (true, true, true) => ON_NOTHING,
    };
    let mut lines: Vec<Option<&'static Action>> = Vec::new();
    for name in names {
        match actions::named(name) {
            Some(action) if action.is_possible(desk) => lines.push(Some(action)),
            None if name.is_empty() && matches!(lines.last(), Some(Some(_))) => lines.push(None),
            _ => {}
        }
    }
    if matches!(lines.last(), Some(None)) {
        lines.pop();
    }
    lines
}

fn item(desk: Desk, action: &'static Action, at: Point) -> impl IntoView {
    let go = move |_| {
        desk.overlays.menu.set(None);
        match action.label {
            // These are about the place that was pointed at.
            "Add a note" => desk.editor.add_note(desk.editor.scene.viewport.get_untracked().to_flow(at)),
            _ => (action.run)(desk),
        }
    };
    let is_bad = action.label.starts_with("Delete");
    let tint = if is_bad { "text-bad-text" } else { "" };
    view! {
        <button
            type="button"
            role="menuitem"
            tabindex="-1"
            class=format!("flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left text-body hover:bg-hover focus:bg-hover focus:outline-none {tint}")
            on:click=go
        >
            <span class=if is_bad { "" } else { "text-muted" }>{action.icon.view("")}</span>
            <span class="min-w-0 flex-1 truncate">{action.label}</span>
            <span class="flex gap-1">{move || desk.keymap.shown(action).map(|keys| caps(&keys))}</span>
        </button>
    }
}

fn tints(desk: Desk) -> impl IntoView {
    let dot = move |tint: Tint| {
        let go = move |_| {
            desk.overlays.menu.set(None);
            desk.editor.tint(tint);
        };
        view! {
            <button type="button" role="menuitem" tabindex="-1" class="note-tint" data-tint=tint.name() title=tint.name() aria-label=format!("Colour {}", tint.name()) on:click=go></button>
        }
    };
    view! { <div class="flex gap-1.5 px-2 py-2">{Tint::ALL.map(dot).collect_view()}</div> }
}

fn items(list: &web_sys::HtmlDivElement) -> Vec<web_sys::HtmlElement> {
    let mut found = Vec::new();
    let mut rows = list.first_element_child();
    while let Some(row) = rows {
        // Colours stand in a row of their own.
        let mut inner = row.first_element_child().filter(|_| row.get_attribute("role").is_none());
        while let Some(item) = inner {
            inner = item.next_element_sibling();
            found.extend(item.dyn_into().ok());
        }
        rows = row.next_element_sibling();
        let is_item = row.get_attribute("role").as_deref() == Some("menuitem");
        found.extend(row.dyn_into().ok().filter(|_| is_item));
    }
    found
}

/// Puts the focus on the item with this number, or the last one.
fn focus(list: &web_sys::HtmlDivElement, index: u32) {
    let items = items(list);
    if let Some(item) = items.get(index as usize).or(items.last()) {
        drop(item.focus());
    }
}

fn step(list: &web_sys::HtmlDivElement, by: i64) {
    let items = items(list);
    let focused = document().active_element();
    let here = items.iter().position(|item| focused.as_ref() == Some(item.as_ref()));
    let next = here.map_or(0, |here| (here as i64 + by).rem_euclid(items.len().max(1) as i64));
    focus(list, next as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_menu_is_an_action() {
        for name in ON_NODES.iter().chain(ON_NOTES).chain(ON_EDGES).chain(ON_NOTHING).filter(|name| !name.is_empty()) {
            assert!(actions::named(name).is_some(), "{name}");
        }
    }
}
