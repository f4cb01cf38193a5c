//! Chance from a seed: the same seed makes the same workflows, the same endings and the same trouble.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::message::Ending;
use crate::domain::{
    commit::Commit,
    event::{TaskError, WaitsFor},
    limit::{Concurrency, ConcurrencyPolicy, Debounce},
    retry::RetryPolicy,
    task::{Kind, port},
    workflow::{Edge, JoinRule, Node, Point, Workflow},
};

/// Executions above another, at most.
const DEEPEST: u32 = 2;

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

    /// Up to ten nodes in a graph without cycles; loops have bodies of one or two nodes. `depth`: so many executions stand
    /// above it.
    pub fn workflow(&mut self, depth: u32) -> Workflow {
        let mut workflow = Workflow { name: "Simulated".into(), ..Workflow::default() };
        let size = 1 + self.below(if depth == 0 { 7 } else { 3 });
        for number in 0..size {
            let kind = self.kind(depth);
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
                self.add_body(&mut workflow, number, depth);
            }
        }
        workflow.settings.deadline_secs = self.percent(10).then(|| 20 + self.below(60) as u32);
        workflow.settings.commit = Commit::ALL[self.below(5).saturating_sub(2)];
        let quiet_secs = 1 + self.below(20) as u32;
        workflow.settings.debounce =
            self.percent(20).then(|| Debounce { key: format!("d{}", self.below(2)), quiet_secs });
        // A child that waited for its parent's key would wait for ever: here keys are the same for all workflows.
        workflow.settings.concurrency = (depth == 0 && self.percent(25)).then(|| self.concurrency());
        workflow
    }

    fn concurrency(&mut self) -> Concurrency {
        use ConcurrencyPolicy::{CancelNewest, CancelOldest, Queue, Skip};
        let key = format!("k{}", self.below(2));
        let policy = [Queue, Queue, Skip, CancelOldest, CancelNewest][self.below(5)];
        Concurrency { limit: super::lines::most(&key), key, policy }
    }

    fn add_body(&mut self, workflow: &mut Workflow, number: usize, depth: u32) {
        let (first, second) = (format!("b{number}"), format!("c{number}"));
        let kinds = [Kind::Transform, Kind::Delay, Kind::Approval, Kind::WaitForEvent, Kind::SubWorkflow];
        let kind = kinds[self.below(if depth < DEEPEST { 5 } else { 4 })];
        let mut node = self.node(&first, kind);
        node.join = JoinRule::AllSucceeded;
        workflow.nodes.push(node);
        workflow.edges.push(Edge::from_port(format!("n{number}").as_str(), port::ITEM, first.as_str()));
        if kind != Kind::Approval && self.percent(50) {
            workflow.nodes.push(self.node(&second, Kind::Transform));
            workflow.edges.push(Edge::between(first.as_str(), second.as_str()));
        }
    }

    /// Edges of the workflow; of most workflows none.
    pub fn breakpoints(&mut self, workflow: &Workflow) -> Vec<Edge> {
        if !self.percent(30) {
            return Vec::new();
        }
        workflow.edges.iter().filter(|_| self.percent(40)).cloned().collect()
    }

    fn kind(&mut self, depth: u32) -> Kind {
        match self.below(100) {
            0..40 => Kind::Transform,
            40..52 => Kind::Condition,
            52..66 => Kind::Delay,
            66..74 => Kind::Approval,
            74..82 => Kind::WaitForEvent,
            82..91 if depth < DEEPEST => Kind::SubWorkflow,
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
        node.group = (kind == Kind::Transform && self.percent(20)).then(|| "gpu".to_owned());
        node.start_timeout_secs = self.percent(5).then(|| 5 + self.below(30) as u32);
        node.total_timeout_secs = self.percent(10).then(|| 5 + self.below(30) as u32);
        node
    }

    /// How an attempt at the node ends. A sub-workflow is started by whoever asks.
    pub fn ending(&mut self, node: &Node, now: DateTime<Utc>) -> Ending {
        if self.percent(20) {
            let retryable = self.percent(70);
            let error = TaskError { message: "It failed.".into(), field: None, retryable, details: Value::Null };
            return Ending::Failed { error, after: Some(Duration::from_secs(self.below(20) as u64)) };
        }
        let output = json!({ "number": self.below(1_000) });
        let until = self.percent(30).then(|| now + TimeDelta::seconds(5 + self.below(60) as i64));
        match node.kind {
            Kind::Delay => Ending::Wait {
                until: Some(now + TimeDelta::seconds(self.below(40) as i64)),
                output,
                waits_for: WaitsFor::Time,
            },
            Kind::Condition => {
                let port = if self.percent(50) { port::TRUE } else { port::FALSE };
                Ending::Done { output, port: port.into() }
            }
            Kind::Approval => {
                let waits_for = match self.percent(70) {
                    true => WaitsFor::Approval { message: "?".into(), form: None },
                    false => WaitsFor::Call,
                };
                Ending::Wait { until, output, waits_for }
            }
            Kind::WaitForEvent => {
                let name = ["paid", "sent"][self.below(2)].to_owned();
                let key = [None, Some("a"), Some("b")][self.below(3)].map(str::to_owned);
                Ending::Wait { until, output, waits_for: WaitsFor::Event { name, key } }
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
