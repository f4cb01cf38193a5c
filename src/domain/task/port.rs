//! The names of ports.

/// The one input port of a task.
pub const IN: &str = "in";
/// The main output port.
pub const OUT: &str = "out";
/// Where a task goes on when its last attempt failed.
pub const ERROR: &str = "error";
/// The outputs of a condition.
pub const TRUE: &str = "true";
pub const FALSE: &str = "false";
/// Where a loop hands each item to its body.
pub const ITEM: &str = "item";
/// Where a loop goes on with the outputs of all iterations.
pub const DONE: &str = "done";
/// The outputs of an approval.
pub const APPROVED: &str = "approved";
pub const REJECTED: &str = "rejected";
/// Where a switch goes when no case fits; its other outputs are called like its cases.
pub const ELSE: &str = "else";
