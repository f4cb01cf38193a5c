//! When the executions of a lane want to be looked at though nothing happens. An entry is stale once its execution is
//! over or has another alarm; a deadline of an hour must not keep a place for each execution of that hour.

use std::{cmp::Reverse, collections::BinaryHeap};

use chrono::{DateTime, Utc};

use crate::domain::id::ExecutionId;

/// Fewer entries are not worth the looking.
const FEW: usize = 1_024;

/// Earliest first.
#[derive(Default)]
pub struct Alarms(BinaryHeap<Reverse<(DateTime<Utc>, ExecutionId)>>);

impl Alarms {
    pub fn set(&mut self, at: DateTime<Utc>, execution: ExecutionId) {
        self.0.push(Reverse((at, execution)));
    }

    /// When to look next.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes an entry out that is due; it may be stale.
    pub fn ring(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, ExecutionId)> {
        self.next().filter(|at| *at <= now)?;
        self.0.pop().map(|Reverse(alarm)| alarm)
    }

    /// Drops what is stale, once that must be most of it: `live` executions have one alarm at most.
    pub fn forget_stale(&mut self, live: usize, is_set: impl Fn(DateTime<Utc>, ExecutionId) -> bool) {
        if self.0.len() > FEW + 2 * live {
            self.0.retain(|Reverse((at, execution))| is_set(*at, *execution));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn execution(number: usize) -> ExecutionId {
        ExecutionId(uuid::Uuid::from_u128(number as u128))
    }

    #[test]
    fn alarms_ring_in_their_order_and_not_before_their_time() {
        let (mut alarms, now) = (Alarms::default(), DateTime::UNIX_EPOCH);
        for number in [3, 1, 2] {
            alarms.set(now + TimeDelta::seconds(number as i64), execution(number));
        }
        assert_eq!(alarms.ring(now), None);
        let later = now + TimeDelta::seconds(2);
        let rung: Vec<_> = std::iter::from_fn(|| alarms.ring(later)).map(|(_, rung)| rung).collect();
        assert_eq!(rung, [execution(1), execution(2)]);
        assert_eq!(alarms.next(), Some(now + TimeDelta::seconds(3)));
    }

    #[test]
    fn a_hundred_thousand_deadlines_of_what_is_over_cost_no_memory() {
        let (mut alarms, hour) = (Alarms::default(), DateTime::UNIX_EPOCH + TimeDelta::hours(1));
        let live = |number: usize| number.is_multiple_of(1_000);
        for number in 0..100_000 {
            alarms.set(hour, execution(number));
            let is_set = |_, id: ExecutionId| live(id.0.as_u128() as usize);
            alarms.forget_stale(number / 1_000 + 1, is_set);
        }
        assert!(alarms.0.len() <= FEW + 2 * 100, "{} entries", alarms.0.len());
        let rung: Vec<_> = std::iter::from_fn(|| alarms.ring(hour)).map(|(_, id)| id.0.as_u128() as usize).collect();
        assert_eq!(rung.into_iter().filter(|number| live(*number)).count(), 100, "none that counts is lost");
    }
}
