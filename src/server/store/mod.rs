//! Every SQL statement, one file per table family. Rows stay private; domain types come out.

pub mod adoption;
pub mod breakers;
pub mod buckets;
pub mod credentials;
pub mod database;
pub mod dead_letters;
pub mod executions;
pub mod fires;
pub mod holds;
pub mod inbox;
pub mod journal;
pub mod keys;
pub mod logins;
pub mod notices;
pub mod origins;
pub mod replicas;
pub mod results;
pub mod retention;
pub mod sessions;
pub mod setup;
pub mod tokens;
pub mod triggers;
pub mod users;
pub mod versions;
pub mod webhooks;
pub mod workflows;
