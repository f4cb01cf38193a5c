//! The verdict: what the ledger says against what FlowPilot kept, counted.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use flowpilot::{
    domain::{
        audit::{self, What},
        event::Event,
        execution::ExecutionStatus,
        id::ExecutionId,
        state::ExecutionState,
    },
    server::store::journal,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use super::ledger::{Accepted, Ledger};

/// What one run of the suite counted. All but `cycles`, `accepted`, `repeats` and `given_up` have to be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub cycles: u64,
    /// Starts and cancellations that were acknowledged.
    pub accepted: u64,
    /// Of those, what is not there, or not over, or not cancelled.
    pub lost: u64,
    /// Executions beyond the accepted ones, lines of a journal that are there twice or missing, side effects without an
    /// attempt in the journal.
    pub doubled: u64,
    pub illegal_transitions: u64,
    /// Side effects done again after a crash: allowed.
    pub repeats: u64,
    /// Of those, what no lost attempt explains.
    pub unexplained_repeats: u64,
    /// Tasks that were interrupted three times and are not tried again: allowed.
    pub given_up: u64,
}

/// The sum over all kinds of violence.
const TOTAL: &str = "total";

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            cycles: self.cycles + other.cycles,
            accepted: self.accepted + other.accepted,
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            illegal_transitions: self.illegal_transitions + other.illegal_transitions,
            repeats: self.repeats + other.repeats,
            unexplained_repeats: self.unexplained_repeats + other.unexplained_repeats,
            given_up: self.given_up + other.given_up,
        }
    }

    pub fn is_sound(&self) -> bool {
        [self.lost, self.doubled, self.illegal_transitions, self.unexplained_repeats] == [0; 4]
    }

    /// Adds these counts to the file that `FLOWPILOT_CHAOS_REPORT` names, under this kind of violence.
    pub fn report(&self, kind: &str) {
        println!("{kind}: {}", serde_json::to_string(self).expect("numbers"));
        if let Ok(path) = std::env::var("FLOWPILOT_CHAOS_REPORT") {
            add(Path::new(&path), kind, *self);
        }
    }
}

fn add(path: &Path, kind: &str, counts: Counts) {
    let text = fs::read_to_string(path).unwrap_or_else(|_| "{}".to_owned());
    let mut kinds: BTreeMap<String, Counts> = serde_json::from_str(&text).expect("a report");
    let known = kinds.entry(kind.to_owned()).or_default();
    *known = known.plus(counts);
    // What builds lose that are broken on purpose is another matter.
    let sound = kinds.iter().filter(|(kind, _)| *kind != TOTAL && !kind.starts_with("broken_"));
    let total = sound.fold(Counts::default(), |total, (_, counts)| total.plus(*counts));
    kinds.insert(TOTAL.to_owned(), total);
    fs::write(path, serde_json::to_string_pretty(&kinds).expect("numbers") + "\n").expect("writable");
}

/// Waits until every execution is over, for so long at most: what is not, is found to be lost.
pub async fn settle(pool: &PgPool, limit: Duration) {
    let is_over = "select count(*) = 0 from executions where finished_at is null";
    let waiting = async {
        while !sqlx::query_scalar(is_over).fetch_one(pool).await.unwrap_or(false) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let _ = tokio::time::timeout(limit, waiting).await;
}

/// Compares the ledger with everything that FlowPilot kept.
pub async fn judge(pool: &PgPool, ledger: &Ledger) -> Counts {
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as("select id, status from executions").fetch_all(pool).await.expect("readable");
    let mut kept = BTreeMap::new();
    for (id, status) in rows {
        let events = journal::all(pool, ExecutionId(id)).await.expect("readable");
        kept.insert(ExecutionId(id), (status, events));
    }
    let accepted = ledger.accepted();
    let mut counts = Counts { accepted: accepted.len() as u64, ..Counts::default() };
    counts.lost = accepted.iter().filter(|accepted| !is_over(&kept, accepted)).count() as u64;
    counts.doubled = kept.len().saturating_sub(accepted.len()) as u64;
    for (execution, (status, events)) in &kept {
        judge_journal(&mut counts, *execution, status, events);
    }
    let states: BTreeMap<ExecutionId, ExecutionState> =
        kept.iter().map(|(execution, (_, events))| (*execution, ExecutionState::of(events))).collect();
    for execution in ledger.cancelled() {
        let is_cancelled = states.get(&execution).is_some_and(|state| state.status == ExecutionStatus::Cancelled);
        counts.accepted += 1;
        counts.lost += u64::from(!is_cancelled);
    }
    judge_side_effects(&mut counts, &states, ledger);
    counts
}

fn is_over(kept: &BTreeMap<ExecutionId, (String, Vec<Event>)>, accepted: &Accepted) -> bool {
    let status = kept.get(&accepted.execution).and_then(|(status, _)| ExecutionStatus::parse(status));
    let is_over = status.is_some_and(ExecutionStatus::is_finished);
    if !is_over {
        eprintln!("{} ({}) is lost: {status:?}", accepted.key, accepted.execution);
    }
    is_over
}

fn judge_journal(counts: &mut Counts, execution: ExecutionId, status: &str, events: &[Event]) {
    for fault in audit::faults(events) {
        eprintln!("{execution}: {fault}");
        match fault.what {
            What::Gap | What::Repeat => counts.doubled += 1,
            What::Illegal(_) => counts.illegal_transitions += 1,
        }
    }
    let state = ExecutionState::of(events);
    if state.status.name() != status {
        eprintln!("{execution}: the table says {status}, the journal {}", state.status.name());
        counts.illegal_transitions += 1;
    }
    if let Some(error) = &state.error {
        assert!(error.contains("while this task ran"), "{execution} failed: {error}");
        counts.given_up += 1;
    }
}

/// One call per attempt, and more than one attempt only where the others ended with their replica.
fn judge_side_effects(counts: &mut Counts, states: &BTreeMap<ExecutionId, ExecutionState>, ledger: &Ledger) {
    for (key, calls) in ledger.calls() {
        let (execution, node) = key.split_once('/').expect("execution/node");
        let state = states.get(&execution.parse().expect("an id"));
        let attempts = state
            .and_then(|state| state.task_runs.iter().find(|(run, _)| run.to_string() == node))
            .map_or(&[][..], |(_, run)| &run.attempts);
        let lost = attempts.iter().filter(|attempt| attempt.lost || attempt.error.is_some()).count() as u32;
        counts.repeats += u64::from(calls.saturating_sub(1));
        counts.unexplained_repeats += u64::from(calls.saturating_sub(1).saturating_sub(lost));
        if calls as usize > attempts.len() {
            eprintln!("{key}: {calls} calls in {} attempts", attempts.len());
            counts.doubled += 1;
        }
    }
}
