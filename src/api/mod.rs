//! The door for the browser: server functions of a few lines, one file per subject. Rules live in `domain`,
//! work in `server`; server imports go inside the bodies.

pub mod channels;
pub mod code;
pub mod credentials;
pub mod error;
pub mod executions;
pub mod insight;
pub mod library;
pub mod members;
pub mod models;
pub mod session;
pub mod tokens;
pub mod triggers;
pub mod variables;
pub mod workflows;
pub mod workspaces;

pub use error::ApiError;
