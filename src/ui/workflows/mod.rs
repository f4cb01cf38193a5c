//! The start page: the workspace's workflows, or a first one to begin with.

mod create;
mod gallery;
mod list;

pub use list::WorkflowsPage;
