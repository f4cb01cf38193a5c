//! The designer: draw, configure, publish and run a workflow.

mod clipboard;
mod connect;
mod edges;
mod editor;
mod header;
mod history;
mod inspector;
mod keys;
mod library;
mod outline;
mod page;
mod palette;
mod problems;
mod quick_add;
mod run;
mod saver;
mod versions;

pub use page::DesignerPage;
pub use versions::VersionsPage;
