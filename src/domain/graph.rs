//! The graph of a workflow over petgraph: order, levels, cycles, reachability, critical path. Built once per
//! version; edges whose ends do not exist are left out here and reported by `validate`.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::{
    Direction,
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
    visit::{Dfs, EdgeRef, Reversed},
};

use super::{id::NodeId, workflow::Workflow};

pub struct Graph {
    /// Nodes in the order of the workflow; edges carry the name of the output port.
    graph: DiGraph<NodeId, String>,
    index: HashMap<NodeId, NodeIndex>,
}

/// Nodes that wait for each other in a circle, in the order of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<NodeId>);

impl Graph {
    pub fn of(workflow: &Workflow) -> Self {
        let mut graph = DiGraph::new();
        let index: HashMap<NodeId, NodeIndex> =
            workflow.nodes.iter().map(|node| (node.id.clone(), graph.add_node(node.id.clone()))).collect();
        for edge in &workflow.edges {
            if let (Some(from), Some(to)) = (index.get(&edge.from.node), index.get(&edge.to.node)) {
                graph.add_edge(*from, *to, edge.from.port.clone());
            }
        }
        Self { graph, index }
    }

    /// The nodes level by level (Kahn 1962): each level needs only nodes of the levels before it. Nodes of a level
    /// can run in parallel and stand in the order of the workflow.
    pub fn levels(&self) -> Result<Vec<Vec<NodeId>>, Cycle> {
        let mut missing: Vec<usize> = self
            .graph
            .node_indices()
            .map(|node| self.graph.edges_directed(node, Direction::Incoming).count())
            .collect();
        let mut level: Vec<NodeIndex> = self.graph.node_indices().filter(|node| missing[node.index()] == 0).collect();
        let mut levels = Vec::new();
        let mut ordered = 0;
        while !level.is_empty() {
            ordered += level.len();
            let mut next = Vec::new();
            for edge in level.iter().flat_map(|node| self.graph.edges(*node)) {
                let target = edge.target();
                missing[target.index()] -= 1;
                if missing[target.index()] == 0 {
                    next.push(target);
                }
            }
            next.sort_unstable();
            levels.push(self.ids(&level));
            level = next;
        }
        if ordered == self.graph.node_count() { Ok(levels) } else { Err(self.first_cycle()) }
    }

    /// The nodes so that each stands after everything it needs.
    pub fn order(&self) -> Result<Vec<NodeId>, Cycle> {
        Ok(self.levels()?.into_iter().flatten().collect())
    }

    fn first_cycle(&self) -> Cycle {
        let mut nodes = tarjan_scc(&self.graph)
            .into_iter()
            .find(|nodes| nodes.len() > 1 || self.graph.contains_edge(nodes[0], nodes[0]))
            .expect("the graph has an order unless it has a cycle");
        nodes.sort_unstable();
        Cycle(self.ids(&nodes))
    }

    fn ids(&self, nodes: &[NodeIndex]) -> Vec<NodeId> {
        nodes.iter().map(|node| self.graph[*node].clone()).collect()
    }

    /// Every node that data from this one can reach, without itself.
    pub fn descendants(&self, node: &NodeId) -> HashSet<NodeId> {
        let Some(start) = self.index.get(node) else { return HashSet::new() };
        let mut search = Dfs::new(&self.graph, *start);
        let mut found = HashSet::new();
        while let Some(next) = search.next(&self.graph) {
            found.insert(self.graph[next].clone());
        }
        found.remove(node);
        found
    }

    /// These nodes and every node that data from them can reach.
    pub fn reach<'a>(&self, nodes: impl IntoIterator<Item = &'a NodeId>) -> HashSet<NodeId> {
        let mut search = Dfs::empty(&self.graph);
        let mut found = HashSet::new();
        for start in nodes.into_iter().filter_map(|node| self.index.get(node)) {
            // What was found already is not gone through again.
            search.move_to(*start);
            while let Some(next) = search.next(&self.graph) {
                found.insert(self.graph[next].clone());
            }
        }
        found
    }

    /// These nodes and every node whose data can reach them.
    pub fn needs<'a>(&self, nodes: impl IntoIterator<Item = &'a NodeId>) -> HashSet<NodeId> {
        let reversed = Reversed(&self.graph);
        let mut search = Dfs::empty(reversed);
        let mut found = HashSet::new();
        for start in nodes.into_iter().filter_map(|node| self.index.get(node)) {
            search.move_to(*start);
            while let Some(next) = search.next(reversed) {
                found.insert(self.graph[next].clone());
            }
        }
        found
    }

    /// Every node whose data can reach this one, without itself.
    pub fn ancestors(&self, node: &NodeId) -> HashSet<NodeId> {
        let Some(start) = self.index.get(node) else { return HashSet::new() };
        let reversed = Reversed(&self.graph);
        let mut search = Dfs::new(reversed, *start);
        let mut found = HashSet::new();
        while let Some(next) = search.next(reversed) {
            found.insert(self.graph[next].clone());
        }
        found.remove(node);
        found
    }

    /// The way from `to` back to `from` that an edge `from → to` would close to a cycle; none: the edge is fine.
    pub fn cycle_with(&self, from: &NodeId, to: &NodeId) -> Option<Vec<NodeId>> {
        let (start, goal) = (*self.index.get(to)?, *self.index.get(from)?);
        let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::from([(start, start)]);
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            if node == goal {
                return Some(self.way_back(&came_from, goal));
            }
            for next in self.graph.neighbors(node) {
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    node
                });
            }
        }
        None
    }

    fn way_back(&self, came_from: &HashMap<NodeIndex, NodeIndex>, goal: NodeIndex) -> Vec<NodeId> {
        let mut way = vec![goal];
        let mut node = goal;
        while came_from[&node] != node {
            node = came_from[&node];
            way.push(node);
        }
        way.reverse();
        self.ids(&way)
    }

    /// The chain of nodes with the greatest total weight: what decides how long an execution takes. Weights are in
    /// any one unit and not negative. Empty for a graph without nodes.
    pub fn critical_path(&self, weight: impl Fn(&NodeId) -> f64) -> Result<Vec<NodeId>, Cycle> {
        let order = self.order()?;
        let mut best: HashMap<&NodeId, (f64, Option<&NodeId>)> = HashMap::new();
        for node in &order {
            let before = self
                .sources(node)
                .filter_map(|(source, _)| Some((best.get(source)?.0, source)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let total = before.map_or(0.0, |(total, _)| total) + weight(node);
            best.insert(node, (total, before.map(|(_, source)| source)));
        }
        let mut path = Vec::new();
        let mut last = order.iter().max_by(|a, b| best[a].0.total_cmp(&best[b].0));
        while let Some(node) = last {
            path.push(node.clone());
            last = best[node].1;
        }
        path.reverse();
        Ok(path)
    }

    /// The edges into a node, as source and output port.
    pub fn sources<'a>(&'a self, node: &NodeId) -> impl Iterator<Item = (&'a NodeId, &'a str)> {
        self.edges(node, Direction::Incoming).map(|edge| (&self.graph[edge.source()], edge.weight().as_str()))
    }

    /// The edges out of a node, as output port and target.
    pub fn targets<'a>(&'a self, node: &NodeId) -> impl Iterator<Item = (&'a str, &'a NodeId)> {
        self.edges(node, Direction::Outgoing).map(|edge| (edge.weight().as_str(), &self.graph[edge.target()]))
    }

    fn edges<'a>(
        &'a self,
        node: &NodeId,
        direction: Direction,
    ) -> impl Iterator<Item = petgraph::graph::EdgeReference<'a, String>> {
        self.index.get(node).into_iter().flat_map(move |node| self.graph.edges_directed(*node, direction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Edge, Node, Point},
    };

    /// `a -> b, b -> c, d`: edges and lone nodes.
    pub fn workflow(text: &str) -> Workflow {
        let mut workflow = Workflow::default();
        for part in text.split(',').map(str::trim) {
            let ends: Vec<&str> = part.split("->").map(str::trim).collect();
            for end in &ends {
                if workflow.node(&NodeId::from(*end)).is_none() {
                    workflow.nodes.push(Node::new(NodeId::from(*end), *end, Kind::Transform, Point::default()));
                }
            }
            workflow.edges.extend(ends.windows(2).map(|pair| Edge::between(pair[0], pair[1])));
        }
        workflow
    }

    fn names(ids: &[NodeId]) -> String {
        ids.iter().map(NodeId::as_str).collect::<Vec<_>>().join(" ")
    }

    fn levels(text: &str) -> String {
        match Graph::of(&workflow(text)).levels() {
            Ok(levels) => levels.iter().map(|level| names(level)).collect::<Vec<_>>().join(" | "),
            Err(Cycle(nodes)) => format!("cycle {}", names(&nodes)),
        }
    }

    #[test]
    fn levels_group_what_can_run_in_parallel() {
        assert_eq!(levels("a -> b -> d, a -> c -> d"), "a | b c | d");
        assert_eq!(levels("c -> a, b"), "c b | a");
        assert_eq!(levels("a -> b -> c, a -> c"), "a | b | c");
    }

    #[test]
    fn a_cycle_is_named_by_its_nodes() {
        assert_eq!(levels("a -> b -> c -> b"), "cycle b c");
        assert_eq!(levels("a -> a"), "cycle a");
    }

    #[test]
    fn an_edge_that_would_close_a_cycle_shows_the_way_round() {
        let graph = Graph::of(&workflow("a -> b -> c, a -> d"));
        assert_eq!(graph.cycle_with(&"c".into(), &"a".into()).map(|way| names(&way)), Some("a b c".into()));
        assert_eq!(graph.cycle_with(&"a".into(), &"a".into()).map(|way| names(&way)), Some("a".into()));
        assert_eq!(graph.cycle_with(&"d".into(), &"c".into()), None);
    }

    #[test]
    fn reachability_leaves_out_the_node_itself() {
        let graph = Graph::of(&workflow("a -> b -> c, d -> c"));
        assert_eq!(graph.descendants(&"a".into()), HashSet::from(["b".into(), "c".into()]));
        assert_eq!(graph.ancestors(&"c".into()), HashSet::from(["a".into(), "b".into(), "d".into()]));
    }

    #[test]
    fn several_nodes_reach_and_need_what_any_of_them_does_and_themselves() {
        let graph = Graph::of(&workflow("a -> b -> c, d -> c, d -> e"));
        let sorted = |found: HashSet<NodeId>| {
            let mut found: Vec<NodeId> = found.into_iter().collect();
            found.sort();
            names(&found)
        };
        let (b, d, gone) = (NodeId::from("b"), NodeId::from("d"), NodeId::from("gone"));
        assert_eq!(sorted(graph.reach([&b, &d, &gone])), "b c d e");
        assert_eq!(sorted(graph.needs([&b, &d])), "a b d");
    }

    #[test]
    fn the_critical_path_is_the_heaviest_chain() {
        let graph = Graph::of(&workflow("a -> b -> d, a -> c -> d"));
        let weight = |node: &NodeId| if node.as_str() == "c" { 5.0 } else { 1.0 };
        assert_eq!(graph.critical_path(weight).map(|path| names(&path)), Ok("a c d".into()));
    }

    #[test]
    fn edges_to_nowhere_are_left_out() {
        let mut broken = workflow("a -> b");
        broken.edges.push(Edge::between("a", "gone"));
        assert_eq!(Graph::of(&broken).order().map(|order| names(&order)), Ok("a b".into()));
    }
}
