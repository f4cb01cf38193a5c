//! How often a failed attempt is tried again, and when.

use serde::{Deserialize, Serialize};

/// Exponential backoff with full jitter: the wait before attempt `n + 1` is random in
/// `0 ..= min(cap_ms, base_ms * factor^(n - 1))` (AWS Architecture Blog, "Exponential Backoff And Jitter").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryPolicy {
    /// Attempts in all, 1 to 100; 1 means no retry.
    pub max_attempts: u32,
    /// Ceiling of the first wait.
    pub base_ms: u64,
    /// By how much the ceiling grows with each attempt, 1 to 10.
    pub factor: f64,
    /// Ceiling that no wait passes.
    pub cap_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, base_ms: 1_000, factor: 2.0, cap_ms: 300_000 }
    }
}

impl RetryPolicy {
    pub const NONE: Self = Self { max_attempts: 1, base_ms: 1_000, factor: 2.0, cap_ms: 300_000 };

    pub fn allows_another(&self, attempt: u32) -> bool {
        attempt < self.max_attempts
    }

    /// Milliseconds to wait after failed attempt number `attempt` (from 1). `random` is uniform in `0.0..1.0`.
    pub fn wait_ms(&self, attempt: u32, random: f64) -> u64 {
        let exponent = attempt.saturating_sub(1).min(64) as i32;
        let ceiling = (self.base_ms as f64 * self.factor.powi(exponent)).min(self.cap_ms as f64);
        (ceiling * random.clamp(0.0, 1.0)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_until_the_cap() {
        let policy = RetryPolicy { max_attempts: 9, base_ms: 1_000, factor: 2.0, cap_ms: 5_000 };
        let ceilings: Vec<u64> = (1..=5).map(|attempt| policy.wait_ms(attempt, 1.0)).collect();
        assert_eq!(ceilings, [1_000, 2_000, 4_000, 5_000, 5_000]);
    }

    #[test]
    fn full_jitter_reaches_down_to_zero() {
        assert_eq!(RetryPolicy::default().wait_ms(3, 0.0), 0);
        assert_eq!(RetryPolicy::default().wait_ms(2, 0.5), 1_000);
    }

    #[test]
    fn no_attempt_number_overflows() {
        assert_eq!(RetryPolicy::default().wait_ms(u32::MAX, 1.0), 300_000);
    }
}
