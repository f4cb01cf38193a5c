//! Looking at a scene: fitting, revealing, finding what is somewhere.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::{
    geometry::{Rect, distance as distance_between},
    scene::Scene,
    tiles::TileRange,
    viewport::Viewport,
};
use crate::domain::{
    id::NodeId,
    workflow::{Edge, Point},
};

/// Graphs up to this size are drawn whole, so that Tab reaches every node; larger ones only where they are looked at.
const DRAWN_WHOLE: usize = 150;

impl Scene {
    /// Shows the whole graph.
    pub fn fit(self) {
        let cards =
            self.nodes.with_value(|nodes| Rect::around(nodes.values().map(|node| node.position.get_untracked())));
        let content = cards.into_iter().chain(self.note_rects()).reduce(Rect::union);
        let pane = self.pane.get_untracked();
        let viewport = match content {
            Some(content) => Viewport::fitting(content, pane),
            None => Viewport::default().centered(Point::default(), pane),
        };
        self.viewport.set(viewport);
    }

    /// Shows what is selected, as large as life at most; everything while nothing is.
    pub fn fit_selection(self) {
        let place = |id: &NodeId| {
            let note = self.note(id).map(|note| note.rect());
            note.or_else(|| Some(Rect::card(self.node(id)?.position.get_untracked())))
        };
        let content = self.selection.with_untracked(|selection| {
            let ends = selection.edges.iter().flat_map(|edge| [&edge.from.node, &edge.to.node]);
            selection.nodes.iter().chain(ends).filter_map(place).reduce(Rect::union)
        });
        match content {
            Some(content) => self.viewport.set(Viewport::fitting(content, self.pane.get_untracked())),
            None => self.fit(),
        }
    }

    /// Zooms around the middle of the pane.
    pub fn zoom(self, factor: f64) {
        let pane = self.pane.get_untracked();
        let middle = Point { x: pane.width / 2.0, y: pane.height / 2.0 };
        self.viewport.update(|viewport| *viewport = viewport.zoomed(factor, middle));
    }

    /// Brings the node into view, if it is not.
    pub fn reveal(self, id: &NodeId) {
        let Some(node) = self.node(id) else { return };
        let (viewport, pane) = (self.viewport.get_untracked(), self.pane.get_untracked());
        let card = Rect::card(node.position.get_untracked());
        let shown = viewport.shown(pane);
        if !(shown.contains(Point { x: card.x, y: card.y })
            && shown.contains(Point { x: card.x + card.width, y: card.y + card.height }))
        {
            self.viewport.set(viewport.centered(card.center(), pane));
        }
    }

    /// The middle of what the pane shows, in flow coordinates.
    pub fn middle(self) -> Point {
        self.viewport.get_untracked().shown(self.pane.get_untracked()).center()
    }

    /// The input that an edge let go here would reach: of the card below, else of the nearest one within reach.
    pub fn input_near(self, at: Point, reach: f64) -> Option<NodeId> {
        let takes_edges = |id: &NodeId| self.node(id).is_some_and(|node| !node.card.with_untracked(|card| card.start));
        let below = self.tiles.with_value(|tiles| tiles.at(at));
        if let Some(id) = below.filter(takes_edges) {
            return Some(id);
        }
        let around = Rect { x: at.x, y: at.y, width: 0.0, height: 0.0 }.grown(reach);
        let distance = |id: &NodeId| {
            let node = self.node(id)?;
            let (corner, offset) = (node.position.get_untracked(), node.card.with_untracked(|card| card.input()));
            Some(distance_between(Point { x: corner.x + offset.x, y: corner.y + offset.y }, at))
        };
        self.tiles
            .with_value(|tiles| tiles.within(&around))
            .into_iter()
            .filter(takes_edges)
            .filter_map(|id| Some((distance(&id)?, id)))
            .filter(|(distance, _)| *distance <= reach)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, id)| id)
    }

    /// The nearest edge that passes here: under a pointer, or what is dropped.
    pub fn edge_at(self, at: Point, reach: f64) -> Option<Edge> {
        let hidden = self.hidden.get_untracked();
        let distance = |edge: &Edge| {
            let curve = untrack(|| self.curve(edge)).filter(|_| !Self::is_inside(&hidden, edge))?;
            let is_near = curve.bounds().grown(reach).contains(at);
            is_near.then(|| curve.distance_to(at)).filter(|distance| *distance <= reach)
        };
        self.edges.with_untracked(|edges| {
            let near = edges.iter().filter_map(|edge| Some((distance(edge)?, edge)));
            near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, edge)| edge.clone())
        })
    }

    /// Whether only a part of the graph is drawn.
    fn is_large(self) -> bool {
        self.ids.with(Vec::len) > DRAWN_WHOLE
    }

    /// Cards in view and around it, in the workflow's order, with those that must stay whatever is shown.
    pub fn drawn(self, range: TileRange, selected: &BTreeSet<NodeId>) -> Vec<NodeId> {
        let hidden = self.hidden.get();
        let is_shown = |id: &NodeId| !hidden.contains_key(id);
        if !self.is_large() {
            return self.ids.get().into_iter().filter(is_shown).collect();
        }
        let near = self.tiles.with_value(|tiles| tiles.within(&range.rect()));
        let is_drawn = |id: &NodeId| (near.contains(id) || selected.contains(id)) && is_shown(id);
        self.ids.get().into_iter().filter(is_drawn).collect()
    }

    /// Edges whose ends' common box comes into view. Positions are read untracked: a drag moves paths, not this list.
    pub fn drawn_edges(self, range: TileRange) -> Vec<Edge> {
        let hidden = self.hidden.get();
        let is_shown = |edge: &Edge| !Self::is_inside(&hidden, edge);
        if !self.is_large() {
            return self.edges.get().into_iter().filter(is_shown).collect();
        }
        let view = range.rect();
        let card = |id: &NodeId| self.node(id).map(|node| Rect::card(node.position.get_untracked()));
        let near = |edge: &Edge| match (card(&edge.from.node), card(&edge.to.node)) {
            (Some(from), Some(to)) => from.union(to).overlaps(&view),
            _ => false,
        };
        self.edges.get().into_iter().filter(|edge| is_shown(edge) && near(edge)).collect()
    }
}
