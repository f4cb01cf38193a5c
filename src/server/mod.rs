//! What happens: engine, store, runners and the HTTP side. Knows `domain`, `api::error` and the page shell of `ui`.

pub mod app;
pub mod auth;
pub mod bench;
pub mod channels;
pub mod cli;
pub mod compute;
pub mod config;
pub mod credentials;
pub mod dead_letters;
mod door;
pub mod egress;
pub mod engine;
pub mod error;
pub mod executions;
pub mod explain;
mod fault;
pub mod files;
pub mod headers;
pub mod live;
pub mod oauth;
pub mod postgres;
pub mod pulse;
mod reports;
pub mod rest;
pub mod runners;
pub mod secrets;
pub mod site;
pub mod status;
pub mod store;
pub mod triggers;
pub mod worker;
pub mod workflows;

pub use app::AppState;
pub use auth::{Caller, permit};
pub use error::{Error, Result};
