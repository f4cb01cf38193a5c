//! Arranges a workflow in columns from left to right: each node one column after everything it needs, near the middle
//! of what leads to it, no two on top of each other.

use std::collections::HashMap;

use super::{
    graph::Graph,
    id::NodeId,
    workflow::{Point, Workflow},
};

/// From one column's left edge to the next.
const COLUMN: f64 = 320.0;
/// From one row's upper edge to the next.
const ROW: f64 = 112.0;
/// Positions are multiples of this.
const GRID: f64 = 16.0;

/// Where each node goes. The upper left corner of the whole stays where it is. None while the graph has a cycle.
pub fn arrange(workflow: &Workflow) -> Option<HashMap<NodeId, Point>> {
    let levels = Graph::of(workflow).levels().ok()?;
    let mut rows: HashMap<NodeId, f64> = HashMap::new();
    for level in &levels {
        let wishes = level.iter().map(|id| (id.clone(), wish(workflow, id, &rows))).collect();
        place(workflow, wishes, &mut rows);
    }
    // Sources come without a wish of their own: they move to the middle of what follows them.
    if let Some(first) = levels.first() {
        let wishes = first.iter().map(|id| (id.clone(), middle_of_targets(workflow, id, &rows))).collect();
        place(workflow, wishes, &mut rows);
    }
    Some(anchored(workflow, &levels, &rows))
}

/// The mean row of the sources; of two targets of one node, that of its upper port comes first.
fn wish(workflow: &Workflow, id: &NodeId, rows: &HashMap<NodeId, f64>) -> f64 {
    let sources: Vec<f64> = workflow
        .edges
        .iter()
        .filter(|edge| edge.to.node == *id)
        .filter_map(|edge| {
            let kind = workflow.node(&edge.from.node)?.kind;
            let port = kind.output_ports().position(|port| port == edge.from.port).unwrap_or(0);
            Some(rows.get(&edge.from.node)? + 0.01 * port as f64)
        })
        .collect();
    mean(&sources).unwrap_or(0.0)
}

fn middle_of_targets(workflow: &Workflow, id: &NodeId, rows: &HashMap<NodeId, f64>) -> f64 {
    let targets: Vec<f64> = workflow
        .edges
        .iter()
        .filter(|edge| edge.from.node == *id)
        .filter_map(|edge| rows.get(&edge.to.node).copied())
        .collect();
    mean(&targets).or_else(|| rows.get(id).copied()).unwrap_or(0.0)
}

fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

/// Gives a column its rows: in the order of the wishes (of the present positions where they are equal), one row apart
/// at least, and together in the middle of the wishes.
fn place(workflow: &Workflow, mut wishes: Vec<(NodeId, f64)>, rows: &mut HashMap<NodeId, f64>) {
    let present = |id: &NodeId| workflow.node(id).map_or(0.0, |node| node.position.y);
    wishes.sort_by(|a, b| a.1.total_cmp(&b.1).then(present(&a.0).total_cmp(&present(&b.0))));
    let mut placed: Vec<f64> = Vec::with_capacity(wishes.len());
    for (_, wish) in &wishes {
        placed.push(placed.last().map_or(*wish, |above: &f64| wish.max(above + 1.0)));
    }
    let wanted: Vec<f64> = wishes.iter().map(|(_, wish)| *wish).collect();
    let shift = mean(&wanted).unwrap_or(0.0) - mean(&placed).unwrap_or(0.0);
    for ((id, _), row) in wishes.into_iter().zip(placed) {
        rows.insert(id, row + shift);
    }
}

fn anchored(workflow: &Workflow, levels: &[Vec<NodeId>], rows: &HashMap<NodeId, f64>) -> HashMap<NodeId, Point> {
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let left = least(&mut workflow.nodes.iter().map(|node| node.position.x));
    let top = least(&mut workflow.nodes.iter().map(|node| node.position.y));
    let first_row = least(&mut rows.values().copied());
    let on_grid = |value: f64| (value / GRID).round() * GRID;
    levels
        .iter()
        .enumerate()
        .flat_map(|(column, level)| level.iter().map(move |id| (column, id)))
        .map(|(column, id)| {
            let x = on_grid(left + column as f64 * COLUMN);
            let y = on_grid(top + (rows[id] - first_row) * ROW);
            (id.clone(), Point { x, y })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Edge, Node},
    };

    fn workflow(nodes: &[(&str, Kind)], edges: Vec<Edge>) -> Workflow {
        let nodes = nodes.iter().map(|(id, kind)| Node::new((*id).into(), *id, *kind, Point::default())).collect();
        Workflow { nodes, edges, ..Default::default() }
    }

    fn at(places: &HashMap<NodeId, Point>, id: &str) -> (f64, f64) {
        let point = places[&NodeId::from(id)];
        (point.x, point.y)
    }

    #[test]
    fn a_chain_becomes_a_straight_line() {
        let tasks = [("a", Kind::Manual), ("b", Kind::Transform), ("c", Kind::Transform)];
        let places =
            arrange(&workflow(&tasks, vec![Edge::between("a", "b"), Edge::between("b", "c")])).expect("no cycle");
        assert_eq!(at(&places, "a"), (0.0, 0.0));
        assert_eq!(at(&places, "b"), (320.0, 0.0));
        assert_eq!(at(&places, "c"), (640.0, 0.0));
    }

    #[test]
    fn branches_stand_around_their_source_with_the_upper_port_above() {
        let tasks = [("if", Kind::Condition), ("no", Kind::Transform), ("yes", Kind::Transform)];
        let edges = vec![Edge::from_port("if", "false", "no"), Edge::from_port("if", "true", "yes")];
        let places = arrange(&workflow(&tasks, edges)).expect("no cycle");
        assert_eq!((at(&places, "yes").1, at(&places, "if").1, at(&places, "no").1), (0.0, 64.0, 112.0));
    }

    #[test]
    fn no_two_nodes_lie_on_top_of_each_other() {
        let kinds: Vec<(String, Kind)> = (0..30).map(|i| (format!("n{i}"), Kind::Transform)).collect();
        let named: Vec<(&str, Kind)> = kinds.iter().map(|(id, kind)| (id.as_str(), *kind)).collect();
        let edges = (1..30).map(|i| Edge::between(kinds[i / 3].0.as_str(), kinds[i].0.as_str())).collect();
        let places = arrange(&workflow(&named, edges)).expect("no cycle");
        let all: Vec<Point> = places.values().copied().collect();
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| (a.x - b.x).abs() >= 208.0 || (a.y - b.y).abs() >= 96.0));
        }
    }

    #[test]
    fn a_cycle_cannot_be_arranged() {
        let tasks = [("a", Kind::Transform), ("b", Kind::Transform)];
        assert!(arrange(&workflow(&tasks, vec![Edge::between("a", "b"), Edge::between("b", "a")])).is_none());
    }
}
