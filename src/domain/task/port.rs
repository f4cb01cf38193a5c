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
