//! Who waits for news of which execution on this replica.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use crate::domain::id::ExecutionId;

/// The longest time without a look: executions of other replicas and dropped wake-ups show up then.
const SAFETY_NET: Duration = Duration::from_secs(1);

#[derive(Clone, Default)]
pub struct Watchers(Arc<Mutex<HashMap<ExecutionId, watch::Sender<bool>>>>);

impl Watchers {
    pub fn subscribe(&self, execution: ExecutionId) -> Watch {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let news = map.entry(execution).or_insert_with(|| watch::channel(false).0).subscribe();
        Watch { execution, news, watchers: self.clone() }
    }

    /// Wakes those who wait for these executions; with true: the execution is over.
    pub fn wake(&self, executions: impl Iterator<Item = (ExecutionId, bool)>) {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.is_empty() {
            return;
        }
        executions.filter_map(|(execution, over)| Some((map.get(&execution)?, over))).for_each(|(sender, over)| {
            sender.send_replace(over);
        });
    }
}

/// A reader's place in the queue for news of one execution.
pub struct Watch {
    execution: ExecutionId,
    news: watch::Receiver<bool>,
    watchers: Watchers,
}

impl Watch {
    /// Returns when there may be new events, at the latest after a second; false: only the second is over. Subscribe,
    /// then read, then wait: nothing is missed.
    pub async fn changed(&mut self) -> bool {
        matches!(tokio::time::timeout(SAFETY_NET, self.news.changed()).await, Ok(Ok(())))
    }
}

impl Watch {
    /// Whether the end was seen here. False says nothing: another replica may have ended the execution.
    pub fn saw_end(&self) -> bool {
        *self.news.borrow()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut map = self.watchers.0.lock().unwrap_or_else(PoisonError::into_inner);
        // This watch still counts itself.
        if map.get(&self.execution).is_some_and(|sender| sender.receiver_count() <= 1) {
            map.remove(&self.execution);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn news_between_reading_and_waiting_is_not_missed() {
        let (watchers, execution) = (Watchers::default(), ExecutionId(uuid::Uuid::from_u128(1)));
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
        let (watchers, execution) = (Watchers::default(), ExecutionId(uuid::Uuid::from_u128(1)));
        let (first, second) = (watchers.subscribe(execution), watchers.subscribe(execution));
        drop(first);
        assert_eq!(watchers.0.lock().expect("not poisoned").len(), 1);
        drop(second);
        assert!(watchers.0.lock().expect("not poisoned").is_empty());
    }
}
