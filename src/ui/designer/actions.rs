//! Everything the designer can do, once: what it is called, which keys do it and when it can be done. Keys, the shortcut
//! sheet, the menu and the command palette all read this list.

use leptos::prelude::*;

use super::{arrangement::Order, editor::Editor, keymap::Keymap, keys, link, page::Overlays, quick_add::Place};
use crate::ui::{
    canvas::Selection,
    components::{Icon, Toasts, copy},
};

/// What actions work on.
#[derive(Clone, Copy)]
pub struct Desk {
    pub editor: Editor,
    pub overlays: Overlays,
    pub toasts: Toasts,
    pub keymap: Keymap,
    /// Whether this person may start executions; without a pen, of what is published.
    pub may_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Nodes,
    Editing,
    Selection,
    View,
    Workflow,
}

impl Section {
    pub const ALL: [Self; 5] = [Self::Nodes, Self::Editing, Self::Selection, Self::View, Self::Workflow];

    pub fn label(self) -> &'static str {
        match self {
            Self::Nodes => "Nodes",
            Self::Editing => "Editing",
            Self::Selection => "Selection",
            Self::View => "View",
            Self::Workflow => "Workflow",
        }
    }
}

/// What has to be so for an action to make sense. All but `Nothing`, `Something` and `Runner` need the right to edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// Something selected, looked at only.
    Something,
    /// The right to start executions.
    Runner,
    Pen,
    /// One node selected.
    Node,
    Nodes(usize),
    /// Edges selected, or nodes that they may lead to.
    Ways,
    /// Nodes, notes or edges selected.
    Things,
    Note,
}

pub struct Action {
    pub label: &'static str,
    pub section: Section,
    pub icon: Icon,
    /// What it comes with; people may choose others (`keymap`). The first is shown. Written as `Ctrl+Shift+Z`; Ctrl is Command on a Mac.
    pub keys: &'static [&'static str],
    pub needs: Needs,
    pub run: fn(Desk),
}

const fn action(
    section: Section,
    icon: Icon,
    label: &'static str,
    keys: &'static [&'static str],
    needs: Needs,
    run: fn(Desk),
) -> Action {
    Action { label, section, icon, keys, needs, run }
}

use Section::{Editing, Nodes, Selection as Chosen, View, Workflow};

pub static ALL: &[Action] = &[
    action(Nodes, Icon::Plus, "Add a node", &["N"], Needs::Pen, |desk| keys::find_node(desk.overlays)),
    action(Nodes, Icon::Note, "Add a note", &["Shift+S"], Needs::Pen, |desk| {
        desk.editor.add_note(desk.editor.place_of_note());
    }),
    action(Nodes, Icon::Settings, "Open", &["Enter"], Needs::Something, open),
    action(Nodes, Icon::Pencil, "Rename", &["F2"], Needs::Node, |desk| desk.editor.scene.editing.set(only(desk))),
    action(Nodes, Icon::Link, "Connect to…", &["C"], Needs::Node, |desk| desk.overlays.connect.set(true)),
    action(Nodes, Icon::Swap, "Replace…", &["R"], Needs::Node, |desk| {
        desk.overlays.quick_add.set(only(desk).map(Place::instead_of));
    }),
    action(Nodes, Icon::Power, "Disable or enable", &["D"], Needs::Nodes(1), |desk| desk.editor.toggle_disabled()),
    action(Nodes, Icon::Hand, "Breakpoint", &["B"], Needs::Ways, |desk| desk.editor.toggle_breakpoints()),
    action(Nodes, Icon::Pencil, "Write on the note", &["Enter"], Needs::Note, |desk| {
        desk.editor.scene.editing.set(desk.editor.selected().into_iter().next());
    }),
    action(Nodes, Icon::External, "Copy a link to the node", &[], Needs::Something, |desk| {
        if let Some(id) = only(desk) {
            copy(&link::to(&id), desk.toasts);
        }
    }),
    action(Editing, Icon::Undo, "Undo", &["Ctrl+Z"], Needs::Pen, |desk| desk.editor.undo()),
    action(Editing, Icon::Redo, "Redo", &["Ctrl+Shift+Z", "Ctrl+Y"], Needs::Pen, |desk| desk.editor.redo()),
    action(Editing, Icon::History, "History", &["H"], Needs::Pen, |desk| desk.overlays.history.set(true)),
    action(Editing, Icon::Copy, "Duplicate", &["Ctrl+D"], Needs::Things, |desk| desk.editor.duplicate()),
    action(Editing, Icon::Trash, "Delete", &["Delete", "Backspace"], Needs::Things, |desk| {
        desk.editor.remove_selection(true);
    }),
    action(Editing, Icon::Trash, "Delete without connecting around", &["Shift+Delete"], Needs::Things, |desk| {
        desk.editor.remove_selection(false);
    }),
    action(Editing, Icon::Save, "Save now", &["Ctrl+S"], Needs::Pen, |desk| {
        leptos::task::spawn_local(desk.editor.saver.save(desk.editor.workflow));
    }),
    action(Chosen, Icon::Check, "Select everything", &["Ctrl+A"], Needs::Nothing, |desk| desk.editor.select_all()),
    action(Chosen, Icon::ArrowLeft, "Select everything before", &["Shift+ArrowLeft"], Needs::Something, |desk| {
        desk.editor.select_along(false);
    }),
    action(Chosen, Icon::ArrowRight, "Select everything after", &["Shift+ArrowRight"], Needs::Something, |desk| {
        desk.editor.select_along(true);
    }),
    action(Chosen, Icon::Group, "Group", &["Ctrl+G"], Needs::Nodes(1), |desk| desk.editor.group()),
    action(Chosen, Icon::Ban, "Ungroup", &["Ctrl+Shift+G"], Needs::Nodes(1), |desk| desk.editor.ungroup()),
    action(Chosen, Icon::Workflow, "Extract a sub-workflow", &["Alt+X"], Needs::Nodes(1), |desk| {
        desk.editor.extract(desk.toasts);
    }),
    action(Chosen, Icon::Layers, "Collapse or expand the group", &["Alt+G"], Needs::Nodes(1), |desk| {
        desk.editor.fold_selected();
    }),
    action(Chosen, Icon::AlignLeft, "Align left", &[], Needs::Nodes(2), |desk| desk.editor.arrange(Order::Left)),
    action(Chosen, Icon::AlignCentre, "Align centres", &[], Needs::Nodes(2), |desk| desk.editor.arrange(Order::Centre)),
    action(Chosen, Icon::AlignRight, "Align right", &[], Needs::Nodes(2), |desk| desk.editor.arrange(Order::Right)),
    action(Chosen, Icon::AlignTop, "Align tops", &[], Needs::Nodes(2), |desk| desk.editor.arrange(Order::Top)),
    action(Chosen, Icon::AlignMiddle, "Align middles", &[], Needs::Nodes(2), |desk| desk.editor.arrange(Order::Middle)),
    action(Chosen, Icon::AlignBottom, "Align bottoms", &[], Needs::Nodes(2), |desk| desk.editor.arrange(Order::Bottom)),
    action(Chosen, Icon::SpreadAcross, "Spread across", &[], Needs::Nodes(3), |desk| {
        desk.editor.arrange(Order::Across)
    }),
    action(Chosen, Icon::SpreadDown, "Spread down", &[], Needs::Nodes(3), |desk| desk.editor.arrange(Order::Down)),
    action(Chosen, Icon::Close, "Select nothing", &["Escape"], Needs::Nothing, |desk| {
        desk.editor.scene.select(Selection::default());
        desk.overlays.close();
    }),
    action(View, Icon::Plus, "Zoom in", &["+", "="], Needs::Nothing, |desk| desk.editor.scene.zoom(1.25)),
    action(View, Icon::Minus, "Zoom out", &["-", "−"], Needs::Nothing, |desk| desk.editor.scene.zoom(0.8)),
    action(View, Icon::Search, "Actual size", &["0"], Needs::Nothing, |desk| {
        desk.editor.scene.zoom(1.0 / desk.editor.scene.viewport.get_untracked().k);
    }),
    action(View, Icon::Fit, "Show everything", &["1"], Needs::Nothing, |desk| desk.editor.scene.fit()),
    action(View, Icon::Fit, "Show the selection", &["2"], Needs::Nothing, |desk| desk.editor.scene.fit_selection()),
    action(View, Icon::Magnet, "Snap to the grid", &["G"], Needs::Pen, |desk| desk.editor.scene.toggle_snap()),
    action(View, Icon::List, "Outline", &["O"], Needs::Nothing, |desk| desk.overlays.toggle_outline()),
    action(View, Icon::Timer, "Insight", &["I"], Needs::Nothing, |desk| desk.editor.lens.toggle()),
    action(View, Icon::Command, "Commands", &["Ctrl+K"], Needs::Nothing, |desk| desk.overlays.commands.set(true)),
    action(View, Icon::Keyboard, "Keyboard shortcuts", &["?"], Needs::Nothing, |desk| desk.overlays.keys.set(true)),
    action(Workflow, Icon::Play, "Run", &["Ctrl+Enter"], Needs::Runner, |desk| desk.overlays.run.set(true)),
    action(Workflow, Icon::History, "Backtest the draft", &[], Needs::Pen, |desk| desk.overlays.backtest.set(true)),
    action(Workflow, Icon::Tidy, "Tidy", &["Shift+Alt+T"], Needs::Pen, |desk| desk.editor.tidy()),
    action(Workflow, Icon::External, "Open the sub-workflow", &["Ctrl+Shift+O"], Needs::Something, |desk| {
        desk.editor.open_sub_workflow(desk.toasts);
    }),
    action(Workflow, Icon::Upload, "Import…", &["Ctrl+O"], Needs::Pen, |desk| desk.overlays.import.set(true)),
    action(Workflow, Icon::Download, "Export…", &["Ctrl+Shift+E"], Needs::Nothing, |desk| {
        desk.overlays.export.set(true)
    }),
];

fn only(desk: Desk) -> Option<crate::domain::id::NodeId> {
    let nodes = desk.editor.selected_nodes();
    if nodes.len() == 1 { nodes.into_iter().next() } else { None }
}

fn open(desk: Desk) {
    if let Some(id) = only(desk) {
        desk.editor.wanted.set(Some((id, String::new())));
    }
}

impl Action {
    /// Whether it makes sense now. Asks untracked.
    pub fn is_possible(&self, desk: Desk) -> bool {
        let pen = desk.editor.editable;
        let selection = desk.editor.scene.selection.get_untracked();
        let nodes = || desk.editor.selected_nodes().len();
        match self.needs {
            Needs::Nothing => true,
            Needs::Something => nodes() > 0,
            Needs::Runner => desk.may_run,
            Needs::Pen => pen,
            Needs::Node => pen && nodes() == 1 && selection.nodes.len() == 1,
            Needs::Nodes(least) => pen && nodes() >= least,
            Needs::Ways => pen && (!selection.edges.is_empty() || nodes() > 0),
            Needs::Things => pen && !selection.is_empty(),
            Needs::Note => pen && nodes() == 0 && selection.nodes.len() == 1,
        }
    }
}

/// The action with this name.
pub fn named(label: &str) -> Option<&'static Action> {
    ALL.iter().find(|action| action.label == label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn no_two_actions_that_can_be_meant_share_their_keys() {
        let mut taken: HashMap<&str, &Action> = HashMap::new();
        for action in ALL {
            for keys in action.keys {
                if let Some(other) = taken.insert(keys, action) {
                    // Enter opens the one node, or writes on the one note.
                    let tells_apart = [other.needs, action.needs].contains(&Needs::Note);
                    assert!(tells_apart, "{keys}: {} and {}", other.label, action.label);
                }
            }
        }
    }

    #[test]
    fn every_action_has_a_name_of_its_own() {
        for action in ALL {
            assert!(std::ptr::eq(named(action.label).expect("it is listed"), action), "{}", action.label);
        }
    }
}
