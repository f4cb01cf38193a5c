//! What comes from outside and is up to no good: odd addresses, foreign pages, malformed calls, things taken away.

mod anonymous;
mod busy;
mod cross_site;
mod heads;
mod lifecycle;
mod malformed;
mod queries;
mod sources;

use axum::{Router, body::Body};
use flowpilot::server::app;
use http::{Request, Response};
use tower::ServiceExt;

use crate::support::TestServer;

/// The routes of a server at work, asked without a connection: no client tidies up the addresses.
fn routes(server: &TestServer) -> Router {
    app::router(server.app.clone())
}

async fn ask(routes: &Router, request: Request<Body>) -> Response<Body> {
    routes.clone().oneshot(request).await.expect("routes always answer")
}
