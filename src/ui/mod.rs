//! What people see. No SQL, no axum, no feature gates.

mod app;

pub use app::{App, shell};
