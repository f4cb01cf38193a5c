//! What lies below the cards: notes, and groups with the cards that a collapsed one hides.

use std::collections::HashMap;

use leptos::prelude::*;

use super::{
    geometry::{Rect, Size},
    scene::Scene,
};
use crate::domain::{
    drawing::{Group, Note, Tint},
    id::NodeId,
    workflow::{Edge, Point, Workflow},
};

/// Room around the cards of a group, and for its name above them.
const MARGIN: f64 = 24.0;
const HEAD: f64 = 28.0;
/// A note is at least this large, and at most so much.
const LEAST: Size = Size { width: 128.0, height: 64.0 };
const MOST: f64 = 4_000.0;

/// The handles of one note.
#[derive(Clone, Copy, Debug)]
pub struct SceneNote {
    pub position: RwSignal<Point>,
    pub size: RwSignal<Size>,
    pub text: RwSignal<String>,
    pub tint: RwSignal<Tint>,
    pub selected: RwSignal<bool>,
}

/// Within what can be used.
pub fn fair_size(width: f64, height: f64) -> Size {
    Size { width: width.clamp(LEAST.width, MOST), height: height.clamp(LEAST.height, MOST) }
}

impl SceneNote {
    fn of(note: &Note) -> Self {
        Self {
            position: RwSignal::new(note.position),
            size: RwSignal::new(fair_size(note.width, note.height)),
            text: RwSignal::new(note.text.clone()),
            tint: RwSignal::new(note.tint),
            selected: RwSignal::new(false),
        }
    }

    fn follow(self, note: &Note) {
        set(self.position, note.position);
        set(self.size, fair_size(note.width, note.height));
        set(self.text, note.text.clone());
        set(self.tint, note.tint);
    }

    pub fn rect(self) -> Rect {
        let (at, size) = (self.position.get_untracked(), self.size.get_untracked());
        Rect { x: at.x, y: at.y, width: size.width, height: size.height }
    }
}

/// Tells those who look only where something is new.
fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
    }
}

impl Scene {
    /// Makes notes and groups those of the workflow.
    pub(super) fn sync_sheets(self, workflow: &Workflow) {
        // An id that a node has too would make it unclear what is dragged.
        let notes: Vec<&Note> = workflow.notes.iter().filter(|note| self.node(&note.id).is_none()).collect();
        for note in &notes {
            match self.note(&note.id) {
                Some(known) => known.follow(note),
                None => self.put_note(note),
            }
        }
        let ids: Vec<NodeId> = notes.iter().map(|note| note.id.clone()).collect();
        set(self.note_ids, ids.clone());
        self.notes.update_value(|notes| notes.retain(|id, _| ids.contains(id)));
        let of = |group: &Group| group.nodes.iter().map(|node| (node.clone(), group.id.clone())).collect::<Vec<_>>();
        let hidden = workflow.groups.iter().filter(|group| group.collapsed).flat_map(of).collect();
        set(self.groups, workflow.groups.clone());
        set(self.hidden, hidden);
    }

    fn put_note(self, note: &Note) {
        let handles = self.in_owner(|| SceneNote::of(note));
        self.notes.update_value(|notes| {
            notes.insert(note.id.clone(), handles);
        });
    }

    pub fn note(self, id: &NodeId) -> Option<SceneNote> {
        self.notes.with_value(|notes| notes.get(id).copied())
    }

    /// The notes that lie wholly in the box: they are large, and cards stand on them.
    pub(super) fn notes_within(self, rect: &Rect) -> Vec<NodeId> {
        let lies_in = |note: &SceneNote| rect.holds(&note.rect());
        self.notes
            .with_value(|notes| notes.iter().filter(|(_, note)| lies_in(note)).map(|(id, _)| id.clone()).collect())
    }

    pub(super) fn note_rects(self) -> Vec<Rect> {
        self.notes.with_value(|notes| notes.values().map(|note| note.rect()).collect())
    }

    // Groups

    pub fn group(self, id: &NodeId) -> Option<Group> {
        self.groups.with_untracked(|groups| groups.iter().find(|group| group.id == *id).cloned())
    }

    /// The box around its cards; follows them. None: it has none.
    fn cards_of(self, group: &Group) -> Option<Rect> {
        Rect::around(group.nodes.iter().filter_map(|id| Some(self.node(id)?.position.get())))
    }

    /// The frame around its cards and its name.
    pub(super) fn frame_of(self, group: &Group) -> Option<Rect> {
        let cards = self.cards_of(group)?.grown(MARGIN);
        Some(Rect { y: cards.y - HEAD, height: cards.height + HEAD, ..cards })
    }

    /// Where the card of a collapsed group stands.
    pub(super) fn corner_of(self, group: &Group) -> Option<Point> {
        self.cards_of(group).map(|cards| Point { x: cards.x, y: cards.y })
    }

    /// The corner of the card that stands for this node in a collapsed group; none: the node stands for itself.
    pub(super) fn stand_in(self, node: &NodeId) -> Option<Point> {
        let id = self.hidden.with(|hidden| hidden.get(node).cloned())?;
        let group = self.groups.with(|groups| groups.iter().find(|group| group.id == id).cloned())?;
        self.corner_of(&group)
    }

    pub fn is_hidden(self, node: &NodeId) -> bool {
        self.hidden.with(|hidden| hidden.contains_key(node))
    }

    /// Whether the edge runs inside of a collapsed group.
    pub(super) fn is_inside(hidden: &HashMap<NodeId, NodeId>, edge: &Edge) -> bool {
        let group = |id: &NodeId| hidden.get(id);
        group(&edge.from.node).is_some() && group(&edge.from.node) == group(&edge.to.node)
    }
}
