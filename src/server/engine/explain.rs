//! Why an attempt that began does not run yet: what `domain::explain` cannot know, from this replica's queues and from
//! what all replicas share.

use chrono::{TimeDelta, Utc};

use super::{Engine, gate::Wait, keys};
use crate::{
    domain::{
        explain::{Because, KeyHolder, Reason, SlotHolder, Why, shown},
        id::{ExecutionId, RunId, WorkspaceId},
        workflow::Node,
    },
    server::{
        Result,
        store::{
            self,
            holds::{self, Holder, Key},
        },
    },
};

/// Holders that a reason names, at most.
const NAMED: i64 = 10;

/// An attempt that began.
struct Attempt<'a> {
    workspace: WorkspaceId,
    execution: ExecutionId,
    node: &'a Node,
    run: &'a RunId,
    number: u32,
}

impl Engine {
    /// Completes what the journal tells of the task run.
    pub async fn explain(
        &self,
        workspace: WorkspaceId,
        execution: ExecutionId,
        node: &Node,
        mut why: Why,
    ) -> Result<Why> {
        let mut reasons = Vec::with_capacity(why.reasons.len());
        for reason in why.reasons {
            match &reason.because {
                Because::Queued { .. } => reasons.push(self.queued(workspace, execution, reason).await?),
                Because::Runs { attempt, .. } => {
                    let attempt = Attempt { workspace, execution, node, run: &why.run, number: *attempt };
                    reasons.push(self.held_up(&attempt).await?.unwrap_or(reason));
                    reasons.extend(self.heartbeat(&attempt));
                }
                _ => reasons.push(reason),
            }
        }
        why.reasons = reasons;
        Ok(why)
    }

    async fn queued(&self, workspace: WorkspaceId, execution: ExecutionId, reason: Reason) -> Result<Reason> {
        let pool = &self.core.parts.pool;
        let place = holds::place(pool, workspace, &keys::whole(execution)).await?;
        let (Some((key, _, before, _)), Because::Queued { since, .. }) = (place, &reason.because) else {
            return Ok(reason);
        };
        let (since, before, holders) = (*since, before as usize, self.holders(&key).await?);
        let sentence = format!("{}{}", reason.sentence, in_line(holders.len(), before));
        Ok(Reason::new(Because::Queued { key: key.key, since, holders, before }, sentence))
    }

    /// None: nothing holds it up, it runs.
    async fn held_up(&self, attempt: &Attempt<'_>) -> Result<Option<Reason>> {
        match self.core.waits.of(attempt.execution, attempt.run) {
            Some(Wait::Breaker { service }) => self.behind_breaker(attempt, service).await.map(Some),
            Some(Wait::Key { .. }) => self.behind_key(attempt).await,
            Some(Wait::Rate { key }) => self.behind_bucket(attempt, key).await.map(Some),
            None => match self.behind_slots(attempt) {
                Some(reason) => Ok(Some(reason)),
                None => self.elsewhere(attempt).await,
            },
        }
    }

    /// The last sign of life, if the attempt runs here and may not be silent without end.
    fn heartbeat(&self, attempt: &Attempt<'_>) -> Option<Reason> {
        let seconds = attempt.node.heartbeat_timeout_secs?;
        let last = self.core.pulses.last(attempt.execution, attempt.run)?;
        let until = last + TimeDelta::seconds(seconds.into());
        let sentence = format!(
            "Its last sign of life came at {}. Without another one it is ended at {}.",
            shown(last),
            shown(until)
        );
        Some(Reason::new(Because::Heartbeat { last, until }, sentence))
    }

    async fn behind_breaker(&self, attempt: &Attempt<'_>, service: String) -> Result<Reason> {
        let all = store::breakers::list(&self.core.parts.pool, attempt.workspace).await?;
        let found = all.into_iter().find(|breaker| breaker.service == service);
        let (retry_at, last_error) = found.map_or((None, String::new()), |found| (found.retry_at, found.last_error));
        let until = retry_at.map_or("soon".to_owned(), |at| format!("at {}", shown(at)));
        let sentence =
            format!("The breaker of {service} is open: {last_error} One attempt probes the service {until}.");
        Ok(Reason::new(Because::Breaker { service, retry_at, last_error }, sentence))
    }

    async fn behind_key(&self, attempt: &Attempt<'_>) -> Result<Option<Reason>> {
        let holder = Holder { execution: attempt.execution, run: attempt.run.to_string(), attempt: attempt.number };
        let place = holds::place(&self.core.parts.pool, attempt.workspace, &holder).await?;
        let Some((key, most, before, place)) = place else { return Ok(None) };
        if place.held_since.is_some() {
            return Ok(None);
        }
        let (holders, before) = (self.holders(&key).await?, before as usize);
        let line = in_line(holders.len(), before);
        let sentence = format!("It waits for the concurrency key “{}”, of which {most} may run.{line}", key.key);
        Ok(Some(Reason::new(Because::Key { key: key.key, most, holders, before }, sentence)))
    }

    async fn holders(&self, key: &Key) -> Result<Vec<KeyHolder>> {
        let line = holds::line(&self.core.parts.pool, key, NAMED).await?;
        let held = line.into_iter().filter(|place| place.held_since.is_some());
        Ok(held
            .map(|place| KeyHolder {
                execution: place.holder.execution,
                run: (!place.holder.run.is_empty()).then(|| place.holder.run.as_str().into()),
                since: place.held_since,
            })
            .collect())
    }

    async fn behind_bucket(&self, attempt: &Attempt<'_>, key: String) -> Result<Reason> {
        let refills_in = match &attempt.node.limits.rate {
            Some(rate) => store::buckets::refills_in(&self.core.parts.pool, attempt.workspace, &key, rate).await?,
            None => None,
        };
        let refills_at = refills_in.and_then(|wait| TimeDelta::from_std(wait).ok()).map(|wait| Utc::now() + wait);
        let when = refills_at.map_or("any moment".to_owned(), |at| format!("at {}", shown(at)));
        let sentence = format!("The bucket “{key}” is empty. Its next token comes {when}; who came first goes first.");
        Ok(Reason::new(Because::Rate { key, refills_at }, sentence))
    }

    fn behind_slots(&self, attempt: &Attempt<'_>) -> Option<Reason> {
        let is_it = |holder: &super::slots::Holder| holder.execution == attempt.execution && holder.run == *attempt.run;
        let before = self.core.slots.before(attempt.workspace, is_it)?;
        let standing = self.core.slots.standing(attempt.workspace);
        let named = standing.holders.iter().take(NAMED as usize);
        let holders: Vec<SlotHolder> = named
            .map(|holder| SlotHolder { execution: holder.execution, run: holder.run.clone(), since: holder.since })
            .collect();
        let held = standing.holders.len();
        let sentence = format!(
            "It waits for a slot: of {} on its replica {} are taken, {held} of them by this workspace, and {before} of \
             its tasks go first.",
            standing.size, standing.taken
        );
        let because = Because::Slot { slots: standing.size, taken: standing.taken, holders, before };
        Some(Reason::new(because, sentence))
    }

    async fn offered(&self, attempt: &Attempt<'_>, group: String) -> Result<Reason> {
        let offer = store::offers::Attempt {
            workspace: attempt.workspace,
            execution: attempt.execution,
            run: attempt.run.clone(),
            number: attempt.number,
        };
        let standing = store::offers::standing(&self.core.parts.pool, &offer, &group).await?;
        let sentence = match (standing.host, standing.workers, standing.before) {
            (Some(host), ..) => format!("A worker of the group “{group}” makes it, on {host}."),
            (None, 0, _) => {
                format!("No worker serves the group “{group}”. Start one: flowpilot worker --group {group}.")
            }
            (None, workers, before) => {
                format!(
                    "It waits until a worker of the group “{group}” has room: {workers} serve it, {before} go first."
                )
            }
        };
        Ok(Reason::new(Because::Offered { group }, sentence))
    }

    /// The attempt is not in this replica's hands: what all replicas share may tell.
    async fn elsewhere(&self, attempt: &Attempt<'_>) -> Result<Option<Reason>> {
        if self.core.slots.holds(attempt.execution, attempt.run) {
            return Ok(None);
        }
        if let Some(reason) = self.behind_key(attempt).await? {
            return Ok(Some(reason));
        }
        let owner = store::executions::owner(&self.core.parts.pool, attempt.workspace, attempt.execution).await?;
        if let Some(group) = attempt.node.group.clone().filter(|group| !self.core.parts.settings.groups.contains(group))
        {
            return self.offered(attempt, group).await.map(Some);
        }
        let me = self.core.replica();
        if owner.as_ref().is_some_and(|(owner, _)| Some(*owner) == me) {
            return Ok(None);
        }
        let replica = owner.map(|(id, host)| if host.is_empty() { id.to_string() } else { format!("{id} ({host})") });
        let sentence = match &replica {
            Some(replica) => format!("It runs on replica {replica}, or waits there for a slot, a token or a breaker."),
            None => "No replica has its execution at the moment; one takes it over soon.".to_owned(),
        };
        Ok(Some(Reason::new(Because::Elsewhere { replica }, sentence)))
    }
}

fn in_line(holders: usize, before: usize) -> String {
    format!(" {holders} hold it, and {before} wait before this one.")
}
