//! Live feeds: server-sent events from the journal, resumable by Last-Event-ID; and what their pages begin with.

mod view;

pub use view::{input, output, view};
