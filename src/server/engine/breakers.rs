//! Circuit breakers over all replicas: each knows all breakers of services that fail, as old as a second. Only failures,
//! and what ends them, are written: a service that answers costs nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::{Core, Engine};
use crate::{
    domain::{breaker::BreakerSummary, id::WorkspaceId, limit::Breaker},
    server::{Result, store},
};

/// How old what a replica knows may be.
const LOOK: Duration = Duration::from_secs(1);
/// A probe may take its attempt's timeout and this; then another is made.
const PROBE_MARGIN_SECS: u32 = 5;
/// The beginning of an error that is kept.
const ERROR_CHARS: usize = 500;

#[derive(Default)]
pub struct Breakers {
    known: Mutex<HashMap<(WorkspaceId, String), Known>>,
    changed: Notify,
}

struct Known {
    /// None: closed, with failures in a row.
    retry_at: Option<DateTime<Utc>>,
    /// Nobody here asks for the probe before this.
    ask_at: DateTime<Utc>,
}

/// What an attempt on a service tells of it afterwards.
pub struct Report {
    workspace: WorkspaceId,
    service: String,
    breaker: Breaker,
    is_probe: bool,
}

impl Breakers {
    fn known(&self) -> MutexGuard<'_, HashMap<(WorkspaceId, String), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the breaker is closed, or until this attempt may probe the service.
    pub async fn pass(
        &self,
        core: &Core,
        workspace: WorkspaceId,
        service: String,
        breaker: Breaker,
        timeout_secs: u32,
    ) -> Report {
        let key = (workspace, service);
        let mut is_probe = false;
        while !is_probe {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.look(&key) {
                Look::Closed => break,
                Look::Wait(wait) => {
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                Look::Ask => {
                    let secs = timeout_secs + PROBE_MARGIN_SECS;
                    match store::breakers::probe(&core.parts.pool, key.0, &key.1, secs).await {
                        Ok(may) => is_probe = may,
                        Err(error) => tracing::warn!(%error, service = key.1, "a breaker could not be asked"),
                    }
                }
            }
        }
        Report { workspace, service: key.1, breaker, is_probe }
    }

    fn look(&self, key: &(WorkspaceId, String)) -> Look {
        let mut known = self.known();
        let Some(known) = known.get_mut(key) else { return Look::Closed };
        let Some(retry_at) = known.retry_at else { return Look::Closed };
        let now = Utc::now();
        let due = retry_at.max(known.ask_at);
        if due > now {
            return Look::Wait((due - now).to_std().unwrap_or_default().min(LOOK));
        }
        known.ask_at = now + TimeDelta::from_std(LOOK).unwrap_or_default();
        Look::Ask
    }

    /// Says how the attempt went. `error` is set where the service failed.
    pub async fn report(&self, core: &Core, report: Report, error: Option<&str>) {
        let Report { workspace, service, breaker, is_probe } = report;
        let pool = &core.parts.pool;
        let key = (workspace, service);
        let done = match error {
            Some(error) => {
                let error: String = error.chars().take(ERROR_CHARS).filter(|char| *char != '\0').collect();
                store::breakers::fail(pool, workspace, &key.1, &breaker, is_probe, &error).await
            }
            None => {
                // An answer to an attempt that began before the breaker opened does not close it.
                let counts = is_probe || self.known().get(&key).is_some_and(|known| known.retry_at.is_none());
                match counts {
                    true => store::breakers::close(pool, workspace, &key.1).await.map(drop),
                    false => return,
                }
            }
        };
        let looked = match done {
            Ok(()) => self.refresh(core).await,
            Err(error) => Err(error),
        };
        if let Err(error) = looked {
            tracing::warn!(%error, service = key.1, "a breaker could not be written");
        }
    }

    /// Reads what all replicas know.
    async fn refresh(&self, core: &Core) -> Result<()> {
        let all = store::breakers::all(&core.parts.pool).await?;
        let mut known = self.known();
        let before = std::mem::take(&mut *known);
        for (workspace, BreakerSummary { service, retry_at, .. }) in all {
            let key = (workspace, service);
            let ask_at = before.get(&key).map_or(DateTime::UNIX_EPOCH, |known| known.ask_at);
            known.insert(key, Known { retry_at, ask_at });
        }
        let is_news = before.len() != known.len()
            || before.iter().any(|(key, old)| known.get(key).is_none_or(|new| new.retry_at != old.retry_at));
        drop(known);
        if is_news {
            self.changed.notify_waiters();
        }
        Ok(())
    }
}

enum Look {
    Closed,
    Wait(Duration),
    Ask,
}

/// Keeps what this replica knows of the breakers fresh.
pub async fn watch(engine: Engine) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        if let Err(error) = engine.core.breakers.refresh(&engine.core).await {
            tracing::warn!(%error, "the breakers could not be read; trying again");
        }
    }
}

impl Engine {
    /// Closes the breaker of a service at once. False: it is closed.
    pub async fn reset_breaker(&self, workspace: WorkspaceId, service: &str) -> Result<bool> {
        let was_there = store::breakers::close(&self.core.parts.pool, workspace, service).await?;
        self.core.breakers.refresh(&self.core).await?;
        Ok(was_there)
    }
}
