//! Every SQL statement, one file per table family. Rows stay private; domain types come out.

pub mod database;
pub mod executions;
pub mod origins;
pub mod versions;
pub mod workflows;
