//! Order among what is selected: lines, even gaps, and the tidy layout of a part. Pure: says where things go.

use std::collections::BTreeMap;

use crate::{
    domain::{
        id::NodeId,
        layout,
        workflow::{Point, Workflow},
    },
    ui::canvas::{CARD, Rect},
};

/// A line that things are put on, or the direction in which the gaps between them become even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Left,
    Centre,
    Right,
    Top,
    Middle,
    Bottom,
    Across,
    Down,
}

impl Order {
    pub fn label(self) -> &'static str {
        match self {
            Self::Left => "Align left",
            Self::Centre => "Align centres",
            Self::Right => "Align right",
            Self::Top => "Align tops",
            Self::Middle => "Align middles",
            Self::Bottom => "Align bottoms",
            Self::Across => "Spread across",
            Self::Down => "Spread down",
        }
    }

    /// With fewer things there is nothing to order.
    pub fn least(self) -> usize {
        if matches!(self, Self::Across | Self::Down) { 3 } else { 2 }
    }
}

/// Where the nodes and notes go; nothing where there are too few.
pub fn arranged<'a>(
    workflow: &Workflow,
    chosen: impl IntoIterator<Item = &'a NodeId>,
    order: Order,
) -> BTreeMap<NodeId, Point> {
    let things: Vec<(NodeId, Rect)> =
        chosen.into_iter().filter_map(|id| Some((id.clone(), rect(workflow, id)?))).collect();
    let Some(around) = things.iter().map(|(_, rect)| *rect).reduce(Rect::union) else { return BTreeMap::new() };
    if things.len() < order.least() {
        return BTreeMap::new();
    }
    match order {
        Order::Across => spread(things, around.width, true),
        Order::Down => spread(things, around.height, false),
        _ => things.into_iter().map(|(id, rect)| (id, on_line(&rect, &around, order))).collect(),
    }
}

fn rect(workflow: &Workflow, id: &NodeId) -> Option<Rect> {
    if let Some(note) = workflow.note(id) {
        return Some(Rect { x: note.position.x, y: note.position.y, width: note.width, height: note.height });
    }
    Some(Rect::card(workflow.node(id)?.position))
}

fn on_line(rect: &Rect, around: &Rect, order: Order) -> Point {
    let (right, bottom) = (around.x + around.width, around.y + around.height);
    let at = Point { x: rect.x, y: rect.y };
    match order {
        Order::Left => Point { x: around.x, ..at },
        Order::Centre => Point { x: (around.x + (around.width - rect.width) / 2.0).round(), ..at },
        Order::Right => Point { x: right - rect.width, ..at },
        Order::Top => Point { y: around.y, ..at },
        Order::Middle => Point { y: (around.y + (around.height - rect.height) / 2.0).round(), ..at },
        Order::Bottom => Point { y: bottom - rect.height, ..at },
        Order::Across | Order::Down => at,
    }
}

/// The first and the last stay; the gaps between become equal, overlapping things too.
fn spread(mut things: Vec<(NodeId, Rect)>, room: f64, across: bool) -> BTreeMap<NodeId, Point> {
    let start = |rect: &Rect| if across { rect.x } else { rect.y };
    let length = |rect: &Rect| if across { rect.width } else { rect.height };
    things.sort_by(|a, b| start(&a.1).total_cmp(&start(&b.1)));
    let taken: f64 = things.iter().map(|(_, rect)| length(rect)).sum();
    let gap = (room - taken) / (things.len() - 1) as f64;
    let mut next = things.first().map_or(0.0, |(_, rect)| start(rect));
    things
        .into_iter()
        .map(|(id, rect)| {
            let at = next.round();
            next += length(&rect) + gap;
            (id, if across { Point { x: at, y: rect.y } } else { Point { x: rect.x, y: at } })
        })
        .collect()
}

/// The tidy layout of all nodes, or of these among themselves. None while they wait for each other in a circle.
pub fn tidied(workflow: &Workflow, chosen: &std::collections::BTreeSet<NodeId>) -> Option<BTreeMap<NodeId, Point>> {
    let nodes: Vec<_> = workflow.nodes.iter().filter(|node| chosen.contains(&node.id)).cloned().collect();
    if nodes.len() < 2 {
        return layout::arrange(workflow).map(|places| places.into_iter().collect());
    }
    let part = Workflow { nodes, edges: workflow.edges.clone(), ..Workflow::default() };
    layout::arrange(&part).map(|places| places.into_iter().collect())
}

/// A place for a note that covers no card, above what is selected or at `at`.
pub fn place_for_note(workflow: &Workflow, at: Point) -> Point {
    let free = |at: &Point| {
        let sheet = Rect { x: at.x, y: at.y, width: 256.0, height: 160.0 };
        !workflow.nodes.iter().any(|node| Rect::card(node.position).overlaps(&sheet))
    };
    (0..40).map(|step| Point { x: at.x, y: at.y - f64::from(step) * CARD.height / 2.0 }).find(free).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Edge, Node},
    };

    fn workflow(places: &[(f64, f64)]) -> Workflow {
        let node = |(index, (x, y)): (usize, &(f64, f64))| {
            Node::new(format!("n{index}").into(), "N", Kind::Transform, Point { x: *x, y: *y })
        };
        Workflow { nodes: places.iter().enumerate().map(node).collect(), ..Workflow::default() }
    }

    fn check(order: Order, before: &[(f64, f64)], after: &[(f64, f64)]) {
        let workflow = workflow(before);
        let ids: Vec<NodeId> = workflow.nodes.iter().map(|node| node.id.clone()).collect();
        let places: Vec<(f64, f64)> = arranged(&workflow, &ids, order).values().map(|at| (at.x, at.y)).collect();
        assert_eq!(places, after, "{order:?}");
    }

    #[test]
    fn cards_are_put_on_the_line_at_the_end_of_their_box() {
        let before = [(0.0, 0.0), (100.0, 80.0)];
        check(Order::Left, &before, &[(0.0, 0.0), (0.0, 80.0)]);
        check(Order::Right, &before, &[(100.0, 0.0), (100.0, 80.0)]);
        check(Order::Centre, &before, &[(50.0, 0.0), (50.0, 80.0)]);
        check(Order::Top, &before, &[(0.0, 0.0), (100.0, 0.0)]);
        check(Order::Bottom, &before, &[(0.0, 80.0), (100.0, 80.0)]);
        check(Order::Middle, &before, &[(0.0, 40.0), (100.0, 40.0)]);
        check(Order::Left, &before[..1], &[]);
    }

    #[test]
    fn gaps_become_even_and_the_ends_stay() {
        check(Order::Across, &[(0.0, 0.0), (250.0, 9.0), (1_000.0, 0.0)], &[(0.0, 0.0), (500.0, 9.0), (1_000.0, 0.0)]);
        check(Order::Down, &[(0.0, 400.0), (0.0, 0.0), (0.0, 10.0)], &[(0.0, 400.0), (0.0, 0.0), (0.0, 200.0)]);
        check(Order::Across, &[(0.0, 0.0), (250.0, 9.0)], &[]);
    }

    #[test]
    fn a_part_is_tidied_by_itself_and_keeps_its_corner() {
        let mut workflow = workflow(&[(0.0, 0.0), (700.0, 300.0), (640.0, 500.0)]);
        workflow.edges = vec![Edge::between("n0", "n1"), Edge::between("n1", "n2")];
        let places = tidied(&workflow, &["n1".into(), "n2".into()].into()).expect("no circle");
        assert_eq!(places.len(), 2);
        assert_eq!(
            (places[&"n1".into()], places[&"n2".into()]),
            (Point { x: 640.0, y: 304.0 }, Point { x: 960.0, y: 304.0 })
        );
    }
}
