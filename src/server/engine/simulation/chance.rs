//! Chance from a seed: the same seed makes the same workflows, the same endings and the same trouble.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::message::Ending;
use crate::domain::{
    event::{TaskError, WaitsFor},
    retry::RetryPolicy,
    task::{Kind, port},
    workflow::{Edge, JoinRule, Node, Point, Workflow},
};

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere.
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit.max(1) as u64) as usize
    }

    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        (!choices.is_empty()).then(|| choices[self.below(choices.len())])
    }

    /// Up to ten nodes in a graph without cycles; loops have bodies of one or two nodes.
    pub fn workflow(&mut self) -> Workflow {
        let mut workflow = Workflow { name: "Simulated".into(), ..Workflow::default() };
        let size = 1 + self.below(7);
        for number in 0..size {
            let kind = self.kind();
            let node = self.node(&format!("n{number}"), kind);
            let before = workflow.nodes.iter().filter(|node| node.id.as_str().starts_with('n'));
            let before: Vec<(String, Kind)> = before.map(|node| (node.id.to_string(), node.kind)).collect();
            for _ in 0..self.below(3).min(before.len()) {
                let (source, source_kind) = &before[self.below(before.len())];
                let ports: Vec<&str> = source_kind.output_ports().filter(|port| *port != port::ITEM).collect();
                let through = ports[self.below(ports.len())];
                let edge = Edge::from_port(source.as_str(), through, node.id.clone());
                if !workflow.edges.contains(&edge) {
                    workflow.edges.push(edge);
                }
            }
            workflow.nodes.push(node);
            if kind == Kind::ForEach {
                self.add_body(&mut workflow, number);
            }
        }
        workflow.settings.deadline_secs = self.percent(10).then(|| 20 + self.below(60) as u32);
        workflow
    }

    fn add_body(&mut self, workflow: &mut Workflow, number: usize) {
        let (first, second) = (format!("b{number}"), format!("c{number}"));
        let kind = self.one_of(&[Kind::Transform, Kind::Delay]).unwrap_or(Kind::Transform);
        let mut node = self.node(&first, kind);
        node.join = JoinRule::AllSucceeded;
        workflow.nodes.push(node);
        workflow.edges.push(Edge::from_port(format!("n{number}").as_str(), port::ITEM, first.as_str()));
        if self.percent(50) {
            workflow.nodes.push(self.node(&second, Kind::Transform));
            workflow.edges.push(Edge::between(first.as_str(), second.as_str()));
        }
    }

    fn kind(&mut self) -> Kind {
        match self.below(100) {
            0..55 => Kind::Transform,
            55..70 => Kind::Condition,
            70..88 => Kind::Delay,
            _ => Kind::ForEach,
        }
    }

    fn node(&mut self, id: &str, kind: Kind) -> Node {
        let mut node = Node::new(id.into(), id, kind, Point::default());
        // No jitter: how long a retry waits is what the ending asks for.
        node.retry = RetryPolicy { max_attempts: 1 + self.below(3) as u32, base_ms: 0, factor: 1.0, cap_ms: 60_000 };
        node.join = match self.percent(70) {
            true => JoinRule::AllSucceeded,
            false => JoinRule::ALL[self.below(JoinRule::ALL.len())],
        };
        node.total_timeout_secs = self.percent(10).then(|| 5 + self.below(30) as u32);
        node
    }

    pub fn ending(&mut self, kind: Kind, now: DateTime<Utc>) -> Ending {
        if self.percent(20) {
            let retryable = self.percent(70);
            let error = TaskError { message: "It failed.".into(), field: None, retryable, details: Value::Null };
            return Ending::Failed { error, after: Some(Duration::from_secs(self.below(20) as u64)) };
        }
        let output = json!({ "number": self.below(1_000) });
        match kind {
            Kind::Delay => Ending::Wait {
                until: Some(now + TimeDelta::seconds(self.below(40) as i64)),
                output,
                waits_for: WaitsFor::Time,
            },
            Kind::Condition => {
                let port = if self.percent(50) { port::TRUE } else { port::FALSE };
                Ending::Done { output, port: port.into() }
            }
            Kind::ForEach => Ending::Loop {
                items: (0..self.below(5)).map(Value::from).collect(),
                max_parallel: 1 + self.below(3) as u32,
                go_on: self.percent(50),
            },
            _ => Ending::Done { output, port: port::OUT.into() },
        }
    }
}
