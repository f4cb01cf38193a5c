//! Pure geometry in flow coordinates: cards, ports, curves. The same numbers in the browser and on the server.

use crate::domain::workflow::Point;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// Every card has this size.
pub const CARD: Size = Size { width: 208.0, height: 64.0 };

/// Nodes snap to this grid.
pub const GRID: f64 = 16.0;

pub fn snap(point: Point) -> Point {
    Point { x: (point.x / GRID).round() * GRID, y: (point.y / GRID).round() * GRID }
}

pub fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    /// The card whose top left corner this is.
    pub fn card(at: Point) -> Self {
        Self { x: at.x, y: at.y, width: CARD.width, height: CARD.height }
    }

    /// The rectangle between two corners, in any order.
    pub fn between(a: Point, b: Point) -> Self {
        Self { x: a.x.min(b.x), y: a.y.min(b.y), width: (a.x - b.x).abs(), height: (a.y - b.y).abs() }
    }

    pub fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// The box around all cards at these corners; none without cards.
    pub fn around(corners: impl IntoIterator<Item = Point>) -> Option<Self> {
        corners.into_iter().map(Self::card).reduce(Self::union)
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    /// Whether the other lies wholly in this one.
    pub fn holds(&self, other: &Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.x + other.width <= self.x + self.width
            && other.y + other.height <= self.y + self.height
    }

    pub fn contains(&self, point: Point) -> bool {
        (self.x..=self.x + self.width).contains(&point.x) && (self.y..=self.y + self.height).contains(&point.y)
    }

    pub fn grown(self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }

    pub fn center(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }
}

/// Where the input port sits on the card's edge.
pub fn input_offset() -> Point {
    Point { x: 0.0, y: CARD.height / 2.0 }
}

/// Where output `index` of `main` ordinary outputs sits; the error port, below them all, has `index == main`.
pub fn output_offset(index: usize, main: usize) -> Point {
    let y = match (index, main) {
        (index, main) if index >= main => 54.0,
        (_, 1) => CARD.height / 2.0,
        (index, 2) => 16.0 + 19.0 * index as f64,
        (index, main) => 10.0 + 36.0 * index as f64 / (main - 1) as f64,
    };
    Point { x: CARD.width, y }
}

/// A cubic curve from an output to an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    pub from: Point,
    pub to: Point,
    bend: f64,
}

impl Curve {
    /// Leaves to the right and arrives from the left; where the target lies behind, the curve swings around.
    pub fn between(from: Point, to: Point) -> Self {
        let ahead = to.x - from.x;
        let bend = if ahead >= 0.0 { 0.5 * ahead } else { 0.25 * 25.0 * (-ahead).sqrt() };
        Self { from, to, bend }
    }

    /// A box that the curve does not leave.
    pub fn bounds(&self) -> Rect {
        Rect::between(self.from, self.to).union(Rect::between(
            Point { x: self.from.x + self.bend, ..self.from },
            Point { x: self.to.x - self.bend, ..self.to },
        ))
    }

    /// As SVG path data.
    pub fn path(&self) -> String {
        let Self { from, to, bend } = self;
        format!("M{} {}C{} {} {} {} {} {}", from.x, from.y, from.x + bend, from.y, to.x - bend, to.y, to.x, to.y)
    }

    /// The point at `t` in 0 ..= 1.
    pub fn at(&self, t: f64) -> Point {
        let (u, c1, c2) = (1.0 - t, self.from.x + self.bend, self.to.x - self.bend);
        let mix =
            |a: f64, b: f64, c: f64, d: f64| u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d;
        Point { x: mix(self.from.x, c1, c2, self.to.x), y: mix(self.from.y, self.from.y, self.to.y, self.to.y) }
    }

    /// How far a point is from the curve, to within a pixel or two.
    pub fn distance_to(&self, point: Point) -> f64 {
        const PIECES: u32 = 32;
        let place = |piece: u32| self.at(f64::from(piece) / f64::from(PIECES));
        let distances = (0..PIECES).map(|piece| distance_to_line(place(piece), place(piece + 1), point));
        distances.fold(f64::INFINITY, f64::min)
    }
}

/// How far a point is from the straight line between two others.
fn distance_to_line(from: Point, to: Point, point: Point) -> f64 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx * dx + dy * dy;
    let along = ((point.x - from.x) * dx + (point.y - from.y) * dy) / length.max(f64::MIN_POSITIVE);
    let t = along.clamp(0.0, 1.0);
    distance(Point { x: from.x + t * dx, y: from.y + t * dy }, point)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_curve_begins_and_ends_at_its_ports_and_passes_the_middle() {
        let curve = Curve::between(point(0.0, 0.0), point(100.0, 40.0));
        assert_eq!(curve.at(0.0), point(0.0, 0.0));
        assert_eq!(curve.at(1.0), point(100.0, 40.0));
        assert_eq!(curve.at(0.5), point(50.0, 20.0));
        assert_eq!(curve.path(), "M0 0C50 0 50 40 100 40");
    }

    #[test]
    fn a_curve_to_a_target_behind_swings_out_on_both_sides() {
        let curve = Curve::between(point(100.0, 0.0), point(0.0, 64.0));
        assert!(curve.at(0.15).x > 100.0);
        assert!(curve.at(0.85).x < 0.0);
    }

    #[test]
    fn a_point_on_the_curve_is_near_it_and_one_beside_it_is_not() {
        let curve = Curve::between(point(0.0, 0.0), point(200.0, 100.0));
        assert!(curve.distance_to(curve.at(0.3)) < 1.0);
        assert!(curve.distance_to(point(100.0, 120.0)) > 40.0);
        let long = Curve::between(point(0.0, 0.0), point(3_000.0, 800.0));
        for piece in 0..=100 {
            let away = long.distance_to(long.at(f64::from(piece) / 100.0));
            assert!(away < 2.0, "{away} at {piece} % of a long one");
        }
    }

    #[test]
    fn outputs_stand_apart_by_more_than_a_port_and_stay_on_the_card() {
        for main in 1..=2 {
            let offsets: Vec<f64> = (0..=main).map(|index| output_offset(index, main).y).collect();
            assert!(offsets.windows(2).all(|pair| pair[1] - pair[0] >= 14.0), "{offsets:?}");
            assert!(offsets.iter().all(|y| (6.0..=CARD.height - 6.0).contains(y)));
        }
    }

    #[test]
    fn a_box_around_cards_holds_them_all() {
        let all = Rect::around([point(0.0, 0.0), point(300.0, -80.0)]).expect("two cards");
        assert_eq!(all, Rect { x: 0.0, y: -80.0, width: 508.0, height: 144.0 });
        assert_eq!(Rect::around([]), None);
    }

    #[test]
    fn a_card_is_hit_on_itself_and_not_beside_it() {
        let card = Rect::card(point(16.0, 16.0));
        assert!(card.contains(point(20.0, 70.0)));
        assert!(!card.contains(point(20.0, 81.0)));
    }

    #[test]
    fn nodes_snap_to_the_nearest_line_of_the_grid() {
        assert_eq!(snap(point(23.0, -9.0)), point(16.0, -16.0));
        assert_eq!(snap(point(24.1, 8.1)), point(32.0, 16.0));
    }
}
