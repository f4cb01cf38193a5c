//! The REST interface, /api/v1: one file per resource, thin over the calls that the server functions use.

mod backtest;
mod breakers;
mod channels;
mod code;
mod dead_letters;
mod executions;
mod insight;
mod library;
mod members;
pub mod openapi;
pub mod problem;
mod publication;
mod request;
mod schemas;
mod scopes;
mod steering;
mod triggers;
mod variables;
mod workflows;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, Uri},
    routing::{any, get},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{api::ApiError, domain::draft::MAX_BYTES, server::AppState};

/// Where the interface lives.
pub const BASE: &str = "/api/v1";

/// All routes under /api/v1, also those for addresses that do not exist.
pub fn router() -> Router<AppState> {
    let routes = Router::from(resources())
        .route("/openapi.json", get(openapi::serve))
        .route("/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BYTES));
    Router::new().nest(BASE, routes)
}

/// Every operation, with its description.
fn resources() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(workflows::list, workflows::create))
        .routes(routes!(workflows::schema))
        .routes(routes!(workflows::validate))
        .routes(routes!(workflows::get, workflows::replace, workflows::delete))
        .routes(routes!(backtest::run))
        .routes(routes!(publication::publish))
        .routes(routes!(publication::unpublish))
        .routes(routes!(publication::versions))
        .routes(routes!(publication::version))
        .routes(routes!(insight::get))
        .routes(routes!(executions::list, executions::start))
        .routes(routes!(executions::get))
        .routes(routes!(executions::events))
        .routes(routes!(executions::why))
        .routes(routes!(executions::cancel))
        .routes(routes!(executions::retry))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::get))
        .routes(routes!(dead_letters::replay_many))
        .routes(routes!(dead_letters::replay))
        .routes(routes!(dead_letters::discard))
        .routes(routes!(triggers::list))
        .routes(routes!(triggers::backfill))
        .routes(routes!(triggers::replace_secret))
        .routes(routes!(triggers::end_old_secret))
        .routes(routes!(breakers::list))
        .routes(routes!(breakers::reset))
        .routes(routes!(channels::list, channels::create))
        .routes(routes!(channels::replace, channels::delete))
        .routes(routes!(code::get, code::set))
        .routes(routes!(steering::pause))
        .routes(routes!(steering::resume))
        .routes(routes!(steering::step))
        .routes(routes!(steering::release))
        .routes(routes!(steering::input))
        .routes(routes!(steering::restart))
        .routes(routes!(steering::decide))
        .routes(routes!(steering::send_event))
        .routes(routes!(members::list))
        .routes(routes!(members::change_role, members::remove))
        .routes(routes!(members::invitations, members::invite))
        .routes(routes!(members::revoke))
        .routes(routes!(library::list, library::create))
        .routes(routes!(library::versions, library::delete))
        .routes(routes!(library::improve))
        .routes(routes!(variables::list))
        .routes(routes!(variables::set, variables::delete))
}

async fn unknown(uri: Uri) -> ApiError {
    let path = uri.path();
    ApiError::new(
        404,
        "not_found",
        format!("There is nothing at {BASE}{path}. {BASE}/openapi.json lists what there is."),
    )
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    let path = uri.path();
    ApiError::new(405, "method_not_allowed", format!("{BASE}{path} does not answer {method}. See {BASE}/openapi.json."))
}
