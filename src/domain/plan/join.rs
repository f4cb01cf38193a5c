//! Join rules: when a node with several incoming edges starts.

use super::Prepared;
use crate::domain::workflow::JoinRule;

/// What an incoming edge, or all edges of one source together, tell.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    Open,
    Carried,
    NotTaken,
    /// Its source failed, or was skipped because something before it failed.
    Failed,
}

/// What the rule says of a node.
pub(super) enum Joined {
    /// Not every edge that matters is decided.
    Open,
    Starts,
    /// Why it never starts.
    Refused(String),
}

/// Two edges from one source tell the better of both: an error edge beside a main edge means "either way".
pub(super) fn better(a: Verdict, b: Verdict) -> Verdict {
    let rank = |verdict| match verdict {
        Verdict::Open => 3,
        Verdict::Carried => 2,
        Verdict::NotTaken => 1,
        Verdict::Failed => 0,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// Judges the sources, known by their positions, by the rule.
pub(super) fn join(prepared: &Prepared, rule: JoinRule, verdicts: &[(usize, Verdict)]) -> Joined {
    let first = |wanted: Verdict| verdicts.iter().find(|(_, verdict)| *verdict == wanted).map(|(source, _)| *source);
    let (open, carried) = (first(Verdict::Open), first(Verdict::Carried));
    let (not_taken, failed) = (first(Verdict::NotTaken), first(Verdict::Failed));
    let is_enough = match rule {
        JoinRule::Always => true,
        JoinRule::OneSucceeded => carried.is_some(),
        JoinRule::OneFailed => failed.is_some(),
        _ => false,
    };
    if is_enough || verdicts.is_empty() {
        return Joined::Starts;
    }
    if open.is_some() {
        return Joined::Open;
    }
    let name = |source: usize| &prepared.workflow.nodes[source].name;
    let because_failed = |source| format!("{} failed or was skipped after a failure.", name(source));
    let because_not_taken = |source| format!("{} did not hand anything on to it.", name(source));
    let because_carried = |source| format!("{} succeeded.", name(source));
    let refusal = match rule {
        JoinRule::AllSucceeded => failed.map(because_failed).or(not_taken.map(because_not_taken)),
        JoinRule::NoneFailedMinOneSucceeded if carried.is_some() => failed.map(because_failed),
        JoinRule::NoneFailedMinOneSucceeded => failed.map(because_failed).or(not_taken.map(because_not_taken)),
        JoinRule::NoneFailed => failed.map(because_failed),
        JoinRule::NoneSkipped => not_taken.map(because_not_taken),
        JoinRule::AllFailed => carried.map(because_carried).or(not_taken.map(because_not_taken)),
        JoinRule::OneSucceeded => failed.map(because_failed).or(not_taken.map(because_not_taken)),
        JoinRule::OneFailed => Some("Nothing before it failed.".to_owned()),
        JoinRule::AllDone | JoinRule::Always => None,
    };
    refusal.map_or(Joined::Starts, Joined::Refused)
}
