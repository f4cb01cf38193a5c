//! Who waits for news of which execution: on this replica, and which executions are watched on another one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::notices::{Notice, Notices};
use crate::domain::id::ExecutionId;

/// The longest time without a look: what no wake-up told shows up then.
const SAFETY_NET: Duration = Duration::from_secs(1);
/// How often a watch tells other replicas that it is there.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// An execution counts as watched elsewhere until it was not heard of for so long.
const FORGET_AFTER: Duration = Duration::from_secs(15);
/// Executions watched elsewhere that are kept in mind, at most; readers of others look once a second.
const MOST_ELSEWHERE: usize = 20_000;

#[derive(Clone)]
pub struct Watchers {
    places: Arc<Mutex<Places>>,
    notices: Arc<Notices>,
}

#[derive(Default)]
struct Places {
    here: HashMap<ExecutionId, watch::Sender<bool>>,
    /// With the time at which the watch was last heard of.
    elsewhere: HashMap<ExecutionId, Instant>,
}

impl Watchers {
    pub fn new(notices: Arc<Notices>) -> Self {
        Self { places: Arc::default(), notices }
    }

    /// For an execution that this replica owns.
    pub fn subscribe(&self, execution: ExecutionId) -> Watch {
        let news = self.places().here.entry(execution).or_insert_with(|| watch::channel(false).0).subscribe();
        Watch { execution, news, watchers: self.clone(), told_at: None }
    }

    /// For an execution that another replica may own: it is asked to tell.
    pub fn subscribe_anywhere(&self, execution: ExecutionId) -> Watch {
        self.notices.tell([Notice::Watched(execution)]);
        let mut watch = self.subscribe(execution);
        watch.told_at = Some(Instant::now());
        watch
    }

    /// Wakes those who wait for these executions, here and elsewhere; with true: the execution is over.
    pub fn wake(&self, executions: impl Iterator<Item = (ExecutionId, bool)>) {
        let mut places = self.places();
        if places.here.is_empty() && places.elsewhere.is_empty() {
            return;
        }
        let mut told = Vec::new();
        for (execution, over) in executions {
            places.wake(execution, over);
            if places.elsewhere.get(&execution).is_some_and(|heard_at| heard_at.elapsed() < FORGET_AFTER) {
                told.push(if over { Notice::Ended(execution) } else { Notice::Grown(execution) });
            }
            if over {
                places.elsewhere.remove(&execution);
            }
        }
        drop(places);
        if !told.is_empty() {
            self.notices.tell(told);
        }
    }

    /// Another replica tells that the execution's journal grew.
    pub fn wake_here(&self, execution: ExecutionId, over: bool) {
        self.places().wake(execution, over);
    }

    /// Another replica tells that somebody waits for news of the execution there.
    pub fn watched_elsewhere(&self, execution: ExecutionId) {
        let mut places = self.places();
        if places.elsewhere.len() >= MOST_ELSEWHERE {
            places.elsewhere.retain(|_, heard_at| heard_at.elapsed() < FORGET_AFTER);
        }
        if places.elsewhere.len() < MOST_ELSEWHERE {
            places.elsewhere.insert(execution, Instant::now());
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn wake(&self, execution: ExecutionId, over: bool) {
        if let Some(sender) = self.here.get(&execution) {
            sender.send_replace(over);
        }
    }
}

/// A reader's place in the queue for news of one execution.
pub struct Watch {
    execution: ExecutionId,
    news: watch::Receiver<bool>,
    watchers: Watchers,
    /// When other replicas were told of this watch; none: they need not know.
    told_at: Option<Instant>,
}

impl Watch {
    /// Returns when there may be new events, at the latest after a second; false: only the second is over. Subscribe,
    /// then read, then wait: nothing is missed.
    pub async fn changed(&mut self) -> bool {
        if self.told_at.is_some_and(|told_at| told_at.elapsed() >= TELL_EVERY) {
            self.told_at = Some(Instant::now());
            self.watchers.notices.tell([Notice::Watched(self.execution)]);
        }
        matches!(tokio::time::timeout(SAFETY_NET, self.news.changed()).await, Ok(Ok(())))
    }

    /// Whether the end was seen here. False says nothing: another replica may have ended the execution.
    pub fn saw_end(&self) -> bool {
        *self.news.borrow()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut places = self.watchers.places();
        // This watch still counts itself.
        if places.here.get(&self.execution).is_some_and(|sender| sender.receiver_count() <= 1) {
            places.here.remove(&self.execution);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchers() -> (Watchers, ExecutionId) {
        (Watchers::new(Arc::new(Notices::new(false))), ExecutionId(uuid::Uuid::from_u128(1)))
    }

    #[tokio::test(start_paused = true)]
    async fn news_between_reading_and_waiting_is_not_missed() {
        let (watchers, execution) = watchers();
        let mut watch = watchers.subscribe(execution);
        watchers.wake([(execution, false)].into_iter());
        let before = tokio::time::Instant::now();
        watch.changed().await;
        assert_eq!(before.elapsed(), Duration::ZERO);
        watch.changed().await;
        assert_eq!(before.elapsed(), SAFETY_NET);
    }

    #[test]
    fn the_last_watch_leaves_nothing_behind() {
        let (watchers, execution) = watchers();
        let (first, second) = (watchers.subscribe(execution), watchers.subscribe(execution));
        drop(first);
        assert_eq!(watchers.places().here.len(), 1);
        drop(second);
        assert!(watchers.places().here.is_empty());
    }

    #[test]
    fn only_what_is_watched_elsewhere_is_told_and_only_until_its_end() {
        let (watchers, execution) = watchers();
        let other = ExecutionId(uuid::Uuid::from_u128(2));
        watchers.watched_elsewhere(execution);
        watchers.wake([(execution, false), (other, true)].into_iter());
        assert_eq!(watchers.notices.take(), [Notice::Grown(execution)].into());
        watchers.wake([(execution, true)].into_iter());
        watchers.wake([(execution, true)].into_iter());
        assert_eq!(watchers.notices.take(), [Notice::Ended(execution)].into());
        assert!(watchers.places().elsewhere.is_empty());
    }
}
