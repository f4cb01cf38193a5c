//! What starts workflows: the page of all triggers and the one of a single workflow.

mod curl;
mod list;
mod page;
mod replace;
mod schedule;
mod secret;
mod times;
mod webhook;

pub use page::{TriggersPage, WorkflowTriggersPage};
