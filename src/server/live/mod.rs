//! Live feeds: server-sent events from the journal, resumable by Last-Event-ID; and what their pages begin with.

mod execution;
mod reader;
mod view;
mod workspace;

use axum::{Extension, Router, response::sse::KeepAlive, routing::get};

use super::AppState;

pub use view::{input, output, state, view};

/// `/live/executions/{id}`: one execution's journal. `/live/executions`: the workspace's executions as they change.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/live/executions", get(workspace::open))
        .route("/live/executions/{id}", get(execution::open))
        .layer(Extension(reader::Seats::default()))
        .layer(Extension(workspace::Feeds::default()))
}

/// Keeps proxies from closing or hoarding the stream.
const UNBUFFERED: [(&str, &str); 1] = [("x-accel-buffering", "no")];

fn keep_alive() -> KeepAlive {
    KeepAlive::new().interval(std::time::Duration::from_secs(15))
}
