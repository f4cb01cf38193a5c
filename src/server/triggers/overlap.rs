//! What becomes of a schedule's time: whether it starts, waits or is left out while executions of earlier times are
//! under way; and how late jitter lets it start.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    id::{ExecutionId, TriggerId},
    trigger::Overlap,
};

/// What to do with a time that has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Start,
    /// Cancel what is under way, then start.
    Replace,
    Wait,
    Skip,
}

/// What of a schedule is under way and waits, kept up while its times are judged in order.
#[derive(Clone, Debug, Default)]
pub struct Occupancy {
    pub under_way: Vec<ExecutionId>,
    pub waiting: i64,
}

impl Occupancy {
    pub fn judge(&self, overlap: Overlap) -> Verdict {
        let is_busy = !self.under_way.is_empty() || self.waiting > 0;
        match overlap {
            Overlap::Allow => Verdict::Start,
            _ if !is_busy => Verdict::Start,
            Overlap::Skip => Verdict::Skip,
            Overlap::BufferOne if self.waiting > 0 => Verdict::Skip,
            Overlap::BufferOne | Overlap::BufferAll => Verdict::Wait,
            Overlap::CancelOther => Verdict::Replace,
        }
    }
}

/// When the time fires: up to `jitter_secs` later, the same for all replicas and after every restart.
pub fn put_off(trigger: TriggerId, at: DateTime<Utc>, jitter_secs: u32) -> DateTime<Utc> {
    if jitter_secs == 0 {
        return at;
    }
    // Its keys are fixed, so that it says the same everywhere.
    let mut hasher = DefaultHasher::new();
    (trigger.0.as_bytes(), at.timestamp()).hash(&mut hasher);
    let millis = hasher.finish() % (u64::from(jitter_secs) * 1_000 + 1);
    at + TimeDelta::milliseconds(millis as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(overlap: Overlap, under_way: usize, waiting: i64, expected: Verdict) {
        let under_way = vec![ExecutionId(uuid::Uuid::nil()); under_way];
        assert_eq!(Occupancy { under_way, waiting }.judge(overlap), expected, "{overlap:?}");
    }

    #[test]
    fn a_schedule_with_nothing_under_way_starts() {
        Overlap::ALL.into_iter().for_each(|overlap| check(overlap, 0, 0, Verdict::Start));
    }

    #[test]
    fn while_one_runs_the_policy_decides() {
        check(Overlap::Allow, 1, 0, Verdict::Start);
        check(Overlap::Skip, 1, 0, Verdict::Skip);
        check(Overlap::BufferOne, 1, 0, Verdict::Wait);
        check(Overlap::BufferOne, 1, 1, Verdict::Skip);
        check(Overlap::BufferAll, 1, 7, Verdict::Wait);
        check(Overlap::BufferAll, 0, 1, Verdict::Wait);
        check(Overlap::CancelOther, 1, 0, Verdict::Replace);
    }

    #[test]
    fn jitter_keeps_its_range_and_says_the_same_again() {
        let at = DateTime::UNIX_EPOCH;
        let late: Vec<i64> = (0..200)
            .map(|number| put_off(TriggerId(uuid::Uuid::from_u128(number)), at, 60).timestamp_millis())
            .collect();
        assert!(late.iter().all(|late| (0..=60_000).contains(late)));
        assert!(late.iter().max() > Some(&45_000) && late.iter().min() < Some(&15_000), "spread over the minute");
        let trigger = TriggerId(uuid::Uuid::from_u128(7));
        assert_eq!(put_off(trigger, at, 60), put_off(trigger, at, 60));
        assert_eq!(put_off(trigger, at, 0), at);
    }
}
