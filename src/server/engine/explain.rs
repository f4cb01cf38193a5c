//! Why an attempt that began does not run yet: what `domain::explain` cannot know, from this replica's queues and from
//! what all replicas share.

use chrono::{TimeDelta, Utc};

use super::{Engine, gate::Wait, keys};
use crate::{
    domain::{
        explain::{Because, KeyHolder, Reason, SlotHolder, Why, shown},
        id::{ExecutionId, ReplicaId, WorkspaceId},
        workflow::Node,
    },
    server::{
        Result,
        store::{
            self,
            holds::{self, Holder, Key},
            offers,
        },
    },
};

/// Holders that a reason names, at most.
const NAMED: i64 = 10;

/// An attempt that began.
pub struct Attempt<'a> {
    pub of: &'a offers::Attempt,
    pub node: &'a Node,
}

impl Engine {
    /// Completes what the journal tells of the task run. The same on every replica.
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
                    let of = offers::Attempt { workspace, execution, run: why.run.clone(), number: *attempt };
                    let found = self.under_way(&Attempt { of: &of, node }).await?;
                    let only_lives = found.iter().all(|found| matches!(found.because, Because::Heartbeat { .. }));
                    reasons.extend(only_lives.then_some(reason));
                    reasons.extend(found);
                }
                _ => reasons.push(reason),
            }
        }
        why.reasons = reasons;
        Ok(why)
    }

    /// What holds the attempt up, wherever it is, and its last sign of life. Nothing of the first: it runs.
    async fn under_way(&self, attempt: &Attempt<'_>) -> Result<Vec<Reason>> {
        if let Some(reasons) = self.in_hands(attempt).await? {
            return Ok(reasons);
        }
        if let Some(reason) = self.behind_key(attempt).await? {
            return Ok(vec![reason]);
        }
        self.elsewhere(attempt).await
    }

    /// What this replica knows of an attempt in its hands. None: it is not.
    pub(super) async fn in_hands(&self, attempt: &Attempt<'_>) -> Result<Option<Vec<Reason>>> {
        let of = attempt.of;
        let held_up = match self.core.waits.of(of.execution, &of.run) {
            Some(Wait::Breaker { service }) => Some(self.behind_breaker(attempt, service).await?),
            Some(Wait::Key { .. }) => self.behind_key(attempt).await?,
            Some(Wait::Rate { key }) => Some(self.behind_bucket(attempt, key).await?),
            None => self.behind_slots(attempt),
        };
        let is_here = held_up.is_some() || self.core.slots.holds(of.execution, &of.run);
        Ok(is_here.then(|| held_up.into_iter().chain(self.heartbeat(attempt)).collect()))
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

    /// The last sign of life, if the attempt runs here and may not be silent without end.
    fn heartbeat(&self, attempt: &Attempt<'_>) -> Option<Reason> {
        let seconds = attempt.node.heartbeat_timeout_secs?;
        let last = self.core.pulses.last(attempt.of.execution, &attempt.of.run)?;
        let until = last + TimeDelta::seconds(seconds.into());
        let sentence = format!(
            "Its last sign of life came at {}. Without another one it is ended at {}.",
            shown(last),
            shown(until)
        );
        Some(Reason::new(Because::Heartbeat { last, until }, sentence))
    }

    async fn behind_breaker(&self, attempt: &Attempt<'_>, service: String) -> Result<Reason> {
        let all = store::breakers::list(&self.core.parts.pool, attempt.of.workspace).await?;
        let found = all.into_iter().find(|breaker| breaker.service == service);
        let (retry_at, last_error) = found.map_or((None, String::new()), |found| (found.retry_at, found.last_error));
        let until = retry_at.map_or("soon".to_owned(), |at| format!("at {}", shown(at)));
        let sentence =
            format!("The breaker of {service} is open: {last_error} One attempt probes the service {until}.");
        Ok(Reason::new(Because::Breaker { service, retry_at, last_error }, sentence))
    }

    async fn behind_key(&self, attempt: &Attempt<'_>) -> Result<Option<Reason>> {
        let holder =
            Holder { execution: attempt.of.execution, run: attempt.of.run.to_string(), attempt: attempt.of.number };
        let place = holds::place(&self.core.parts.pool, attempt.of.workspace, &holder).await?;
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
            Some(rate) => store::buckets::refills_in(&self.core.parts.pool, attempt.of.workspace, &key, rate).await?,
            None => None,
        };
        let refills_at = refills_in.and_then(|wait| TimeDelta::from_std(wait).ok()).map(|wait| Utc::now() + wait);
        let when = refills_at.map_or("any moment".to_owned(), |at| format!("at {}", shown(at)));
        let sentence = format!("The bucket “{key}” is empty. Its next token comes {when}; who came first goes first.");
        Ok(Reason::new(Because::Rate { key, refills_at }, sentence))
    }

    fn behind_slots(&self, attempt: &Attempt<'_>) -> Option<Reason> {
        let is_it =
            |holder: &super::slots::Holder| holder.execution == attempt.of.execution && holder.run == attempt.of.run;
        let before = self.core.slots.before(attempt.of.workspace, is_it)?;
        let standing = self.core.slots.standing(attempt.of.workspace);
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

    /// The attempt is not in this replica's hands: what all replicas share may tell, or whoever has it.
    async fn elsewhere(&self, attempt: &Attempt<'_>) -> Result<Vec<Reason>> {
        let (pool, of) = (&self.core.parts.pool, attempt.of);
        let group = attempt.node.group.as_deref().unwrap_or_default();
        let offer = offers::standing(pool, of, group).await?;
        let offered = offer.is_offered.then(|| offered(&offer, group));
        let owner = store::executions::owner(pool, of.workspace, of.execution).await?;
        let has_it = match offer.is_offered {
            true => offer.claimed_by.map(ReplicaId),
            false => owner.as_ref().map(|(owner, _)| *owner),
        };
        let answer = match has_it {
            // It begins, or its end is on the way to the journal.
            Some(replica) if Some(replica) == self.core.replica() => return Ok(Vec::new()),
            Some(replica) => self.ask(replica, of).await?,
            None => None,
        };
        let is_held_up = |reasons: &[Reason]| {
            !matches!(reasons.first(), None | Some(Reason { because: Because::Heartbeat { .. }, .. }))
        };
        match (answer, offered) {
            (Some(reasons), Some(offered)) if !is_held_up(&reasons) => {
                Ok(std::iter::once(offered).chain(reasons).collect())
            }
            (Some(reasons), _) => Ok(reasons),
            (None, Some(offered)) => Ok(vec![offered]),
            (None, None) => Ok(vec![out_of_reach(owner)]),
        }
    }
}

/// Attempts that another replica than the owner makes.
fn offered(offer: &offers::Standing, group: &str) -> Reason {
    let sentence = match (&offer.host, offer.workers, group) {
        (Some(host), _, "") => format!("Another replica with room makes it, on {host}."),
        (None, _, "") => "It is offered to other replicas, as this one has no slot left.".to_owned(),
        (Some(host), ..) => format!("A worker of the group “{group}” makes it, on {host}."),
        (None, 0, _) => format!("No worker serves the group “{group}”. Start one: flowpilot worker --group {group}."),
        (None, workers, _) => {
            let before = offer.before;
            format!("It waits until a worker of the group “{group}” has room: {workers} serve it, {before} go first.")
        }
    };
    Reason::new(Because::Offered { group: group.to_owned() }, sentence)
}

fn out_of_reach(owner: Option<(ReplicaId, String)>) -> Reason {
    let replica = owner.map(|(id, host)| if host.is_empty() { id.to_string() } else { format!("{id} ({host})") });
    let sentence = match &replica {
        Some(replica) => {
            format!("It is on replica {replica}, which does not answer; if it died, another one takes over.")
        }
        None => "No replica has its execution at the moment; one takes it over soon.".to_owned(),
    };
    Reason::new(Because::Elsewhere { replica }, sentence)
}

fn in_line(holders: usize, before: usize) -> String {
    format!(" {holders} hold it, and {before} wait before this one.")
}
