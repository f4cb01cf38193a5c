//! Folds journals, one execution after the other, to what they tell together. What it keeps is bounded, however many and
//! however large they are.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Insight, Learner, Means, NodeInsight, Time, learned::MOST_ITEMS};
use crate::domain::{
    event::Event,
    execution::TaskRunStatus,
    graph::Graph,
    id::{NodeId, RunId},
    payload,
    state::{ExecutionState, TaskRun},
    task::port,
    workflow::{Edge, Node, Workflow},
};

/// What all schemas together may take.
const MEANS: Means = Means { places: 5_000, looks: 3_000_000 };

pub struct Gathering {
    workflow: Workflow,
    tallies: HashMap<NodeId, Tally>,
    /// How long whole executions took, in microseconds.
    spans: Vec<u64>,
    executions: usize,
    since: Option<DateTime<Utc>>,
    is_partial: bool,
    means: Means,
}

#[derive(Default)]
struct Tally {
    runs: usize,
    failed: usize,
    /// In microseconds.
    spans: Vec<u64>,
    /// It ran once per item: its time is part of its loop's.
    is_inside: bool,
    unread: usize,
    outputs: HashMap<String, Learner>,
}

impl Gathering {
    /// Of executions of this workflow; what they tell of nodes that it does not have is left out.
    pub fn of(workflow: Workflow) -> Self {
        let (tallies, spans, executions, since, is_partial) = Default::default();
        Self { workflow, tallies, spans, executions, since, is_partial, means: MEANS }
    }

    /// Takes in the journal of one execution, as far as it was read.
    pub fn take(&mut self, events: &[Event]) {
        let state = ExecutionState::of(events);
        self.executions += 1;
        self.since = self.since.into_iter().chain(state.started_at).min();
        match state.started_at.zip(state.finished_at) {
            Some((from, to)) => self.spans.push(micros(from, to)),
            None => self.is_partial = true,
        }
        let Self { workflow, tallies, means, .. } = self;
        for node in &workflow.nodes {
            if node.kind.is_trigger() {
                if state.has_fired(&node.id) && !node.disabled {
                    let tally = tallies.entry(node.id.clone()).or_default();
                    tally.runs += 1;
                    tally.learn(port::OUT, &state.output_of(node), means);
                }
                continue;
            }
            for (id, run) in state.runs(&node.id).filter(|(_, run)| counts(run)) {
                tallies.entry(node.id.clone()).or_default().take(&state, node, (id, run), means);
            }
            for (_, found) in state.loops.iter().filter(|(id, _)| id.node == node.id) {
                let tally = tallies.entry(node.id.clone()).or_default();
                found.items.iter().take(MOST_ITEMS).for_each(|item| tally.learn(port::ITEM, item, means));
            }
        }
    }

    /// There were more executions than could be read.
    pub fn leave_out_the_rest(&mut self) {
        self.is_partial = true;
    }

    pub fn insight(mut self, version: i32) -> Insight {
        let critical_path = self.critical_path();
        self.is_partial |= self.tallies.values().any(|tally| tally.unread > 0);
        Insight {
            version,
            executions: self.executions,
            since: self.since,
            time: time(&mut self.spans),
            is_partial: self.is_partial,
            shows_data: true,
            nodes: self.tallies.into_iter().map(|(id, tally)| (id, tally.insight())).collect(),
            critical_path,
        }
    }

    /// Over what ran and carried data. A loop counts as a whole: what is inside of it has no weight of its own.
    fn critical_path(&mut self) -> Vec<NodeId> {
        let weight =
            |tally: &mut Tally| if tally.is_inside { 0 } else { percentile(&mut tally.spans, 95).unwrap_or(0) };
        let weights: HashMap<NodeId, u64> =
            self.tallies.iter_mut().map(|(id, tally)| (id.clone(), weight(tally))).collect();
        if weights.values().all(|weight| *weight == 0) {
            return Vec::new();
        }
        let was_taken = |edge: &&Edge| {
            let from = self.tallies.get(&edge.from.node);
            from.is_some_and(|from| from.may_have_carried(&edge.from.port)) && self.tallies.contains_key(&edge.to.node)
        };
        let taken = Workflow {
            nodes: self.workflow.nodes.clone(),
            edges: self.workflow.edges.iter().filter(was_taken).cloned().collect(),
            ..Workflow::default()
        };
        let weight = |id: &NodeId| weights.get(id).copied().unwrap_or(0) as f64;
        Graph::of(&taken).critical_path(weight).unwrap_or_default()
    }
}

/// Whether it ran here, to an end of its own.
fn counts(run: &TaskRun) -> bool {
    run.kept_from.is_none() && matches!(run.status, TaskRunStatus::Succeeded | TaskRunStatus::Failed)
}

impl Tally {
    fn take(&mut self, state: &ExecutionState, node: &Node, (id, run): (&RunId, &TaskRun), means: &mut Means) {
        self.runs += 1;
        self.is_inside |= !id.path.is_empty();
        let began = run.attempts.first().map(|attempt| attempt.started_at);
        self.spans.extend(began.zip(run.finished_at).map(|(from, to)| micros(from, to)));
        if run.status == TaskRunStatus::Succeeded {
            let through = run.port.as_deref().unwrap_or(port::OUT);
            return self.learn(through, &state.output_at(node, &id.path), means);
        }
        self.failed += 1;
        let error = run.attempts.last().and_then(|attempt| attempt.error.as_ref());
        match error.is_some_and(|error| payload::cut(&error.details).is_some()) {
            true => self.unread += 1,
            false => self.learn(port::ERROR, &state.output_at(node, &id.path), means),
        }
    }

    fn learn(&mut self, through: &str, value: &serde_json::Value, means: &mut Means) {
        if payload::cut(value).is_some() {
            self.unread += 1;
            return;
        }
        let learner = match self.outputs.get_mut(through) {
            Some(learner) => learner,
            None => self.outputs.entry(through.to_owned()).or_default(),
        };
        learner.take(value, means);
    }

    /// Of what was too much to read it is not known where it went. A loop hands its items to what is inside of it.
    fn may_have_carried(&self, through: &str) -> bool {
        through != port::ITEM && (self.unread > 0 || self.outputs.contains_key(through))
    }

    fn insight(mut self) -> NodeInsight {
        NodeInsight {
            runs: self.runs,
            failed: self.failed,
            time: time(&mut self.spans),
            unread: self.unread,
            outputs: self.outputs.iter().map(|(port, learner)| (port.clone(), learner.schema())).collect(),
        }
    }
}

fn micros(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    // Replicas' clocks may differ.
    (to - from).num_microseconds().and_then(|micros| u64::try_from(micros).ok()).unwrap_or(0)
}

fn time(spans: &mut [u64]) -> Option<Time> {
    let millis = |micros: u64| (micros + 500) / 1_000;
    Some(Time { p50_ms: millis(percentile(spans, 50)?), p95_ms: millis(percentile(spans, 95)?) })
}

/// The smallest of them that so many of a hundred do not exceed; none: there are none.
fn percentile(spans: &mut [u64], percent: usize) -> Option<u64> {
    spans.sort_unstable();
    let rank = (spans.len() * percent).div_ceil(100);
    spans.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests;
