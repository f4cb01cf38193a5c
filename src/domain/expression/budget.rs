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
/// How deep lists and objects may be nested in each other: JSON readers stop at 128.
pub const DEPTH: u16 = 100;

/// What is left of the allowance. Shared by all expressions of one field.
pub(super) struct Budget {
    steps: Cell<u32>,
    bytes: Cell<usize>,
    result: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: Cell::new(STEPS), bytes: Cell::new(BYTES), result: Cell::new(RESULT_BYTES) }
    }
}

impl Budget {
    /// For what is bounded in another way.
    pub(super) fn unlimited() -> Self {
        Self { steps: Cell::new(u32::MAX), bytes: Cell::new(usize::MAX), result: Cell::new(usize::MAX) }
    }

    pub fn steps(&self, count: usize) -> Outcome<()> {
        let left = u32::try_from(count).ok().and_then(|count| self.steps.get().checked_sub(count));
        self.steps.set(left.ok_or_else(|| {
            Fault::new(format!("This takes more than {STEPS} operations. Work on fewer items: slice the list first, or split the work over several nodes."))
        })?);
        Ok(())
    }

    /// Looking through `count` characters or items without keeping them.
    pub fn scan(&self, count: usize) -> Outcome<()> {
        self.steps(count / 1024)
    }

    pub fn bytes(&self, count: usize) -> Outcome<()> {
        self.bytes.set(self.bytes.get().checked_sub(count).ok_or_else(|| {
            Fault::new("This needs more than 8 MiB of memory. Work on less data: pick the fields you need first, or use Object.fromEntries instead of spreading in reduce.")
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
