//! A lane: all events of its executions, in order, without locks. It takes everything that waits, plans, and commits
//! it as one batch (group commit); only then it answers, starts attempts and wakes readers. While one batch is on its way to
//! the database, the next one is planned.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    Core,
    alarms::Alarms,
    attempt,
    batch::{Batch, Sent, moment},
    instant,
    keys::Request,
    message::{Accepted, Message},
    owned::Owned,
    work::Work,
    writer::{Refusal, Writer, Written},
};
use crate::{
    domain::{
        id::{ExecutionId, ReplicaId, RunId},
        state::Admission,
    },
    server::{
        Result,
        fault::{self, Fault, Point},
        store::journal::Entry,
    },
};

/// Messages in one batch, at most; more would only lengthen the stall (engine.md, fact 5).
const BATCH: usize = 1_024;
/// Attempts that the lane makes itself before it looks whether the last batch is written, at most.
const AT_A_TIME: usize = 64;

pub struct Lane {
    pub(super) core: Arc<Core>,
    replica: ReplicaId,
    inbox: mpsc::WeakSender<Message>,
    pub(super) executions: HashMap<ExecutionId, Owned>,
    alarms: Alarms,
    pub(super) batch: Batch,
    sent: Sent,
    /// Attempts that may begin, in this order.
    ready: VecDeque<(ExecutionId, RunId, u32)>,
    /// The replica was asked to stop: nothing new starts.
    pub(super) is_closing: bool,
}

/// The writing of a batch; gives the writer back.
type Writing = Pin<Box<dyn Future<Output = (Writer, Result<Written>)> + Send>>;

impl Lane {
    pub fn new(core: Arc<Core>, replica: ReplicaId, inbox: mpsc::WeakSender<Message>) -> Self {
        let (executions, alarms, ready) = (HashMap::new(), Alarms::default(), VecDeque::new());
        let (batch, sent) = (Batch::default(), Sent::default());
        Self { core, replica, inbox, executions, alarms, batch, sent, ready, is_closing: false }
    }

    /// Works until it is stopped, or fenced off: then whoever adopted the executions goes on with them.
    pub async fn run(
        mut self,
        writer: Writer,
        messages: &mut mpsc::Receiver<Message>,
        stop: CancellationToken,
    ) -> Result<()> {
        let (mut idle, mut writing): (Option<Writer>, Option<Writing>) = (Some(writer), None);
        let mut waiting = Vec::with_capacity(BATCH);
        let closing = self.core.closing.clone();
        loop {
            let room = BATCH.saturating_sub(self.batch.messages);
            let mut has_answered = false;
            tokio::select! {
                biased;
                (writer, written) = next(&mut writing) => {
                    (idle, writing) = (Some(writer), None);
                    self.settle(written?).await;
                    has_answered = true;
                }
                () = stop.cancelled(), if writing.is_none() => return self.leave(idle, messages).await,
                () = closing.cancelled(), if !self.is_closing => self.close(),
                _ = messages.recv_many(&mut waiting, room), if room > 0 => {}
                () = until(self.alarms.next()) => {}
                // Others get their turn first: whoever was answered may have more, which then shares the next commit.
                () = tokio::task::yield_now(), if room > 0 && !self.ready.is_empty() => {}
            }
            self.happen(&mut waiting);
            if writing.is_none() && stop.is_cancelled() {
                return self.leave(idle, messages).await;
            }
            if !has_answered {
                self.begin();
            }
            if let Some(writer) = idle.take_if(|_| self.batch.at.is_some()) {
                match self.send() {
                    entries if entries.is_empty() => {
                        self.settle(Written::default()).await;
                        idle = Some(writer);
                    }
                    entries => writing = Some(Box::pin(write(writer, entries))),
                }
            }
        }
    }

    /// Changes the executions as the messages and the time say, and plans what follows.
    pub(super) fn happen(&mut self, messages: &mut Vec<Message>) {
        let now = moment();
        let is_due = self.alarms.next().is_some_and(|due| due <= now);
        if messages.is_empty() && !is_due {
            return;
        }
        // One moment for the whole batch, so that an execution's events share a row of the journal.
        let at = self.batch.at.filter(|_| !is_due).unwrap_or(now);
        self.batch.at = Some(at);
        self.batch.messages += messages.len();
        messages.drain(..).for_each(|message| self.handle(message, at));
        self.ring_alarms(at);
        self.plan(at);
    }

    fn handle(&mut self, message: Message, now: DateTime<Utc>) {
        match message {
            Message::Start(accepted) => self.start(*accepted, now),
            Message::AttemptEnded { execution, run, attempt, ending } => {
                if let Some(owned) = self.executions.get_mut(&execution) {
                    owned.attempt_ended(run, attempt, ending, now);
                    self.batch.touch(execution);
                }
            }
            // Taken under a name that this replica has no more: whoever adopts it loads it. Held already: it was not let go.
            Message::Adopt { replica, execution, .. }
                if replica != self.replica || self.executions.contains_key(&execution) => {}
            Message::Adopt { execution, prepared, workspace, events, .. } => {
                let owned = Owned::adopt(execution, workspace, prepared, &events, now);
                self.insert(owned);
                self.batch.touch(execution);
            }
            Message::Missing { mut executions, answer } => {
                executions.retain(|execution| {
                    !self.executions.contains_key(execution) && !self.sent.asleep.contains_key(execution)
                });
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
                self.batch.touch(execution);
            }
        }
    }

    fn start(&mut self, mut accepted: Accepted, now: DateTime<Utc>) {
        let execution = accepted.execution;
        let mut owned = Owned::accept(&mut accepted, now);
        owned.end = accepted.end;
        self.insert(owned);
        self.batch.durable.insert(execution, accepted.durable);
        self.batch.touch(execution);
    }

    fn insert(&mut self, mut owned: Owned) {
        owned.is_leaving = self.is_closing;
        let workspace = owned.workspace;
        if self.executions.insert(owned.execution, owned).is_none() {
            self.core.live.add(workspace);
        }
    }

    fn remove(&mut self, execution: ExecutionId) -> Option<Owned> {
        let owned = self.executions.remove(&execution)?;
        self.core.live.remove(owned.workspace);
        if let Some(Admission::Waits { key, .. } | Admission::Admitted { key }) = &owned.state.admission
            && owned.state.status.is_finished()
        {
            self.core.keys.request(Request::Over { workspace: owned.workspace, execution, key: key.clone() });
        }
        Some(owned)
    }

    /// Plans once for everything that happened to an execution since the last time. What is eager may begin at once.
    fn plan(&mut self, now: DateTime<Utc>) {
        for execution in std::mem::take(&mut self.batch.unplanned) {
            let Some(owned) = self.executions.get_mut(&execution) else { continue };
            for (run, attempt) in owned.advance(now) {
                let is_at_once = owned.is_eager(&run);
                let start = (execution, run, attempt);
                if is_at_once { self.ready.push_back(start) } else { self.batch.starts.push(start) }
            }
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
                self.batch.touch(execution);
            }
        }
    }

    /// What the database is to hold of the batch. From here on it is on its way, and the next one begins.
    pub(super) fn send(&mut self) -> Vec<Entry> {
        let mut batch = std::mem::take(&mut self.batch);
        let now = batch.at.unwrap_or_else(moment);
        let (mut entries, mut sent) = (Vec::with_capacity(batch.touched.len()), Sent::default());
        for execution in batch.touched.iter().copied() {
            let Some(owned) = self.executions.get_mut(&execution) else { continue };
            if !self.is_closing && owned.may_hold_back() {
                continue;
            }
            sent.requests.extend(owned.request.take());
            sent.touched.push((execution, owned.state.status.is_finished()));
            let Some(entry) = owned.take_entry(now) else { continue };
            sent.has_letters |= !entry.letters.is_empty();
            if entry.asleep.is_some() {
                sent.asleep.extend(self.remove(execution).map(|owned| (execution, owned)));
            }
            entries.push(entry);
        }
        if fault::is_set(Fault::AnswerFirst) {
            batch.durable.drain().for_each(|(_, durable)| drop(durable.send(Ok(()))));
        }
        self.sent = Sent { batch, ..sent };
        entries
    }

    /// After the commit: answers, starts attempts, wakes readers, forgets what is over or was refused.
    pub(super) async fn settle(&mut self, written: Written) {
        let Sent { mut batch, touched, requests, mut asleep, has_letters } = std::mem::take(&mut self.sent);
        if has_letters {
            self.core.notices.tell_mail();
        }
        for Refusal { execution, error } in written.refused {
            self.remove(execution);
            match batch.durable.remove(&execution) {
                // A send fails when the caller gave up waiting.
                Some(durable) => drop(durable.send(Err(error))),
                None => tracing::error!(%execution, %error, "the journal refused events; the execution was let go"),
            }
        }
        for (execution, durable) in batch.durable {
            if let Some(owned) = self.executions.get_mut(&execution) {
                owned.is_durable = true;
            }
            let _ = durable.send(Ok(()));
        }
        for delivered in batch.delivered {
            let _ = delivered.send(true);
        }
        fault::reach(Point::AfterAnswer).await;
        requests.into_iter().for_each(|request| self.core.keys.request(request));
        self.ready.extend(batch.starts);
        self.core.watchers.wake(touched.iter().copied());
        for (execution, _) in touched.into_iter().filter(|(_, is_over)| *is_over) {
            if let Some(Owned { end: Some(end), state, .. }) = self.remove(execution) {
                let _ = end.send(state);
            }
        }
        written
            .awake
            .into_iter()
            .filter_map(|execution| asleep.remove(&execution))
            .for_each(|owned| self.stay_awake(owned));
    }

    /// It could not be put to sleep: looks again later.
    fn stay_awake(&mut self, mut owned: Owned) {
        // Whoever asked the database what is this replica's may have been faster.
        if self.executions.contains_key(&owned.execution) {
            return;
        }
        let now = Utc::now();
        owned.woken_at = Some(now);
        if let Some(look_at) = owned.set_alarm(now) {
            self.alarms.set(look_at, owned.execution);
        }
        self.insert(owned);
    }

    /// Begins attempts that may: all that are made elsewhere, and some that the lane makes itself, which end on the spot.
    fn begin(&mut self) {
        let mut made = 0;
        while made < AT_A_TIME
            && self.batch.messages < BATCH
            && let Some((execution, run, attempt)) = self.ready.pop_front()
        {
            made += usize::from(self.start_attempt(execution, run, attempt));
            // What follows on them may begin at once too, and shares their commit.
            if let Some(at) = self.batch.at.filter(|_| made > 0 && self.ready.is_empty()) {
                self.plan(at);
            }
        }
        if let Some(at) = self.batch.at.filter(|_| made > 0) {
            self.plan(at);
        }
    }

    /// True: it is over already.
    fn start_attempt(&mut self, execution: ExecutionId, run: RunId, attempt: u32) -> bool {
        if self.is_closing {
            return false;
        }
        // What was cancelled before its start was durable never runs.
        let owned = self.executions.get_mut(&execution).filter(|owned| owned.is_current(&run, attempt));
        let Some((owned, work)) = owned.and_then(|owned| Work::of(owned, &run, attempt).map(|work| (owned, work)))
        else {
            return false;
        };
        if let Some(ending) = instant::attempt(&self.core, &work) {
            owned.attempt_ended(run, attempt, ending, *self.batch.at.get_or_insert_with(moment));
            self.batch.messages += 1;
            self.batch.touch(execution);
            return true;
        }
        let (core, inbox) = (self.core.clone(), self.inbox.clone());
        let attempt = tokio::spawn(async move {
            let (ended, _slot) = attempt::perform(&core, work).await;
            fault::reach(Point::AttemptEnded).await;
            if let Some(inbox) = inbox.upgrade() {
                // Closed: the replica has stopped, and whoever adopts the execution tries again.
                let _ = inbox.send(ended).await;
            }
        });
        owned.attempts.insert(run, AbortOnDropHandle::new(attempt));
        false
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.executions.values().for_each(|owned| self.core.live.remove(owned.workspace));
    }
}

pub(super) async fn write(mut writer: Writer, entries: Vec<Entry>) -> (Writer, Result<Written>) {
    fault::reach(Point::BeforeCommit).await;
    let written = writer.write(&entries).await;
    if written.is_ok() {
        fault::reach(Point::AfterCommit).await;
    }
    (writer, written)
}

async fn next(writing: &mut Option<Writing>) -> (Writer, Result<Written>) {
    match writing {
        Some(writing) => writing.await,
        None => std::future::pending().await,
    }
}

async fn until(due: Option<DateTime<Utc>>) {
    match due {
        Some(due) => tokio::time::sleep((due - Utc::now()).to_std().unwrap_or_default()).await,
        None => std::future::pending().await,
    }
}
