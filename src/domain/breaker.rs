//! Circuit breakers as lists show them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Attempts are made.
    Closed,
    /// Nothing is attempted until `retry_at`.
    Open,
    /// One attempt probes the service; the others wait for what comes of it.
    HalfOpen,
}

impl BreakerState {
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// The breaker of a service that failed lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerSummary {
    /// A host, or the name that nodes give.
    pub service: String,
    pub state: BreakerState,
    /// In a row.
    pub failures: u32,
    pub opened_at: Option<DateTime<Utc>>,
    /// When an attempt probes the service.
    pub retry_at: Option<DateTime<Utc>>,
    pub last_error: String,
}
