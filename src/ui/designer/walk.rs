//! Walking the graph with the arrow keys: left and right along edges, up and down to what lies there.

use crate::domain::{
    id::NodeId,
    workflow::{Point, Workflow},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowLeft" => Some(Self::Left),
            "ArrowRight" => Some(Self::Right),
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            _ => None,
        }
    }

    /// A step this way.
    pub fn unit(self) -> (f64, f64) {
        match self {
            Self::Left => (-1.0, 0.0),
            Self::Right => (1.0, 0.0),
            Self::Up => (0.0, -1.0),
            Self::Down => (0.0, 1.0),
        }
    }
}

/// The node that an arrow key leads to from here.
pub fn step(workflow: &Workflow, from: &NodeId, direction: Direction) -> Option<NodeId> {
    along(workflow, from, direction).or_else(|| beside(workflow, from, direction))
}

/// Along the edges: the uppermost one, as it is drawn.
fn along(workflow: &Workflow, from: &NodeId, direction: Direction) -> Option<NodeId> {
    let end = |id: &NodeId| workflow.node(id).map(|node| (node.position.y, node.id.clone()));
    let ends = workflow.edges.iter().filter_map(|edge| match direction {
        Direction::Right if edge.from.node == *from => end(&edge.to.node),
        Direction::Left if edge.to.node == *from => end(&edge.from.node),
        _ => None,
    });
    ends.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
}

/// The nearest one in a cone of 45° around the direction; distance beside it counts twice.
fn beside(workflow: &Workflow, from: &NodeId, direction: Direction) -> Option<NodeId> {
    let Point { x, y } = workflow.node(from)?.position;
    let (ux, uy) = direction.unit();
    let cost = |at: Point| {
        let (dx, dy) = (at.x - x, at.y - y);
        let ahead = dx * ux + dy * uy;
        let aside = (dx * uy + dy * ux).abs();
        (ahead > 0.0 && aside <= ahead * 1.5 + 240.0 * uy.abs()).then_some(ahead + 2.0 * aside)
    };
    let others = workflow.nodes.iter().filter(|node| node.id != *from);
    let found = others.filter_map(|node| Some((cost(node.position)?, &node.id)));
    found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Edge, Node},
    };

    /// start → yes (above), start → no (below); alone, far to the right.
    fn workflow() -> Workflow {
        let node = |id: &str, x: f64, y: f64| Node::new(id.into(), id, Kind::Transform, Point { x, y });
        Workflow {
            nodes: vec![
                node("start", 0.0, 50.0),
                node("no", 320.0, 112.0),
                node("yes", 320.0, 0.0),
                node("alone", 960.0, 50.0),
            ],
            edges: vec![Edge::between("start", "no"), Edge::between("start", "yes")],
            ..Workflow::default()
        }
    }

    #[test]
    fn arrows_follow_edges_and_reach_what_lies_there() {
        for (from, key, to) in [
            ("start", "ArrowRight", Some("yes")),
            ("no", "ArrowLeft", Some("start")),
            ("yes", "ArrowDown", Some("no")),
            ("no", "ArrowUp", Some("yes")),
            ("yes", "ArrowRight", Some("alone")),
            ("start", "ArrowLeft", None),
            ("nobody", "ArrowUp", None),
        ] {
            let direction = Direction::of_key(key).expect("an arrow");
            assert_eq!(step(&workflow(), &from.into(), direction), to.map(NodeId::from), "{from} {key}");
        }
        assert_eq!(Direction::of_key("x"), None);
    }
}
