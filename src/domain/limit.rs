//! Limits that people set on their workflows: who goes first, how many at the same time, how often.

use serde::{Deserialize, Serialize};

use super::expression::{self, Scope};

/// Who goes first when more tasks of a workspace are due than there are slots. Waiting makes up for it: ten seconds are
/// worth one level, so nothing waits for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    High,
    #[default]
    Normal,
    Low,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }

    pub fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}

/// How many executions of a workflow run at the same time per key. All replicas on one database count together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrency {
    /// Text with expressions over `input` and `trigger`, such as `{{ input.customer }}`. Empty: the workflow as a whole.
    #[serde(default)]
    pub key: String,
    /// How many, 1 to 10,000.
    #[serde(default = "one")]
    pub limit: u32,
    #[serde(default)]
    pub policy: ConcurrencyPolicy,
}

/// Starts that come in a burst run once, with the data of the last: each waits for a while, and a later one with the same
/// key takes the place of one that has not begun. Runs by hand, again (restart, replay, backfill) and by other executions
/// neither wait nor take a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debounce {
    /// Text with expressions over `input` and `trigger`. Empty: the workflow as a whole.
    #[serde(default)]
    pub key: String,
    /// How long nothing may come, 1 to 86,400 seconds.
    pub quiet_secs: u32,
}

/// What becomes of a start whose key is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcurrencyPolicy {
    /// It waits as `queued`, first come first served.
    #[default]
    Queue,
    /// It ends at once as cancelled and runs nothing.
    Skip,
    /// It runs; of those before it, the oldest are cancelled.
    CancelOldest,
    /// It runs; of those before it, the newest are cancelled.
    CancelNewest,
}

impl ConcurrencyPolicy {
    pub const ALL: [Self; 4] = [Self::Queue, Self::Skip, Self::CancelOldest, Self::CancelNewest];

    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Skip => "skip",
            Self::CancelOldest => "cancel_oldest",
            Self::CancelNewest => "cancel_newest",
        }
    }
}

/// Limits of one node's task. Keys with the same text are one over the whole workspace; an empty key is the node's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskLimits {
    /// How many attempts run at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<TaskConcurrency>,
    /// How many attempts begin per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// When attempts stop for a while because the service fails. HTTP requests have one per host without asking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Breaker>,
    /// For so many seconds, 1 to 2,592,000, the same parameters and input give the same output without another attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_secs: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskConcurrency {
    #[serde(default)]
    pub key: String,
    /// How many, 1 to 10,000.
    #[serde(default = "one")]
    pub limit: u32,
}

/// A token bucket: it fills at `per_second` up to `burst`, and each attempt takes one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    #[serde(default)]
    pub key: String,
    /// 0.001 to 10,000.
    pub per_second: f64,
    /// 1 to 10,000.
    #[serde(default = "one")]
    pub burst: u32,
}

/// Opens when so many attempts in a row failed in a way that another attempt might mend (no answer, 5xx, timeout). While
/// it is open nothing is attempted; then one attempt probes the service, and its success closes the breaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Breaker {
    /// A name that tasks of the workspace share; empty: the host that the task calls.
    pub service: String,
    /// Failures in a row, 1 to 1,000; 0: this task has no breaker.
    pub failures: u32,
    /// How long it stays open, 1 to 86,400 seconds.
    pub open_secs: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { service: String::new(), failures: 10, open_secs: 30 }
    }
}

impl TaskLimits {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn one() -> u32 {
    1
}

/// The longest key, in bytes.
const KEY_BYTES: usize = 200;

/// A key with its expressions replaced; the error says what to mend.
pub fn key_of(text: &str, scope: &Scope) -> Result<String, String> {
    let key = expression::template(text, scope).map_err(|error| error.message)?;
    let key = key.trim();
    if key.len() > KEY_BYTES {
        return Err(format!("The key came out longer than {KEY_BYTES} bytes. Use an id instead."));
    }
    if key.contains('\0') {
        return Err("The key came out with a character that cannot be kept (U+0000).".to_owned());
    }
    Ok(key.to_owned())
}
