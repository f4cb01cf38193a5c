//! What an attempt passes before it is made: the breaker of its service, its concurrency key, its token bucket, a slot.
//! Whoever waits is known, so that it can be explained. A task without limits only needs its slot.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::Utc;
use serde_json::Value;

use super::{
    Core,
    attempt::failed,
    breakers::Report,
    keys::{self, Hold},
    message::Ending,
    slots::{Holder, Slot},
    work::Work,
};
use crate::{
    domain::{
        expression,
        id::{ExecutionId, RunId},
        limit::{self, Breaker},
        task::Kind,
    },
    server::{
        egress::host_of,
        store::{self, holds},
    },
};

/// The right to make an attempt. Dropping it frees what it holds.
pub struct Pass<'a> {
    report: Option<Report>,
    _hold: Option<Hold<'a>>,
    slot: Slot,
}

/// Waits for everything that the attempt needs; an error ends the attempt. Dropping the future gives up.
pub async fn pass<'a>(core: &'a Core, work: &Work) -> Result<Pass<'a>, Ending> {
    let report = match service(work) {
        Some((service, breaker)) => {
            let _waits = core.waits.mark(work, Wait::Breaker { service: service.clone() });
            let timeout_secs = work.node().timeout_secs;
            Some(Box::pin(core.breakers.pass(core, work.workspace, service, breaker, timeout_secs)).await)
        }
        None => None,
    };
    let limits = &work.node().limits;
    let hold = match &limits.concurrency {
        Some(concurrency) => {
            let key = Box::pin(key(core, work, "concurrency", &concurrency.key)).await?;
            let key = holds::Key { workspace: work.workspace, scope: keys::TASKS.to_owned(), key };
            let _waits = core.waits.mark(work, Wait::Key { key: key.key.clone() });
            Some(Box::pin(keys::take(core, key, concurrency.limit, holder(work))).await)
        }
        None => None,
    };
    if let Some(rate) = &limits.rate {
        let key = Box::pin(key(core, work, "rate", &rate.key)).await?;
        let _waits = core.waits.mark(work, Wait::Rate { key: key.clone() });
        Box::pin(core.buckets.take(core, work.workspace, &key, rate)).await;
    }
    let holder = Holder { execution: work.execution, run: work.run.clone(), since: Utc::now() };
    let slot = core.slots.acquire(work.workspace, work.priority, holder).await;
    if core.closing.is_cancelled() {
        // What did not begin before the replica was asked to stop is another one's.
        drop((slot, hold));
        return std::future::pending().await;
    }
    Ok(Pass { report, _hold: hold, slot })
}

impl Pass<'_> {
    /// Tells the breaker how the attempt ended. Gives the slot: it is free once the end is told.
    pub async fn ended(self, core: &Core, ending: &Ending) -> Slot {
        if let Some(report) = self.report {
            Box::pin(tell(core, report, ending)).await;
        }
        self.slot
    }
}

async fn tell(core: &Core, report: Report, ending: &Ending) {
    match ending {
        Ending::Failed { error, .. } => match &error.details["status"] {
            // Whatever a service that limits its callers says, it is there.
            status if error.retryable && *status != 429 => {
                core.breakers.report(core, report, Some(&error.message)).await;
            }
            // It was not asked, so nothing is known of it.
            Value::Null => {}
            _ => core.breakers.report(core, report, None).await,
        },
        _ => core.breakers.report(core, report, None).await,
    }
}

/// The attempt's place in the lines of concurrency keys.
fn holder(work: &Work) -> holds::Holder {
    holds::Holder { execution: work.execution, run: work.run.to_string(), attempt: work.attempt }
}

/// The key with its expressions replaced; an empty one is the node's own.
async fn key(core: &Core, work: &Work, field: &str, text: &str) -> Result<String, Ending> {
    if !text.trim().is_empty() {
        return limit::key_of(text, &work.scope).map_err(|message| failed(message, Some(field.to_owned()), false));
    }
    match store::holds::workflow_of(&core.parts.pool, work.workspace, work.execution).await {
        Ok(Some(workflow)) => Ok(format!("{workflow}/{}", work.node().id)),
        Ok(None) => Err(failed("The execution was deleted.", None, false)),
        Err(error) => {
            tracing::warn!(%error, "a key could not be made");
            Err(failed("The database did not answer in time.", Some(field.to_owned()), true))
        }
    }
}

/// The service whose breaker the task has. HTTP requests have one for their host without asking.
pub fn service(work: &Work) -> Option<(String, Breaker)> {
    let node = work.node();
    let breaker = match (&node.limits.breaker, node.kind) {
        (Some(breaker), _) => breaker.clone(),
        (None, Kind::HttpRequest) => Breaker::default(),
        (None, _) => return None,
    };
    if breaker.failures == 0 {
        return None;
    }
    let service = match breaker.service.trim() {
        "" => {
            let address = node.parameters.get("url").or_else(|| node.parameters.get("server"))?.as_str()?;
            let url = expression::template(address, &work.scope).ok()?;
            let url = url::Url::parse(url.trim()).ok()?;
            let host = host_of(&url);
            url.port().map_or(host.clone(), |port| format!("{host}:{port}"))
        }
        // A name that does not read has no breaker; `problems` says so before it is published.
        name => limit::key_of(name, &work.scope).ok()?,
    };
    let fits = (1..=255).contains(&service.len()) && !service.contains('\0');
    fits.then_some((service, breaker))
}

/// What an attempt waits for, on this replica.
#[derive(Clone, Debug, PartialEq)]
pub enum Wait {
    Breaker { service: String },
    Key { key: String },
    Rate { key: String },
}

/// Which attempts of this replica wait for what.
#[derive(Default)]
pub struct Waits(Mutex<HashMap<(ExecutionId, RunId), Wait>>);

impl Waits {
    fn mark(&self, work: &Work, wait: Wait) -> Mark<'_> {
        let key = (work.execution, work.run.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), wait);
        Mark { waits: self, key }
    }

    pub fn of(&self, execution: ExecutionId, run: &RunId) -> Option<Wait> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(execution, run.clone())).cloned()
    }
}

/// Removes its entry when dropped.
struct Mark<'a> {
    waits: &'a Waits,
    key: (ExecutionId, RunId),
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.waits.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
