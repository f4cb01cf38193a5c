//! Children that are shut in and wait for their task. Each is used once; another takes its place.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Profile, Sandbox, Tier, child::Child};

pub struct Pool {
    profile: Profile,
    size: usize,
    ready: Arc<Mutex<VecDeque<Child>>>,
}

impl Pool {
    /// Children are started when they are needed.
    pub fn cold(profile: Profile) -> Self {
        Self::warm(profile, 0)
    }

    pub fn warm(profile: Profile, size: usize) -> Self {
        Self { profile, size, ready: Arc::default() }
    }

    /// A child that is ready: one that waits, or else a new one.
    pub async fn take(&self, sandbox: &Sandbox, tier: Tier) -> Result<Child, String> {
        loop {
            let waiting = self.ready.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(mut child) = waiting else { break };
            self.fill_one(sandbox, tier);
            if child.is_alive() {
                return Ok(child);
            }
        }
        Child::start(sandbox, tier, self.profile).await
    }

    /// Starts as many as are missing.
    pub fn fill(&self, sandbox: &Sandbox, tier: Tier) {
        (0..self.size).for_each(|_| self.fill_one(sandbox, tier));
    }

    fn fill_one(&self, sandbox: &Sandbox, tier: Tier) {
        // Only the place to put it is held meanwhile: a pool that is gone needs none.
        let (place, scratch, profile) = (Arc::downgrade(&self.ready), sandbox.clone(), self.profile);
        tokio::spawn(async move {
            match Child::start(&scratch, tier, profile).await {
                Ok(child) => {
                    if let Some(ready) = place.upgrade() {
                        ready.lock().unwrap_or_else(PoisonError::into_inner).push_back(child);
                    }
                }
                Err(error) => tracing::warn!("a child for code tasks did not get ready: {error}"),
            }
        });
    }
}
