//! Which cards are near: a hash of 256 px tiles, so that culling, hit tests and boxes look at a few cards only.

use std::collections::{HashMap, HashSet};

use super::geometry::{Rect, Size};
use super::viewport::Viewport;
use crate::domain::{id::NodeId, workflow::Point};

const TILE: f64 = 256.0;

/// A range of tiles. Equal ranges mean that nothing came into view or left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TileRange {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl TileRange {
    pub fn covering(rect: &Rect) -> Self {
        let tile = |value: f64| (value / TILE).floor() as i32;
        Self {
            left: tile(rect.x),
            top: tile(rect.y),
            right: tile(rect.x + rect.width),
            bottom: tile(rect.y + rect.height),
        }
    }

    /// The tiles in view and half a view around it.
    pub fn in_view(viewport: Viewport, pane: Size) -> Self {
        let shown = viewport.shown(pane);
        Self::covering(&shown.grown(shown.width.max(shown.height) / 2.0))
    }

    pub fn rect(&self) -> Rect {
        Rect {
            x: f64::from(self.left) * TILE,
            y: f64::from(self.top) * TILE,
            width: f64::from(self.right - self.left + 1) * TILE,
            height: f64::from(self.bottom - self.top + 1) * TILE,
        }
    }

    fn tiles(self) -> impl Iterator<Item = (i32, i32)> {
        (self.left..=self.right).flat_map(move |x| (self.top..=self.bottom).map(move |y| (x, y)))
    }
}

/// Where every card is, by tile.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    places: HashMap<NodeId, (Point, TileRange)>,
    tiles: HashMap<(i32, i32), HashSet<NodeId>>,
}

impl Tiles {
    /// Puts a card here, from wherever it was.
    pub fn place(&mut self, id: &NodeId, at: Point) {
        let range = TileRange::covering(&Rect::card(at));
        if self.places.get(id).is_none_or(|(_, before)| *before != range) {
            self.remove(id);
            for tile in range.tiles() {
                self.tiles.entry(tile).or_default().insert(id.clone());
            }
        }
        self.places.insert(id.clone(), (at, range));
    }

    pub fn remove(&mut self, id: &NodeId) {
        let Some((_, range)) = self.places.remove(id) else { return };
        for tile in range.tiles() {
            if let Some(ids) = self.tiles.get_mut(&tile) {
                ids.remove(id);
            }
        }
    }

    /// The cards that overlap this rectangle, in no order.
    pub fn within(&self, rect: &Rect) -> HashSet<NodeId> {
        let range = TileRange::covering(rect);
        let overlaps = |id: &&NodeId| self.places.get(*id).is_some_and(|(at, _)| Rect::card(*at).overlaps(rect));
        // A view over far more tiles than there are cards is asked the other way round.
        let area = i64::from(range.right - range.left + 1) * i64::from(range.bottom - range.top + 1);
        if area > self.places.len() as i64 {
            return self.places.keys().filter(overlaps).cloned().collect();
        }
        range.tiles().filter_map(|tile| self.tiles.get(&tile)).flatten().filter(overlaps).cloned().collect()
    }

    /// The card under the point.
    pub fn at(&self, point: Point) -> Option<NodeId> {
        let here = Rect { x: point.x, y: point.y, width: 0.1, height: 0.1 };
        self.within(&here).into_iter().max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles(cards: &[(&str, f64, f64)]) -> Tiles {
        let mut tiles = Tiles::default();
        for (id, x, y) in cards {
            tiles.place(&NodeId::from(*id), Point { x: *x, y: *y });
        }
        tiles
    }

    fn names(found: HashSet<NodeId>) -> Vec<String> {
        let mut names: Vec<String> = found.into_iter().map(|id| id.to_string()).collect();
        names.sort();
        names
    }

    #[test]
    fn only_cards_that_overlap_are_found() {
        let tiles = tiles(&[("a", 0.0, 0.0), ("b", 600.0, 0.0), ("c", 5_000.0, 5_000.0)]);
        let view = Rect { x: 100.0, y: 0.0, width: 520.0, height: 300.0 };
        assert_eq!(names(tiles.within(&view)), ["a", "b"]);
        assert_eq!(tiles.at(Point { x: 610.0, y: 30.0 }), Some(NodeId::from("b")));
        assert_eq!(tiles.at(Point { x: 400.0, y: 30.0 }), None);
    }

    #[test]
    fn a_moved_card_is_found_only_where_it_is_now() {
        let mut tiles = tiles(&[("a", 0.0, 0.0)]);
        tiles.place(&NodeId::from("a"), Point { x: 2_000.0, y: 0.0 });
        assert_eq!(tiles.at(Point { x: 10.0, y: 10.0 }), None);
        assert_eq!(tiles.at(Point { x: 2_010.0, y: 10.0 }), Some(NodeId::from("a")));
        tiles.remove(&NodeId::from("a"));
        assert!(tiles.within(&Rect { x: -1e6, y: -1e6, width: 2e6, height: 2e6 }).is_empty());
    }

    #[test]
    fn panning_inside_a_tile_changes_nothing_in_view() {
        let pane = Size { width: 1_000.0, height: 600.0 };
        let before = TileRange::in_view(Viewport { x: -30.0, y: -30.0, k: 1.0 }, pane);
        assert_eq!(before, TileRange::in_view(Viewport { x: -34.0, y: -31.0, k: 1.0 }, pane));
        assert_ne!(before, TileRange::in_view(Viewport { x: -600.0, y: -30.0, k: 1.0 }, pane));
    }
}
