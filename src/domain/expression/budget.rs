//! What one evaluation may use. Charged before anything is allocated, so that no expression can take more.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
};

use serde_json::Value;

use super::{
    error::{Fault, Outcome},
    value::Val,
};

/// The longest source of one expression, in bytes.
pub const SOURCE_BYTES: usize = 4 * 1024;
/// The longest text with expressions in it, in bytes.
pub const TEMPLATE_BYTES: usize = 256 * 1024;
/// Parts that one expression may have.
pub const NODES: usize = 500;
/// How deep brackets, calls and branches may be nested.
pub const PARSE_DEPTH: usize = 32;
/// Operations and calls of arrow functions, whatever the data.
pub const STEPS: usize = 10_000;
/// Operations more for each item of a list, or member of an object, of the data that the expression goes through.
pub const STEPS_PER_ITEM: usize = 100;
/// Bytes of a text of the data that give one operation more.
pub const BYTES_PER_STEP: usize = 2;
/// Operations at most, however much data there is.
pub const MOST_STEPS: usize = 2_000_000;
/// Lists, objects and texts of the data that are smaller give nothing: the item around them did.
const SMALL_LIST: usize = 4;
const SMALL_TEXT: usize = 256;
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
    steps: Cell<usize>,
    bytes: Cell<usize>,
    result: Cell<usize>,
    /// The allowance, for messages; that of operations grows.
    all_steps: Cell<usize>,
    all_bytes: usize,
    /// Addresses of the data that the allowance grew with: going through it again gives nothing.
    seen: RefCell<HashSet<usize>>,
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
        Self::of(STEPS + STEPS_PER_ITEM * count, BYTES + 1024 * count, RESULT_BYTES)
    }

    /// For who cannot wait: some microseconds. Operations count as grown to their most, so that no data adds any.
    pub(super) fn brief() -> Self {
        Self { all_steps: Cell::new(MOST_STEPS), ..Self::of(500, 64 * 1024, 64 * 1024) }
    }

    /// For what is bounded in another way.
    pub(super) fn unlimited() -> Self {
        Self::of(usize::MAX, usize::MAX, usize::MAX)
    }

    fn of(steps: usize, bytes: usize, result: usize) -> Self {
        Self {
            steps: Cell::new(steps),
            bytes: Cell::new(bytes),
            result: Cell::new(result),
            all_steps: Cell::new(steps),
            all_bytes: bytes,
            seen: RefCell::default(),
        }
    }

    /// The more data, the more operations: called with each value that is gone through. What an expression makes
    /// itself gives nothing, so that it cannot raise its own allowance.
    pub fn grow_with(&self, value: &Val) {
        let Val::Data(data) = value else { return };
        let more = match data {
            Value::Array(items) if items.len() > SMALL_LIST => STEPS_PER_ITEM * items.len(),
            Value::Object(members) if members.len() > SMALL_LIST => STEPS_PER_ITEM * members.len(),
            Value::String(text) if text.len() > SMALL_TEXT => text.len() / BYTES_PER_STEP,
            _ => return,
        };
        let more = more.min(MOST_STEPS.saturating_sub(self.all_steps.get()));
        if more > 0 && self.seen.borrow_mut().insert(std::ptr::from_ref(*data).addr()) {
            self.all_steps.set(self.all_steps.get() + more);
            self.steps.set(self.steps.get() + more);
        }
    }

    pub fn steps(&self, count: usize) -> Outcome<()> {
        self.steps.set(self.steps.get().checked_sub(count).ok_or_else(|| {
            let most = self.all_steps.get();
            Fault::new(format!("This takes more than {most} operations. Work on fewer items: slice the list first, or split the work over several nodes."))
        })?);
        Ok(())
    }

    /// Looking through `count` characters or items without keeping them.
    pub fn scan(&self, count: usize) -> Outcome<()> {
        self.steps(count / 64)
    }

    /// Writing down each item of a list. Small lists cost what stands around them costs.
    pub fn write_all(&self, list: &Val) -> Outcome<()> {
        self.grow_with(list);
        self.steps(list.list_len().saturating_sub(SMALL_LIST))
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
