//! The slots of this replica: so many attempts run at the same time. Who gets one is `queue`'s to say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, oneshot};

use super::queue::Queue;
use crate::domain::{
    id::{ExecutionId, RunId, WorkspaceId},
    limit::Priority,
};

#[derive(Clone)]
pub struct Slots(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    began: Instant,
    idle: Notify,
}

struct State {
    queue: Queue<Ticket>,
    holders: HashMap<u64, (WorkspaceId, Holder)>,
    next: u64,
}

/// Somebody in the queue.
struct Ticket {
    holder: Holder,
    slot: oneshot::Sender<Slot>,
}

/// Which attempt holds a slot or wants one.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    pub execution: ExecutionId,
    pub run: RunId,
    /// When it came.
    pub since: DateTime<Utc>,
}

/// How the slots stand, as one workspace may know.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub size: usize,
    pub taken: usize,
    /// What of the workspace holds slots, the longest first.
    pub holders: Vec<Holder>,
}

/// A slot, given back when dropped.
pub struct Slot {
    slots: Slots,
    workspace: WorkspaceId,
    number: u64,
}

impl Slots {
    pub fn of(size: u32) -> Self {
        let state = State { queue: Queue::of(size as usize), holders: HashMap::new(), next: 0 };
        Self(Arc::new(Inner { state: Mutex::new(state), began: Instant::now(), idle: Notify::new() }))
    }

    /// A slot, at once or when it is the attempt's turn. Dropping the future gives up.
    pub async fn acquire(&self, workspace: WorkspaceId, priority: Priority, holder: Holder) -> Slot {
        loop {
            let slot = {
                let mut state = self.lock();
                if state.queue.take(workspace) {
                    return state.hold(self, workspace, holder);
                }
                let (sender, slot) = oneshot::channel();
                let ticket = Ticket { holder: holder.clone(), slot: sender };
                state.queue.wait(workspace, priority, self.0.began.elapsed(), ticket);
                slot
            };
            // A sender is dropped only with a ticket that was given up.
            if let Ok(slot) = slot.await {
                return slot;
            }
        }
    }

    /// Slots that nobody holds or waits for.
    pub fn free(&self) -> usize {
        let queue = &self.lock().queue;
        (queue.size() - queue.taken()).saturating_sub(queue.waiting())
    }

    /// Whether something of the workspace waits for a slot already.
    pub fn waits(&self, workspace: WorkspaceId) -> bool {
        self.lock().queue.standing(workspace).1 > 0
    }

    /// Returns when no slot is taken.
    pub async fn drained(&self) {
        loop {
            let mut idle = std::pin::pin!(self.0.idle.notified());
            idle.as_mut().enable();
            if self.lock().queue.taken() == 0 {
                return;
            }
            idle.await;
        }
    }

    pub fn standing(&self, workspace: WorkspaceId) -> Standing {
        let state = self.lock();
        let of_workspace = state.holders.values().filter(|(owner, _)| *owner == workspace);
        let mut holders: Vec<Holder> = of_workspace.map(|(_, holder)| holder.clone()).collect();
        holders.sort_by_key(|holder| holder.since);
        Standing { size: state.queue.size(), taken: state.queue.taken(), holders }
    }

    /// How many tasks of the workspace get a slot before this one; none: it does not wait for one.
    pub fn before(&self, workspace: WorkspaceId, is_it: impl Fn(&Holder) -> bool) -> Option<usize> {
        self.lock().queue.before(workspace, |ticket| is_it(&ticket.holder) && !ticket.slot.is_closed())
    }

    /// Whether the task run holds a slot.
    pub fn holds(&self, execution: ExecutionId, run: &RunId) -> bool {
        self.lock().holders.values().any(|(_, holder)| holder.execution == execution && holder.run == *run)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, workspace: WorkspaceId, number: u64) {
        let granted = {
            let mut state = self.lock();
            state.holders.remove(&number);
            state.queue.give_back(workspace);
            if state.queue.taken() == 0 {
                self.0.idle.notify_waiters();
            }
            state.grant(self)
        };
        // Outside of the lock: a slot that nobody takes any more comes back on the spot.
        for (ticket, slot) in granted {
            let _ = ticket.send(slot);
        }
    }
}

impl State {
    fn hold(&mut self, slots: &Slots, workspace: WorkspaceId, holder: Holder) -> Slot {
        self.next += 1;
        self.holders.insert(self.next, (workspace, holder));
        Slot { slots: slots.clone(), workspace, number: self.next }
    }

    fn grant(&mut self, slots: &Slots) -> Vec<(oneshot::Sender<Slot>, Slot)> {
        let mut granted = Vec::new();
        while let Some((workspace, ticket)) = self.queue.next(|ticket| !ticket.slot.is_closed()) {
            let slot = self.hold(slots, workspace, ticket.holder);
            granted.push((ticket.slot, slot));
        }
        granted
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.give_back(self.workspace, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(number: u128) -> Holder {
        Holder { execution: ExecutionId(uuid::Uuid::from_u128(number)), run: "a".into(), since: DateTime::UNIX_EPOCH }
    }

    const ONE: WorkspaceId = WorkspaceId(uuid::Uuid::from_u128(1));
    const OTHER: WorkspaceId = WorkspaceId(uuid::Uuid::from_u128(2));

    #[tokio::test]
    async fn a_slot_goes_to_who_waits_and_not_to_who_gave_up() {
        let slots = Slots::of(1);
        let first = slots.acquire(ONE, Priority::Normal, holder(1)).await;
        let mut gave_up = Box::pin(slots.acquire(ONE, Priority::High, holder(2)));
        let mut waits = Box::pin(slots.acquire(OTHER, Priority::Low, holder(3)));
        assert!(futures_util::poll!(&mut gave_up).is_pending() && futures_util::poll!(&mut waits).is_pending());
        assert_eq!(slots.before(ONE, |waiting| *waiting == holder(2)), Some(0));
        drop(gave_up);
        drop(first);
        let slot = waits.await;
        assert_eq!(slots.standing(OTHER).holders, [holder(3)]);
        assert_eq!(slots.standing(ONE).holders, [], "others see nothing of it");
        drop(slot);
        slots.drained().await;
    }

    #[tokio::test]
    async fn nothing_is_left_when_many_came_and_went() {
        let slots = Slots::of(5);
        let attempts = (0..200).map(|number| {
            let slots = slots.clone();
            tokio::spawn(async move {
                let workspace = WorkspaceId(uuid::Uuid::from_u128(number % 3));
                let _slot = slots.acquire(workspace, Priority::ALL[number as usize % 3], holder(number)).await;
                tokio::task::yield_now().await;
            })
        });
        for attempt in attempts.collect::<Vec<_>>() {
            attempt.await.expect("it does not panic");
        }
        slots.drained().await;
        assert!(slots.lock().holders.is_empty());
    }
}
