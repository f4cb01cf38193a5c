//! What the tasks of each workspace asked of each provider, on this replica since it started.

use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use moka::sync::Cache;

use super::{Answer, base};
use crate::{
    domain::{id::WorkspaceId, provider::ModelUsage},
    server::{
        runners::{Call, RunError},
        secrets::Mask,
    },
};

/// Characters of an error that are kept.
const LONGEST: usize = 300;

type Tally = Arc<Mutex<ModelUsage>>;

static TALLIES: LazyLock<Cache<(WorkspaceId, String), Tally>> =
    LazyLock::new(|| Cache::builder().max_capacity(1_000).build());

/// What was asked of the provider at this address.
pub fn used(workspace: WorkspaceId, server: &str) -> ModelUsage {
    let tally = TALLIES.get(&(workspace, base(server).to_owned()));
    tally.map(|tally| tally.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
}

/// Counts what came of a question.
pub fn count(call: &Call, server: &str, took: Duration, asked: &Result<Answer, RunError>) {
    let tally = TALLIES.get_with((call.workspace, base(server).to_owned()), Tally::default);
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    match asked {
        Ok(answer) => {
            let tokens = |number: Option<f64>| number.unwrap_or_default().max(0.0) as u64;
            tally.answers += 1;
            tally.prompt_tokens += tokens(answer.usage.prompt);
            tally.completion_tokens += tokens(answer.usage.completion);
            tally.cost = answer.usage.cost.map_or(tally.cost, |cost| Some(tally.cost.unwrap_or_default() + cost));
            tally.last_ms = took.as_millis() as u64;
        }
        Err(RunError::Retry { message, .. } | RunError::Fail { message, .. }) => {
            let mask = call.credential.as_ref().map(Mask::of).unwrap_or_default();
            tally.failures += 1;
            tally.last_failure = Some(mask.text(message).chars().take(LONGEST).collect());
        }
    }
}
