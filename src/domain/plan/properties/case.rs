//! Graphs as chance draws them, with what each task in them would do.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::domain::{
    id::{NodeId, RunId},
    task::{Kind, port},
    workflow::{Edge, JoinRule, Node, Point, Workflow},
};

#[derive(Clone, Debug)]
pub struct Drawn {
    pub shape: Shape,
    join: usize,
    sources: Vec<(usize, usize)>,
    /// Attempts that fail before one succeeds; more than there are: it fails.
    failures: u32,
    pub max_attempts: u32,
    /// In which iterations those attempts fail, by the bits of the index; in the others the first one succeeds.
    fails_in: u8,
    takes_true: bool,
}

#[derive(Clone, Debug)]
pub enum Shape {
    Task,
    Condition,
    Loop(Body),
}

#[derive(Clone, Debug)]
pub struct Body {
    pub nodes: Vec<Drawn>,
    pub items: u32,
    pub max_parallel: u32,
    pub go_on: bool,
}

/// A graph, and chance for the order in which things happen.
#[derive(Clone, Debug)]
pub struct Case {
    pub nodes: Vec<Drawn>,
    pub order: u64,
    /// After so many events somebody cancels.
    pub cancel_after: Option<usize>,
    /// Which edges have a breakpoint, by the bits of this number.
    breakpoints: u64,
}

/// Loops inside of each other, at most.
const DEPTH: u32 = 2;

fn shape(depth: u32) -> BoxedStrategy<Shape> {
    let plain = prop_oneof![Just(Shape::Task), Just(Shape::Condition)];
    if depth == 0 {
        return plain.boxed();
    }
    let nodes = prop::collection::vec(drawn(depth - 1), 1..5);
    let body = (nodes, 0..5_u32, 1..4_u32, any::<bool>())
        .prop_map(|(nodes, items, max_parallel, go_on)| Shape::Loop(Body { nodes, items, max_parallel, go_on }));
    prop_oneof![6 => plain, 1 => body].boxed()
}

fn drawn(depth: u32) -> BoxedStrategy<Drawn> {
    let sources = prop::collection::vec((0..1_000_usize, 0..3_usize), 0..4);
    let join = prop_oneof![3 => Just(0_usize), 2 => 0..JoinRule::ALL.len()];
    let failures = (prop_oneof![3 => Just(0_u32), 1 => 0..4_u32], 1..4_u32, any::<u8>());
    (shape(depth), join, sources, failures, any::<bool>())
        .prop_map(|(shape, join, sources, (failures, max_attempts, fails_in), takes_true)| Drawn {
            shape,
            join,
            sources,
            failures,
            max_attempts,
            fails_in,
            takes_true,
        })
        .boxed()
}

pub fn case() -> impl Strategy<Value = Case> {
    let nodes = prop_oneof![
        4 => prop::collection::vec(drawn(DEPTH), 1..12),
        1 => prop::collection::vec(drawn(DEPTH), 12..200),
    ];
    let breakpoints = prop_oneof![2 => Just(0_u64), 1 => any::<u64>()];
    (nodes, any::<u64>(), prop::option::weighted(0.2, 0..60_usize), breakpoints)
        .prop_map(|(nodes, order, cancel_after, breakpoints)| Case { nodes, order, cancel_after, breakpoints })
}

impl Drawn {
    pub fn kind(&self) -> Kind {
        match self.shape {
            Shape::Task => Kind::Transform,
            Shape::Condition => Kind::Condition,
            Shape::Loop(_) => Kind::ForEach,
        }
    }

    /// Attempts that fail in this iteration; outside of loops the path is empty.
    pub fn failures(&self, path: &[u32]) -> u32 {
        let fails = path.last().is_none_or(|index| self.fails_in >> (index % 8) & 1 == 1);
        if fails { self.failures } else { 0 }
    }

    pub fn succeeds(&self, path: &[u32]) -> bool {
        self.failures(path) < self.max_attempts
    }

    /// The port that data leaves through when it succeeds.
    pub fn port(&self, path: &[u32]) -> &'static str {
        let is_odd = path.last().is_some_and(|index| index % 2 == 1);
        match (&self.shape, self.takes_true != is_odd) {
            (Shape::Task, _) => port::OUT,
            (Shape::Condition, true) => port::TRUE,
            (Shape::Condition, false) => port::FALSE,
            (Shape::Loop(_), _) => port::DONE,
        }
    }

    pub fn rule(&self) -> JoinRule {
        JoinRule::ALL[self.join]
    }
}

/// The edges into a node from its neighbours, each once: where from and through which port.
pub fn edges(nodes: &[Drawn], position: usize) -> BTreeSet<(usize, &'static str)> {
    let earlier = |(source, through): &(usize, usize)| {
        let source = source % position.max(1);
        let ports: Vec<&str> = nodes[source].kind().output_ports().filter(|port| *port != port::ITEM).collect();
        (source, ports[through % ports.len()])
    };
    if position == 0 { BTreeSet::new() } else { nodes[position].sources.iter().map(earlier).collect() }
}

/// Whether the failure of this node is taken up by one of its neighbours.
pub fn is_taken_up(nodes: &[Drawn], source: usize) -> bool {
    (0..nodes.len()).any(|position| edges(nodes, position).contains(&(source, port::ERROR)))
}

/// The name of a node: its place, after those of the loops around it.
pub fn id(around: &str, position: usize) -> NodeId {
    NodeId::from(format!("{around}{position}"))
}

pub const TOP: &str = "n";

/// What the names of the nodes in a loop's body begin with.
pub fn inside(loop_id: &NodeId) -> String {
    format!("{loop_id}_")
}

impl Case {
    pub fn workflow(&self) -> Workflow {
        let mut workflow = Workflow::default();
        add(&mut workflow, &self.nodes, TOP, None);
        workflow
    }

    pub fn breakpoints(&self, workflow: &Workflow) -> Vec<Edge> {
        let edges = workflow.edges.iter().enumerate();
        edges.filter(|(number, _)| self.breakpoints >> (number % 64) & 1 == 1).map(|(_, edge)| edge.clone()).collect()
    }

    pub fn drawn(&self, run: &RunId) -> &Drawn {
        let places = run.node.as_str()[TOP.len()..].split('_').map(|place| place.parse::<usize>().expect("a place"));
        let mut nodes = &self.nodes;
        let mut found = None;
        for place in places {
            let drawn = &nodes[place];
            if let Shape::Loop(body) = &drawn.shape {
                nodes = &body.nodes;
            }
            found = Some(drawn);
        }
        found.expect("every name has a place")
    }
}

/// Adds the nodes; those of a body that have no neighbour before them take the loop's items.
fn add(workflow: &mut Workflow, nodes: &[Drawn], around: &str, of_loop: Option<&NodeId>) {
    for (position, drawn) in nodes.iter().enumerate() {
        let id_here = id(around, position);
        let mut node = Node::new(id_here.clone(), id_here.to_string(), drawn.kind(), Point::default());
        node.join = drawn.rule();
        workflow.nodes.push(node);
        let edges = edges(nodes, position);
        if let (true, Some(of_loop)) = (edges.is_empty(), of_loop) {
            workflow.edges.push(Edge::from_port(of_loop.clone(), port::ITEM, id_here.clone()));
        }
        let from = |(source, through)| Edge::from_port(id(around, source), through, id_here.clone());
        workflow.edges.extend(edges.into_iter().map(from));
        if let Shape::Loop(body) = &drawn.shape {
            add(workflow, &body.nodes, &inside(&id_here), Some(&id_here));
        }
    }
}
