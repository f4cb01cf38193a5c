//! What one evaluation may use. Charged before anything is allocated, so that no expression can take more.

use std::cell::Cell;

use super::error::{Fault, Outcome};

/// The longest source of one expression, in bytes.
pub const SOURCE_BYTES: usize = 4 * 1024;
/// The longest text with expressions in it, in bytes.
pub const TEMPLATE_BYTES: usize = 256 * 1024;
/// Parts that one expression may have.
pub const NODES: usize = 500;
/// How deep brackets, calls and branches may be nested.
pub const PARSE_DEPTH: usize = 32;
/// Operations and calls of arrow functions.
pub const STEPS: u32 = 10_000;
/// Memory that may be allocated in all, given back or not.
pub const BYTES: usize = 8 * 1024 * 1024;
/// The size of the value that comes out, as JSON.
pub const RESULT_BYTES: usize = 1024 * 1024;
/// Items that one expression may be evaluated for.
pub const ITEMS: usize = 10_000;
/// How deep lists and objects may be nested in each other: JSON readers stop at 128.
pub const DEPTH: u16 = 100;

/// What is left of the allowance. Shared by all expressions of one field.
pub(super) struct Budget {
    steps: Cell<u32>,
    bytes: Cell<usize>,
    result: Cell<usize>,
    /// What there was at first, for messages.
    all_steps: u32,
    all_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(STEPS, BYTES, RESULT_BYTES)
    }
}

impl Budget {
    /// For an expression that is evaluated once for each of so many items.
    pub(super) fn for_items(count: usize) -> Self {
        let count = count.min(ITEMS);
        Self::of(STEPS + 100 * count as u32, BYTES + 1024 * count, RESULT_BYTES)
    }

    /// For who cannot wait: some microseconds.
    pub(super) fn brief() -> Self {
        Self::of(500, 64 * 1024, 64 * 1024)
    }

    /// For what is bounded in another way.
    pub(super) fn unlimited() -> Self {
        Self::of(u32::MAX, usize::MAX, usize::MAX)
    }

    fn of(steps: u32, bytes: usize, result: usize) -> Self {
        Self {
            steps: Cell::new(steps),
            bytes: Cell::new(bytes),
            result: Cell::new(result),
            all_steps: steps,
            all_bytes: bytes,
        }
    }

    pub fn steps(&self, count: usize) -> Outcome<()> {
        let left = u32::try_from(count).ok().and_then(|count| self.steps.get().checked_sub(count));
        self.steps.set(left.ok_or_else(|| {
            let most = self.all_steps;
            Fault::new(format!("This takes more than {most} operations. Work on fewer items: slice the list first, or split the work over several nodes."))
        })?);
        Ok(())
    }

    /// Looking through `count` characters or items without keeping them.
    pub fn scan(&self, count: usize) -> Outcome<()> {
        self.steps(count / 1024)
    }

    pub fn bytes(&self, count: usize) -> Outcome<()> {
        self.bytes.set(self.bytes.get().checked_sub(count).ok_or_else(|| {
            let most = self.all_bytes >> 20;
            Fault::new(format!("This needs more than {most} MiB of memory. Work on less data: pick the fields you need first, or use Object.fromEntries instead of spreading in reduce."))
        })?);
        Ok(())
    }

    pub fn result(&self, count: usize) -> Outcome<()> {
        self.result.set(
            self.result
                .get()
                .checked_sub(count)
                .ok_or_else(|| Fault::new("The result is larger than 1 MiB. Pick the fields you need."))?,
        );
        Ok(())
    }
}
