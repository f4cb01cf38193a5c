//! What people see. No SQL, no axum, no feature gates.

mod app;
pub mod canvas;
pub mod components;
pub mod kind;
pub mod layout;
mod theme;

pub use app::{App, shell};
