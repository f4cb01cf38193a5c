//! What people see. No SQL, no axum, no feature gates.

mod app;
pub mod canvas;
pub mod components;
mod confirmation;
mod credentials;
mod designer;
mod door;
pub mod executions;
pub mod failure;
mod invitation;
pub mod kind;
pub mod layout;
mod library;
pub mod live;
mod login;
mod once;
pub mod session;
mod settings;
mod setup;
mod theme;
mod triggers;
mod workflows;

pub use app::{App, shell};
