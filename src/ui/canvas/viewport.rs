//! Where the person looks: the one transform between flow and screen coordinates.

use super::geometry::{GRID, Rect, Size};
use crate::domain::workflow::Point;

pub const MIN_ZOOM: f64 = 0.1;
pub const MAX_ZOOM: f64 = 2.0;
/// Room around the graph when it is fitted.
const MARGIN: f64 = 48.0;

/// `screen = flow * k + (x, y)`; screen coordinates count from the pane's top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    pub x: f64,
    pub y: f64,
    pub k: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, k: 1.0 }
    }
}

impl Viewport {
    pub fn to_flow(self, screen: Point) -> Point {
        Point { x: (screen.x - self.x) / self.k, y: (screen.y - self.y) / self.k }
    }

    pub fn to_screen(self, flow: Point) -> Point {
        Point { x: flow.x * self.k + self.x, y: flow.y * self.k + self.y }
    }

    pub fn panned(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// Zooms by `factor`; what is under `anchor` stays under it.
    pub fn zoomed(self, factor: f64, anchor: Point) -> Self {
        let k = (self.k * factor).clamp(MIN_ZOOM, MAX_ZOOM);
        let held = self.to_flow(anchor);
        Self { x: anchor.x - held.x * k, y: anchor.y - held.y * k, k }
    }

    /// Two fingers moved from `before` to `after`: zoom by their spread, pan by their middle.
    pub fn pinched(self, before: (Point, Point), after: (Point, Point)) -> Self {
        let spread = |(a, b): (Point, Point)| super::geometry::distance(a, b).max(1.0);
        let middle = |(a, b): (Point, Point)| Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 };
        let (from, to) = (middle(before), middle(after));
        self.panned(to.x - from.x, to.y - from.y).zoomed(spread(after) / spread(before), to)
    }

    /// Shows all of `content`, never larger than life.
    pub fn fitting(content: Rect, pane: Size) -> Self {
        let room = |pane: f64| (pane - 2.0 * MARGIN).max(1.0);
        let k = (room(pane.width) / content.width).min(room(pane.height) / content.height).clamp(MIN_ZOOM, 1.0);
        Self { k, ..Self::default() }.centered(content.center(), pane)
    }

    /// The same zoom with this point in the middle.
    pub fn centered(self, on: Point, pane: Size) -> Self {
        Self { x: (pane.width / 2.0 - on.x * self.k).round(), y: (pane.height / 2.0 - on.y * self.k).round(), ..self }
    }

    /// The part of the flow that the pane shows.
    pub fn shown(self, pane: Size) -> Rect {
        let corner = self.to_flow(Point::default());
        Rect { x: corner.x, y: corner.y, width: pane.width / self.k, height: pane.height / self.k }
    }

    pub fn css(self) -> String {
        format!("translate({}px,{}px) scale({})", self.x, self.y, self.k)
    }

    /// Pixels between the dots of the grid: doubled until they are apart as at life size, so that it never becomes grey.
    pub fn grid_gap(self) -> f64 {
        let mut gap = GRID * self.k;
        while gap < GRID {
            gap *= 2.0;
        }
        gap
    }

    /// How much detail cards show: 0 boxes, 1 titles, 2 everything.
    pub fn detail(self) -> u8 {
        match self.k {
            k if k < 0.25 => 0,
            k if k < 0.5 => 1,
            _ => 2,
        }
    }
}

/// How fast the view moves, per frame, under something held here: not at all but near the pane's border.
pub fn at_border(at: Point, pane: Size) -> (f64, f64) {
    const NEAR: f64 = 32.0;
    const FASTEST: f64 = 14.0;
    let speed = |at: f64, end: f64| {
        let (before, after) = (NEAR - at, NEAR - (end - at));
        if before > 0.0 { before.min(NEAR) / NEAR * FASTEST } else { -after.clamp(0.0, NEAR) / NEAR * FASTEST }
    };
    // A pane without room has no middle to hold anything over.
    if pane.width < 4.0 * NEAR || pane.height < 4.0 * NEAR {
        return (0.0, 0.0);
    }
    (speed(at.x, pane.width), speed(at.y, pane.height))
}

/// How a turn of the wheel zooms. `delta` and `mode` are the event's; trackpads pinch in small deltas, wheels in large ones.
pub fn wheel_factor(delta: f64, mode: u32) -> f64 {
    let per_unit = match mode {
        0 if delta.abs() < 25.0 => 0.012,
        0 => 0.002,
        1 => 0.05,
        _ => 1.0,
    };
    2f64.powf(-delta * per_unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANE: Size = Size { width: 1_000.0, height: 600.0 };

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let anchor = Point { x: 320.0, y: 200.0 };
        let before = Viewport { x: 40.0, y: -10.0, k: 0.8 };
        let after = before.zoomed(1.5, anchor);
        assert!((after.k - 1.2).abs() < 1e-9);
        let (a, b) = (before.to_flow(anchor), after.to_flow(anchor));
        assert!((a.x - b.x).abs() < 1e-9 && (a.y - b.y).abs() < 1e-9);
    }

    #[test]
    fn zoom_ends_at_its_limits() {
        let middle = Point { x: 500.0, y: 300.0 };
        assert_eq!(Viewport::default().zoomed(100.0, middle).k, MAX_ZOOM);
        assert_eq!(Viewport::default().zoomed(0.0001, middle).k, MIN_ZOOM);
    }

    #[test]
    fn flow_and_screen_are_each_others_inverse() {
        let viewport = Viewport { x: 12.0, y: 34.0, k: 0.5 };
        let point = Point { x: -7.0, y: 99.0 };
        assert_eq!(viewport.to_flow(viewport.to_screen(point)), point);
    }

    #[test]
    fn fitting_shows_everything_and_never_enlarges() {
        let wide = Rect { x: -500.0, y: 0.0, width: 4_000.0, height: 300.0 };
        let shown = Viewport::fitting(wide, PANE).shown(PANE);
        assert!(shown.x <= wide.x && shown.x + shown.width >= wide.x + wide.width);
        assert_eq!(Viewport::fitting(Rect::card(Point::default()), PANE).k, 1.0);
    }

    #[test]
    fn the_grid_keeps_its_density_at_every_zoom() {
        for k in [MIN_ZOOM, 0.3, 0.69, 1.0] {
            let gap = Viewport { k, ..Viewport::default() }.grid_gap();
            assert!((GRID..2.0 * GRID).contains(&gap), "{k}: {gap}");
        }
    }

    #[test]
    fn two_fingers_zoom_by_their_spread() {
        let at = |x: f64| Point { x, y: 300.0 };
        let after = Viewport::default().pinched((at(400.0), at(600.0)), (at(350.0), at(650.0)));
        assert!((after.k - 1.5).abs() < 1e-9);
        assert!((after.to_flow(at(500.0)).x - 500.0).abs() < 1e-9);
    }

    #[test]
    fn the_view_moves_under_what_is_held_near_the_border() {
        assert_eq!(at_border(Point { x: 500.0, y: 300.0 }, PANE), (0.0, 0.0));
        let (dx, dy) = at_border(Point { x: 0.0, y: 590.0 }, PANE);
        assert!(dx > 0.0 && dy < 0.0, "{dx} {dy}");
        assert_eq!(at_border(Point { x: 0.0, y: 0.0 }, Size { width: 40.0, height: 40.0 }), (0.0, 0.0));
    }

    #[test]
    fn a_wheel_turned_away_zooms_in_and_towards_zooms_out() {
        assert!(wheel_factor(-100.0, 0) > 1.0);
        assert!(wheel_factor(3.0, 1) < 1.0);
        assert!((wheel_factor(-100.0, 0) * wheel_factor(100.0, 0) - 1.0).abs() < 1e-9);
    }
}
