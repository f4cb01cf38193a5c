//! A lane: all events of its executions, in order, without locks. It takes everything that waits, plans, and commits
//! it as one batch (group commit); only then it answers, starts attempts and wakes readers.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    Core,
    alarms::Alarms,
    attempt::{self, Work},
    keys::Request,
    message::{Accepted, Message},
    owned::Owned,
    writer::{Refusal, Writer, Written},
};
use crate::{
    domain::{
        id::{ExecutionId, RunId},
        state::{Admission, ExecutionState},
    },
    server::{
        Result,
        fault::{self, Fault, Point},
        store::journal::Entry,
    },
};

/// Messages in one batch, at most; more would only lengthen the stall (engine.md, fact 5).
const BATCH: usize = 1_024;

pub struct Lane {
    core: Arc<Core>,
    writer: Writer,
    inbox: mpsc::WeakSender<Message>,
    executions: HashMap<ExecutionId, Owned>,
    alarms: Alarms,
    batch: Batch,
}

/// What happened since the last commit, and what to do after the next.
#[derive(Default)]
struct Batch {
    touched: HashSet<ExecutionId>,
    starts: Vec<(ExecutionId, RunId, u32)>,
    durable: HashMap<ExecutionId, oneshot::Sender<Result<()>>>,
    /// Answered after the commit, so that a letter leaves the inbox only once it counts.
    delivered: Vec<oneshot::Sender<bool>>,
}

impl Lane {
    pub fn new(core: Arc<Core>, writer: Writer, inbox: mpsc::WeakSender<Message>) -> Self {
        let (executions, alarms) = (HashMap::new(), Alarms::default());
        Self { core, writer, inbox, executions, alarms, batch: Batch::default() }
    }

    /// Works until it is stopped, or fenced off: then whoever adopted the executions goes on with them.
    pub async fn run(mut self, messages: &mut mpsc::Receiver<Message>, stop: CancellationToken) -> Result<()> {
        let mut waiting = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = messages.recv_many(&mut waiting, BATCH) => {}
                () = until(self.alarms.next()) => {}
            }
            let now = Utc::now();
            waiting.drain(..).for_each(|message| self.handle(message, now));
            self.ring_alarms(now);
            self.advance(now);
            self.commit(now).await?;
        }
    }

    fn handle(&mut self, message: Message, now: DateTime<Utc>) {
        match message {
            Message::Start(accepted) => self.start(*accepted, now),
            Message::AttemptEnded { execution, run, attempt, ending } => {
                if let Some(owned) = self.executions.get_mut(&execution) {
                    owned.attempt_ended(run, attempt, ending, now);
                    self.batch.touched.insert(execution);
                }
            }
            // Taken under a name that this replica has no more: whoever adopts it loads it. Held already: it was not let go.
            Message::Adopt { replica, execution, .. }
                if replica != self.writer.replica() || self.executions.contains_key(&execution) => {}
            Message::Adopt { execution, prepared, workspace, events, .. } => {
                let owned = Owned::adopt(execution, workspace, prepared, &events, now);
                self.insert(owned);
                self.batch.touched.insert(execution);
            }
            Message::Missing { mut executions, answer } => {
                executions.retain(|execution| !self.executions.contains_key(execution));
                let _ = answer.send(executions);
            }
            Message::Deliver { execution, letter, known } => {
                let Some(owned) = self.executions.get_mut(&execution) else {
                    let _ = known.send(false);
                    return;
                };
                if !owned.deliver(letter, now) {
                    let _ = known.send(false);
                    return;
                }
                self.batch.delivered.push(known);
                self.batch.touched.insert(execution);
            }
        }
    }

    fn start(&mut self, accepted: Accepted, now: DateTime<Utc>) {
        let execution = accepted.execution;
        self.insert(Owned::accept(&accepted, now));
        self.batch.durable.insert(execution, accepted.durable);
        self.batch.touched.insert(execution);
    }

    fn insert(&mut self, owned: Owned) {
        let workspace = owned.workspace;
        if self.executions.insert(owned.execution, owned).is_none() {
            self.core.live.add(workspace);
        }
    }

    fn remove(&mut self, execution: ExecutionId) {
        if let Some(owned) = self.executions.remove(&execution) {
            self.core.live.remove(owned.workspace);
            let is_over = owned.state.status.is_finished();
            if let Some(Admission::Waits { key, .. } | Admission::Admitted { key }) = owned.state.admission
                && is_over
            {
                self.core.keys.request(Request::Over { workspace: owned.workspace, execution, key });
            }
        }
    }

    /// Plans once for everything that happened to an execution since the last commit.
    fn advance(&mut self, now: DateTime<Utc>) {
        for execution in self.batch.touched.iter().copied() {
            let Some(owned) = self.executions.get_mut(&execution) else { continue };
            let starts = owned.advance(now);
            self.batch.starts.extend(starts.into_iter().map(|(run, attempt)| (execution, run, attempt)));
            if let Some(look_at) = owned.set_alarm(now) {
                self.alarms.set(look_at, execution);
            }
        }
    }

    fn ring_alarms(&mut self, now: DateTime<Utc>) {
        let executions = &self.executions;
        let is_set = |due, execution| executions.get(&execution).is_some_and(|owned| owned.alarm == Some(due));
        self.alarms.forget_stale(executions.len(), is_set);
        while let Some((due, execution)) = self.alarms.ring(now) {
            if let Some(owned) = self.executions.get_mut(&execution).filter(|owned| owned.alarm == Some(due)) {
                owned.alarm = None;
                self.batch.touched.insert(execution);
            }
        }
    }

    async fn commit(&mut self, now: DateTime<Utc>) -> Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        let executions = &mut self.executions;
        let entries: Vec<Entry> =
            batch.touched.iter().filter_map(|execution| executions.get_mut(execution)?.take_entry(now)).collect();
        if fault::is_set(Fault::AnswerFirst) {
            batch.durable.drain().for_each(|(_, durable)| drop(durable.send(Ok(()))));
        }
        let written = if entries.is_empty() { Written::default() } else { self.write(&entries).await? };
        if entries.iter().any(|entry| !entry.letters.is_empty()) {
            self.core.notices.tell_mail();
        }
        let asleep = entries.into_iter().filter(|entry| entry.asleep.is_some()).map(|entry| entry.execution);
        let asleep: HashSet<ExecutionId> = asleep.filter(|execution| !written.awake.contains(execution)).collect();
        self.settle(batch, written.refused, &asleep).await;
        written.awake.into_iter().for_each(|execution| self.stay_awake(execution, now));
        Ok(())
    }

    async fn write(&mut self, entries: &[Entry]) -> Result<Written> {
        fault::reach(Point::BeforeCommit).await;
        let written = self.writer.write(entries).await?;
        fault::reach(Point::AfterCommit).await;
        Ok(written)
    }

    /// It could not be put to sleep: looks again later.
    fn stay_awake(&mut self, execution: ExecutionId, now: DateTime<Utc>) {
        if let Some(owned) = self.executions.get_mut(&execution) {
            owned.woken_at = Some(now);
            if let Some(look_at) = owned.set_alarm(now) {
                self.alarms.set(look_at, execution);
            }
        }
    }

    /// After the commit: answers, starts attempts, wakes readers, forgets what is over, asleep or was refused.
    async fn settle(&mut self, mut batch: Batch, refused: Vec<Refusal>, asleep: &HashSet<ExecutionId>) {
        for Refusal { execution, error } in refused {
            self.remove(execution);
            match batch.durable.remove(&execution) {
                // A send fails when the caller gave up waiting.
                Some(durable) => drop(durable.send(Err(error))),
                None => tracing::error!(%execution, %error, "the journal refused events; the execution was let go"),
            }
        }
        for durable in batch.durable.into_values() {
            let _ = durable.send(Ok(()));
        }
        for delivered in batch.delivered {
            let _ = delivered.send(true);
        }
        fault::reach(Point::AfterAnswer).await;
        for execution in &batch.touched {
            if let Some(request) = self.executions.get_mut(execution).and_then(|owned| owned.request.take()) {
                self.core.keys.request(request);
            }
        }
        for (execution, run, attempt) in batch.starts {
            self.start_attempt(execution, run, attempt);
        }
        let is_over = |execution: &ExecutionId| {
            self.executions.get(execution).is_none_or(|owned| owned.state.status.is_finished())
        };
        let touched: Vec<(ExecutionId, bool)> =
            batch.touched.iter().map(|execution| (*execution, is_over(execution))).collect();
        self.core.watchers.wake(touched.iter().copied());
        for (execution, _) in touched.into_iter().filter(|(execution, over)| *over || asleep.contains(execution)) {
            self.remove(execution);
        }
    }

    fn start_attempt(&mut self, execution: ExecutionId, run: RunId, attempt: u32) {
        let Some(owned) = self.executions.get_mut(&execution) else { return };
        if owned.state.status.is_finished() || !is_current(&owned.state, &run, attempt) {
            return;
        }
        let Some(work) = Work::of(owned, &run, attempt) else { return };
        let (core, inbox) = (self.core.clone(), self.inbox.clone());
        let attempt = tokio::spawn(async move {
            let ended = attempt::perform(&core, work).await;
            fault::reach(Point::AttemptEnded).await;
            if let Some(inbox) = inbox.upgrade() {
                // Closed: the replica has stopped, and whoever adopts the execution tries again.
                let _ = inbox.send(ended).await;
            }
        });
        owned.attempts.insert(run, AbortOnDropHandle::new(attempt));
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.executions.values().for_each(|owned| self.core.live.remove(owned.workspace));
    }
}

/// An attempt that started and was cancelled within one batch never runs.
fn is_current(state: &ExecutionState, run: &RunId, attempt: u32) -> bool {
    state.task_runs.get(run).and_then(|run| run.attempts.last()).is_some_and(|last| last.number == attempt)
}

async fn until(due: Option<DateTime<Utc>>) {
    match due {
        Some(due) => tokio::time::sleep((due - Utc::now()).to_std().unwrap_or_default()).await,
        None => std::future::pending().await,
    }
}
