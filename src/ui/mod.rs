//! What people see. No SQL, no axum, no feature gates.

mod app;
pub mod canvas;
pub mod components;
mod credentials;
mod door;
pub mod kind;
pub mod layout;
mod login;
pub mod session;
mod settings;
mod setup;
pub mod executions;
pub mod live;
mod theme;
mod triggers;

pub use app::{App, shell};
