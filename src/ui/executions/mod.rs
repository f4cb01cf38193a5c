//! The pages of executions: the list, and one execution live.

mod actions;
mod approval;
mod attempts;
mod clock;
mod diagnosis;
mod events;
mod filter;
mod follow;
mod gantt;
mod graph;
mod hold;
mod list;
mod news;
mod nodes;
mod notice;
mod page;
mod panel;
mod parameters;
mod payload;
mod restart;
mod row;
mod sentence;
mod timeline;
mod tree;

pub use list::{ExecutionsPage, WorkflowExecutionsPage};
pub use page::ExecutionPage;
