//! Who gets the next free slot. Pure: knows no clock, no lock and no task. Workspaces take turns; within a workspace the
//! higher priority goes first, and waiting makes up for a lower one. No workspace can take all slots: it holds at most
//! four times as many as it leaves free, so others find some even while all its tasks hang.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::domain::{id::WorkspaceId, limit::Priority};

/// How much longer one level of priority may wait than the level above it.
const AGEING: Duration = Duration::from_secs(10);
/// Slots of one workspace per slot that stays free.
const SHARE: usize = 4;

/// `T` is what waits for a slot.
pub struct Queue<T> {
    size: usize,
    taken: usize,
    accounts: HashMap<WorkspaceId, Account<T>>,
    /// Workspaces in which something waits, in the order of their turns.
    turns: VecDeque<WorkspaceId>,
}

/// What one workspace holds and what of it waits, a line per priority.
struct Account<T> {
    held: usize,
    lines: [VecDeque<Waiting<T>>; 3],
}

struct Waiting<T> {
    /// The time of arrival, put off by its priority: the earliest goes first.
    turn_at: Duration,
    item: T,
}

impl<T> Account<T> {
    fn new() -> Self {
        Self { held: 0, lines: Default::default() }
    }

    fn waiting(&self) -> usize {
        self.lines.iter().map(VecDeque::len).sum()
    }

    fn pop(&mut self) -> Option<T> {
        let heads = self.lines.iter_mut().filter(|line| !line.is_empty());
        let line = heads.min_by_key(|line| line.front().map(|waiting| waiting.turn_at))?;
        line.pop_front().map(|waiting| waiting.item)
    }
}

impl<T> Queue<T> {
    pub fn of(size: usize) -> Self {
        Self { size, taken: 0, accounts: HashMap::new(), turns: VecDeque::new() }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn taken(&self) -> usize {
        self.taken
    }

    /// How much waits for a slot, of all workspaces.
    pub fn waiting(&self) -> usize {
        self.accounts.values().map(Account::waiting).sum()
    }

    /// How many slots the workspace holds, and how much of it waits for one.
    pub fn standing(&self, workspace: WorkspaceId) -> (usize, usize) {
        self.accounts.get(&workspace).map_or((0, 0), |account| (account.held, account.waiting()))
    }

    /// How much of the workspace has its turn before this; none: it does not wait.
    pub fn before(&self, workspace: WorkspaceId, is_it: impl Fn(&T) -> bool) -> Option<usize> {
        let waiting = || self.accounts.get(&workspace).into_iter().flat_map(|account| account.lines.iter().flatten());
        let turn_at = waiting().find(|waiting| is_it(&waiting.item))?.turn_at;
        Some(waiting().filter(|waiting| waiting.turn_at < turn_at).count())
    }

    /// Takes a slot at once, if one is free for the workspace and nothing of it waits.
    pub fn take(&mut self, workspace: WorkspaceId) -> bool {
        let free = self.size - self.taken;
        let account = self.accounts.entry(workspace).or_insert_with(Account::new);
        let may = account.waiting() == 0 && may_hold_another(account.held, free);
        if may {
            account.held += 1;
            self.taken += 1;
        } else if account.held == 0 && account.waiting() == 0 {
            self.accounts.remove(&workspace);
        }
        may
    }

    /// Lets the item wait for a slot. `now` counts from any fixed moment.
    pub fn wait(&mut self, workspace: WorkspaceId, priority: Priority, now: Duration, item: T) {
        let account = self.accounts.entry(workspace).or_insert_with(Account::new);
        if account.waiting() == 0 {
            self.turns.push_back(workspace);
        }
        let turn_at = now + AGEING * priority as u32;
        account.lines[priority as usize].push_back(Waiting { turn_at, item });
    }

    /// Gives a slot of the workspace back.
    pub fn give_back(&mut self, workspace: WorkspaceId) {
        self.taken -= 1;
        if let Some(account) = self.accounts.get_mut(&workspace) {
            account.held -= 1;
            if account.held == 0 && account.waiting() == 0 {
                self.accounts.remove(&workspace);
            }
        }
    }

    /// Takes a slot for whoever's turn it is among those that still wait; none: no slot or nobody to have it.
    pub fn next(&mut self, still_waits: impl Fn(&T) -> bool) -> Option<(WorkspaceId, T)> {
        for _ in 0..self.turns.len() {
            let free = self.size - self.taken;
            let workspace = self.turns.pop_front()?;
            let Some(account) = self.accounts.get_mut(&workspace) else { continue };
            let mut found = None;
            if may_hold_another(account.held, free) {
                found = std::iter::from_fn(|| account.pop()).find(&still_waits);
            }
            account.held += usize::from(found.is_some());
            if account.waiting() > 0 {
                self.turns.push_back(workspace);
            } else if account.held == 0 {
                self.accounts.remove(&workspace);
            }
            if let Some(item) = found {
                self.taken += 1;
                return Some((workspace, item));
            }
        }
        None
    }
}

/// Dynamic thresholds, as switches share their buffers: alone, a workspace gets four fifths of the slots; two get four
/// ninths each. The first slot is everybody's.
pub fn may_hold_another(held: usize, free: usize) -> bool {
    free > 0 && (held == 0 || held < SHARE * (free - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(number: u128) -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(number))
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Gives slots of `owner` back one by one and tells who gets each.
    fn drain(queue: &mut Queue<&'static str>, owner: WorkspaceId, slots: usize) -> Vec<&'static str> {
        (0..slots)
            .filter_map(|_| {
                queue.give_back(owner);
                let (next, item) = queue.next(|_| true)?;
                // Whoever gets it ends at once; the slot counts as the owner's again.
                queue.give_back(next);
                queue.taken += 1;
                queue.accounts.entry(owner).or_insert_with(Account::new).held += 1;
                Some(item)
            })
            .collect()
    }

    #[test]
    fn a_free_slot_is_taken_at_once() {
        let mut queue = Queue::<()>::of(1);
        assert!(queue.take(workspace(1)));
        assert!(!queue.take(workspace(2)));
        queue.give_back(workspace(1));
        assert!(queue.take(workspace(2)));
        queue.give_back(workspace(2));
        assert!(queue.accounts.is_empty(), "nothing is kept of those who hold nothing");
    }

    #[test]
    fn a_workspace_alone_gets_four_fifths() {
        for (size, share) in [(1, 1), (2, 1), (5, 4), (10, 8), (256, 204)] {
            let mut queue = Queue::<()>::of(size);
            let held = (0..size).filter(|_| queue.take(workspace(1))).count();
            assert_eq!(held, share, "of {size}");
        }
    }

    #[test]
    fn a_newcomer_finds_a_slot_though_others_take_all_they_can() {
        let mut queue = Queue::<()>::of(256);
        for number in 1..=3 {
            while queue.take(workspace(number)) {}
            assert!(queue.taken() < 256, "after {number} workspaces that take all they can");
        }
        assert!(queue.take(workspace(9)));
    }

    #[test]
    fn workspaces_take_turns_however_much_waits() {
        let mut queue = Queue::of(1);
        let (flood, small) = (workspace(1), workspace(2));
        assert!(queue.take(flood));
        for _ in 0..1_000 {
            queue.wait(flood, Priority::High, secs(0), "flood");
        }
        queue.wait(small, Priority::Low, secs(5), "small");
        queue.wait(small, Priority::Low, secs(5), "small");
        assert_eq!(drain(&mut queue, workspace(9), 0).len(), 0);
        queue.give_back(flood);
        let mut order = Vec::new();
        for _ in 0..4 {
            let (owner, item) = queue.next(|_| true).expect("somebody waits");
            order.push(item);
            queue.give_back(owner);
        }
        assert_eq!(order, ["flood", "small", "flood", "small"]);
    }

    #[test]
    fn a_higher_priority_goes_first_and_equal_ones_in_order() {
        let mut queue = Queue::of(1);
        let one = workspace(1);
        assert!(queue.take(one));
        queue.wait(one, Priority::Low, secs(0), "low");
        queue.wait(one, Priority::Normal, secs(1), "normal 1");
        queue.wait(one, Priority::Normal, secs(2), "normal 2");
        queue.wait(one, Priority::High, secs(3), "high");
        assert_eq!(queue.before(one, |item| *item == "normal 2"), Some(2));
        assert_eq!(queue.before(one, |item| *item == "nobody"), None);
        assert_eq!(drain(&mut queue, one, 4), ["high", "normal 1", "normal 2", "low"]);
    }

    #[test]
    fn who_waited_ten_seconds_longer_goes_before_the_next_level() {
        let mut queue = Queue::of(1);
        let one = workspace(1);
        assert!(queue.take(one));
        queue.wait(one, Priority::Low, secs(0), "low");
        queue.wait(one, Priority::Normal, secs(11), "normal");
        queue.wait(one, Priority::High, secs(22), "high");
        assert_eq!(drain(&mut queue, one, 3), ["low", "normal", "high"]);
    }

    #[test]
    fn who_gave_up_is_passed_over() {
        let mut queue = Queue::of(1);
        let one = workspace(1);
        assert!(queue.take(one));
        queue.wait(one, Priority::Normal, secs(0), "gone");
        queue.wait(one, Priority::Normal, secs(0), "here");
        queue.give_back(one);
        assert_eq!(queue.next(|item| *item != "gone"), Some((one, "here")));
        assert_eq!(queue.standing(one), (1, 0));
    }
}
