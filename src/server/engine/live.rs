//! How many executions this replica has in memory, and how many of each workspace: none can take all the room.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::queue::may_hold_another;
use crate::domain::id::WorkspaceId;

#[derive(Default)]
pub struct Live {
    total: AtomicUsize,
    by_workspace: Mutex<HashMap<WorkspaceId, usize>>,
}

impl Live {
    fn by_workspace(&self) -> MutexGuard<'_, HashMap<WorkspaceId, usize>> {
        self.by_workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, workspace: WorkspaceId) {
        self.total.fetch_add(1, Ordering::Relaxed);
        *self.by_workspace().entry(workspace).or_default() += 1;
    }

    pub fn remove(&self, workspace: WorkspaceId) {
        self.total.fetch_sub(1, Ordering::Relaxed);
        let mut by_workspace = self.by_workspace();
        if let Some(count) = by_workspace.get_mut(&workspace) {
            *count -= 1;
            if *count == 0 {
                by_workspace.remove(&workspace);
            }
        }
    }

    pub fn total(&self) -> usize {
        self.total.load(Ordering::Relaxed)
    }

    /// Whether the workspace may start another execution, of so many in all: alone it gets four fifths of them.
    pub fn has_room(&self, workspace: WorkspaceId, most: usize) -> bool {
        let held = self.by_workspace().get(&workspace).copied().unwrap_or_default();
        may_hold_another(held, most.saturating_sub(self.total()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: WorkspaceId = WorkspaceId(uuid::Uuid::from_u128(1));
    const OTHER: WorkspaceId = WorkspaceId(uuid::Uuid::from_u128(2));

    #[test]
    fn a_flood_of_one_workspace_leaves_room_for_another() {
        let live = Live::default();
        while live.has_room(ONE, 100) {
            live.add(ONE);
        }
        assert_eq!(live.total(), 80);
        assert!(live.has_room(OTHER, 100));
        live.remove(ONE);
        assert!(live.has_room(ONE, 100));
        (0..79).for_each(|_| live.remove(ONE));
        assert!(live.by_workspace().is_empty());
    }
}
