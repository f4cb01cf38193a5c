//! Token buckets over all replicas. A replica takes as many tokens at a time as attempts wait here, first come first
//! served, so a busy bucket costs few statements and no token lies idle.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use moka::sync::Cache;
use tokio::sync::Mutex;

use super::Core;
use crate::{
    domain::{id::WorkspaceId, limit::Rate},
    server::store,
};

/// Tokens that one statement takes, at most.
const CHUNK: u32 = 1_000;
/// What was taken for attempts that were given up is worth nothing after this.
const FRESH: Duration = Duration::from_secs(1);
/// A bucket that nobody here waits for is forgotten.
const IDLE: Duration = Duration::from_secs(60);

pub struct Buckets(Cache<(WorkspaceId, String), Arc<Bucket>>);

#[derive(Default)]
struct Bucket {
    waiting: AtomicU32,
    /// Whoever has the turn asks for all that wait.
    turn: Mutex<Option<Purse>>,
}

struct Purse {
    tokens: u32,
    filled_at: Instant,
}

/// Counts as long as it lives.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn of(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Buckets {
    pub fn new() -> Self {
        Self(Cache::builder().time_to_idle(IDLE).build())
    }

    /// Waits for a token. Dropping the future gives up.
    pub async fn take(&self, core: &Core, workspace: WorkspaceId, key: &str, rate: &Rate) {
        let bucket = self.0.get_with((workspace, key.to_owned()), Arc::default);
        let _waiting = Waiting::of(&bucket.waiting);
        let mut purse = bucket.turn.lock().await;
        loop {
            if let Some(purse) = purse.as_mut().filter(|purse| purse.tokens > 0 && purse.filled_at.elapsed() < FRESH) {
                purse.tokens -= 1;
                return;
            }
            let wanted = bucket.waiting.load(Ordering::Relaxed).clamp(1, CHUNK);
            let wait = match store::buckets::take(&core.parts.pool, workspace, key, rate, wanted).await {
                Ok(Ok(tokens)) => {
                    *purse = Some(Purse { tokens, filled_at: Instant::now() });
                    continue;
                }
                Ok(Err(wait)) => wait,
                Err(error) => {
                    tracing::warn!(%error, key, "a token could not be taken; trying again");
                    Duration::from_millis(500)
                }
            };
            tokio::time::sleep(wait).await;
        }
    }
}
