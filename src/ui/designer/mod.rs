//! The designer: draw, configure, publish and run a workflow.

mod actions;
mod additions;
mod arrangement;
mod clipboard;
mod commands;
mod connect;
mod edges;
mod editor;
mod edits;
mod export;
mod files;
mod header;
mod history;
mod history_panel;
mod import;
mod inspector;
mod kept;
mod keys;
mod menu;
mod merge;
mod outline;
mod page;
mod palette;
mod problems;
mod publish;
mod quick_add;
mod run;
mod save_mark;
mod saver;
mod setup;
mod surgery;
mod version;
mod versions;
mod walk;

pub use page::DesignerPage;
pub use versions::VersionsPage;
