//! Cutting through edges: a line is drawn with Alt held down, and every edge that it crosses goes.

use leptos::prelude::*;

use super::{
    geometry::{Curve, Rect},
    gesture::Gesture,
    pointer::Pointer,
    scene::Scene,
};
use crate::domain::workflow::{Edge, Point};

/// So many straight pieces stand for a curve.
const PIECES: u32 = 24;

impl Scene {
    /// Edges that the line from `from` to `to` crosses.
    pub fn crossed(self, from: Point, to: Point) -> Vec<Edge> {
        let crosses = |edge: &&Edge| untrack(|| self.curve(edge)).is_some_and(|curve| is_crossed(&curve, from, to));
        self.edges.with_untracked(|edges| edges.iter().filter(crosses).cloned().collect())
    }
}

impl Pointer {
    pub(super) fn cut(self, from: Point, to: Point) {
        let crossed = self.scene.crossed(from, to);
        if let Some(hands) = self.hands.filter(|_| !crossed.is_empty()) {
            hands.disconnect.run(crossed);
        }
    }
}

#[component]
pub fn CutLine(scene: Scene) -> impl IntoView {
    move || match scene.gesture.get() {
        Gesture::Slice { from, to } => {
            let path = format!("M{} {}L{} {}", from.x, from.y, to.x, to.y);
            Some(view! { <path class="cut" d=path></path> })
        }
        _ => None,
    }
}

fn is_crossed(curve: &Curve, from: Point, to: Point) -> bool {
    if !curve.bounds().grown(1.0).overlaps(&Rect::between(from, to).grown(1.0)) {
        return false;
    }
    let place = |piece: u32| curve.at(f64::from(piece) / f64::from(PIECES));
    (0..PIECES).any(|piece| do_cross((place(piece), place(piece + 1)), (from, to)))
}

/// Whether each of the two pieces has the other's ends on both of its sides. On the line counts as one of them: where
/// two pieces of a curve meet, the line crosses one.
fn do_cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let is_left = |from: Point, to: Point, point: Point| {
        (to.x - from.x) * (point.y - from.y) > (to.y - from.y) * (point.x - from.x)
    };
    is_left(a, b, c) != is_left(a, b, d) && is_left(c, d, a) != is_left(c, d, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cuts_the_curve_that_it_crosses_and_no_other() {
        let at = |x: f64, y: f64| Point { x, y };
        let curve = Curve::between(at(0.0, 0.0), at(200.0, 100.0));
        assert!(is_crossed(&curve, at(101.0, 0.0), at(99.0, 100.0)));
        assert!(!is_crossed(&curve, at(101.0, 0.0), at(99.0, 20.0)), "it ends before");
        assert!(!is_crossed(&curve, at(201.0, 0.0), at(230.0, 200.0)), "it passes behind the end");
    }
}
