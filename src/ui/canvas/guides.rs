//! Alignment while something is dragged: lines through the edges and middles of other cards that it comes to stand on.

use super::geometry::Rect;

/// A line to draw, in flow coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guide {
    /// Up and down, at `x = at`; else from left to right, at `y = at`.
    pub upright: bool,
    pub at: f64,
    pub from: f64,
    pub to: f64,
}

/// How far to move `rect` so that it stands on the nearest lines within `reach`, and those lines.
pub fn align(rect: Rect, others: &[Rect], reach: f64) -> ((f64, f64), Vec<Guide>) {
    let dx = nearest(columns(&rect), others.iter().map(columns), reach);
    let dy = nearest(rows(&rect), others.iter().map(rows), reach);
    let moved = Rect { x: rect.x + dx.unwrap_or(0.0), y: rect.y + dy.unwrap_or(0.0), ..rect };
    let mut guides = Vec::new();
    if dx.is_some() {
        guides.extend(columns(&moved).into_iter().filter_map(|at| line(true, at, &moved, others)));
    }
    if dy.is_some() {
        guides.extend(rows(&moved).into_iter().filter_map(|at| line(false, at, &moved, others)));
    }
    ((dx.unwrap_or(0.0), dy.unwrap_or(0.0)), guides)
}

/// Left, middle and right.
fn columns(rect: &Rect) -> [f64; 3] {
    [rect.x, rect.x + rect.width / 2.0, rect.x + rect.width]
}

/// Top, middle and bottom.
fn rows(rect: &Rect) -> [f64; 3] {
    [rect.y, rect.y + rect.height / 2.0, rect.y + rect.height]
}

fn nearest(own: [f64; 3], others: impl Iterator<Item = [f64; 3]>, reach: f64) -> Option<f64> {
    others
        .flat_map(|other| own.into_iter().zip(other).map(|(own, other)| other - own))
        .filter(|distance| distance.abs() <= reach)
        .min_by(|a, b| a.abs().total_cmp(&b.abs()))
}

/// The line here, from the first to the last that stands on it; none where only `rect` does.
fn line(upright: bool, at: f64, rect: &Rect, others: &[Rect]) -> Option<Guide> {
    let stands = |other: &&Rect| {
        let lines = if upright { columns(other) } else { rows(other) };
        lines.iter().any(|line| (line - at).abs() < 0.5)
    };
    let span = |rect: &Rect| if upright { (rect.y, rect.y + rect.height) } else { (rect.x, rect.x + rect.width) };
    let mut found = others.iter().filter(stands).map(span).peekable();
    found.peek()?;
    let (from, to) = found.fold(span(rect), |(from, to), (low, high)| (from.min(low), to.max(high)));
    Some(Guide { upright, at, from, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workflow::Point;

    fn card(x: f64, y: f64) -> Rect {
        Rect::card(Point { x, y })
    }

    #[test]
    fn a_card_near_a_line_moves_onto_it_and_the_line_is_drawn() {
        let ((dx, dy), guides) = align(card(4.0, 200.0), &[card(0.0, 0.0)], 6.0);
        assert_eq!((dx, dy), (-4.0, 0.0));
        assert_eq!(guides.len(), 3, "left, middle and right");
        assert_eq!(guides[0], Guide { upright: true, at: 0.0, from: 0.0, to: 264.0 });
    }

    #[test]
    fn a_card_far_from_every_line_stays_where_it_is() {
        assert_eq!(align(card(40.0, 200.0), &[card(0.0, 0.0)], 6.0), ((0.0, 0.0), Vec::new()));
        assert_eq!(align(card(40.0, 200.0), &[], 6.0), ((0.0, 0.0), Vec::new()));
    }

    #[test]
    fn the_nearest_of_several_lines_wins() {
        let ((dx, _), _) = align(card(3.0, 200.0), &[card(0.0, 0.0), card(4.0, 400.0)], 6.0);
        assert_eq!(dx, 1.0);
    }
}
