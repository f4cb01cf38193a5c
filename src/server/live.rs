//! Live feeds: server-sent events from the journal, resumable by Last-Event-ID.
