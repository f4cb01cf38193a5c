//! What we talk about: pure types and rules, the same in the browser and on the server. No clock, no IO, no Postgres.

pub mod account;
pub mod audit;
pub mod breaker;
pub mod credential;
pub mod dead_letter;
pub mod draft;
pub mod event;
pub mod execution;
pub mod expression;
pub mod graph;
pub mod id;
pub mod layout;
pub mod limit;
pub mod nesting;
pub mod payload;
pub mod plan;
pub mod problem;
pub mod retry;
pub mod role;
pub mod schema;
pub mod state;
pub mod task;
pub mod template;
pub mod trigger;
pub mod validate;
pub mod workflow;
