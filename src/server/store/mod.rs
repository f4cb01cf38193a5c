//! Every SQL statement, one file per table family. Rows stay private; domain types come out.

pub mod executions;
pub mod database;
