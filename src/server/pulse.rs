//! Signs of life of an attempt: whoever performs it gives them, the engine ends it when they stay away.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// Cheap to clone; all clones are one pulse.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<watch::Sender<DateTime<Utc>>>);

impl Pulse {
    /// The begin is the first sign.
    pub fn begin() -> Self {
        Self(Arc::new(watch::Sender::new(Utc::now())))
    }

    /// The task goes on.
    pub fn beat(&self) {
        self.0.send_replace(Utc::now());
    }

    pub fn last(&self) -> DateTime<Utc> {
        *self.0.borrow()
    }

    /// Returns once no sign came for so many seconds; none: never.
    pub async fn is_silent_for(&self, seconds: Option<u32>) {
        let Some(seconds) = seconds else { return std::future::pending().await };
        let mut signs = self.0.subscribe();
        while let Ok(Ok(())) = tokio::time::timeout(Duration::from_secs(seconds.into()), signs.changed()).await {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_last_sign() {
        let (pulse, began) = (Pulse::begin(), tokio::time::Instant::now());
        let beats = pulse.clone();
        let task = tokio::spawn(async move {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                beats.beat();
            }
        });
        pulse.is_silent_for(Some(10)).await;
        assert_eq!(began.elapsed().as_secs(), 55);
        task.await.expect("it ended before");
    }
}
