//! What has to come out, read from the rules node by node, however the planner gets there.

use std::collections::BTreeMap;

use super::case::{Body, Drawn, Shape, edges, is_taken_up};
use crate::domain::{task::port, workflow::JoinRule};

/// How a node ends in one iteration.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Succeeded,
    /// All its attempts failed.
    Failed,
    /// A loop with one end of every node of the body for each item.
    Looped(Vec<Vec<End>>),
    /// A loop that an item broke off.
    BrokenOff,
    Skipped {
        after_failure: bool,
    },
}

impl End {
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::BrokenOff)
    }
}

/// Sources stand before what needs them. `path`: the iterations around these nodes.
pub fn ends(nodes: &[Drawn], path: &[u32]) -> Vec<End> {
    let mut ends: Vec<End> = Vec::new();
    for (position, drawn) in nodes.iter().enumerate() {
        let mut best: BTreeMap<usize, u8> = BTreeMap::new();
        for (source, through) in edges(nodes, position) {
            let told = match &ends[source] {
                End::Succeeded | End::Looped(_) if nodes[source].port(path) == through => CARRIED,
                End::Succeeded | End::Looped(_) => NOT_TAKEN,
                failed if failed.is_failure() && through == port::ERROR => CARRIED,
                End::Skipped { after_failure: false } => NOT_TAKEN,
                _ => FAILED,
            };
            let known = best.entry(source).or_insert(told);
            *known = (*known).max(told);
        }
        let mut told: Vec<u8> = best.into_values().collect();
        if told.is_empty() && !path.is_empty() {
            // It takes the item of its loop.
            told.push(CARRIED);
        }
        ends.push(match told.is_empty() || starts(drawn.rule(), &told) {
            true => end(drawn, path),
            false => End::Skipped { after_failure: told.contains(&FAILED) },
        });
    }
    ends
}

fn end(drawn: &Drawn, path: &[u32]) -> End {
    match &drawn.shape {
        _ if !drawn.succeeds(path) => End::Failed,
        Shape::Loop(body) => looped(body, path),
        Shape::Task | Shape::Condition => End::Succeeded,
    }
}

fn looped(body: &Body, path: &[u32]) -> End {
    let iterations: Vec<Vec<End>> =
        (0..body.items).map(|index| ends(&body.nodes, &[path, &[index]].concat())).collect();
    let breaks_off = !body.go_on && iterations.iter().any(|ends| fails(&body.nodes, ends));
    if breaks_off { End::BrokenOff } else { End::Looped(iterations) }
}

/// Whether a failure here is taken up by nobody.
pub fn fails(nodes: &[Drawn], ends: &[End]) -> bool {
    ends.iter().enumerate().any(|(position, end)| end.is_failure() && !is_taken_up(nodes, position))
}

const FAILED: u8 = 0;
const NOT_TAKEN: u8 = 1;
const CARRIED: u8 = 2;

/// The join rules, as `JoinRule` words them.
fn starts(rule: JoinRule, told: &[u8]) -> bool {
    let (any, all) = (|what| told.contains(&what), |what| told.iter().all(|one| *one == what));
    match rule {
        JoinRule::AllSucceeded => all(CARRIED),
        JoinRule::NoneFailedMinOneSucceeded => !any(FAILED) && any(CARRIED),
        JoinRule::NoneFailed => !any(FAILED),
        JoinRule::NoneSkipped => !any(NOT_TAKEN),
        JoinRule::AllFailed => all(FAILED),
        JoinRule::OneSucceeded => any(CARRIED),
        JoinRule::OneFailed => any(FAILED),
        JoinRule::AllDone | JoinRule::Always => true,
    }
}
