//! What browsers get: pages, server functions, files, and the health of the program for whoever watches it.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    middleware::{from_fn, map_response},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use leptos::prelude::LeptosOptions;
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use super::{AppState, config::Config, headers, reports, status, store::database};
use crate::{api::ApiError, domain::draft::MAX_BYTES, ui};

/// The largest request body, in bytes: the largest workflow and what a server function sends with it. Webhooks and
/// REST have smaller limits of their own.
const BODY_LIMIT: usize = MAX_BYTES + (1 << 20);
/// Until an answer begins; live feeds begin at once and may last.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Where leptos finds its files. Their names carry a hash of their content when the build left `hash.txt`.
pub fn options(config: &Config) -> LeptosOptions {
    let root = std::path::absolute(&config.site_root).unwrap_or_else(|_| config.site_root.clone());
    let hashes = root.join("hash.txt");
    LeptosOptions::builder()
        .output_name("flowpilot")
        .site_root(root.to_string_lossy())
        .site_addr(config.listen)
        .hash_files(hashes.exists())
        .hash_file(hashes.to_string_lossy().into())
        .build()
}

/// Pages and server functions: what people call.
pub fn pages(state: &AppState) -> Router<AppState> {
    let shell = {
        let options = state.leptos.clone();
        move || ui::shell(options.clone())
    };
    Router::new()
        .leptos_routes_with_context(state, generate_route_list(ui::App), headers::page_policy, shell)
        .fallback(file_and_error_handler_with_context::<AppState, _>(headers::page_policy, ui::shell))
        .layer(from_fn(status::of_server_functions))
}

/// Files and health: the same for everybody.
pub fn public(state: &AppState) -> Router<AppState> {
    Router::new()
        .nest_service("/pkg", files(&state.leptos))
        .route("/health/live", get(StatusCode::NO_CONTENT))
        .route("/health/ready", get(ready))
        .route(headers::REPORTS, post(reports::take).layer(DefaultBodyLimit::max(reports::LIMIT)))
}

/// What every answer passes: request id, log line, limits, compression.
pub fn layers(router: Router) -> Router {
    let id = HeaderName::from_static("x-request-id");
    router.layer(RequestBodyLimitLayer::new(BODY_LIMIT)).layer(map_response(say_too_large)).layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(id.clone(), MakeRequestUuid))
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(PropagateRequestIdLayer::new(id))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(headers::refuse_large))
            .layer(CompressionLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT)),
    )
}

/// The built files. A name with a hash never changes its content; the others are asked for again each time.
fn files(options: &LeptosOptions) -> Router {
    let cache = if options.hash_files { "public, max-age=31536000, immutable" } else { "no-cache" };
    let files = ServeDir::new(format!("{}/{}", options.site_root, options.site_pkg_dir))
        .precompressed_br()
        .precompressed_gzip();
    let cached = SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static(cache));
    Router::new().fallback_service(ServiceBuilder::new().layer(cached).service(files))
}

/// The limit's own answer is a bare line; this one can be read by programs too.
async fn say_too_large(response: Response) -> Response {
    let is_bare = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE || !is_bare {
        return response;
    }
    ApiError::new(413, "too_large", format!("The body is larger than {BODY_LIMIT} bytes. Send less.")).into_response()
}

/// Ready: the database answers and nobody asked the program to stop.
async fn ready(State(state): State<AppState>) -> Response {
    if state.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    match tokio::time::timeout(Duration::from_secs(2), database::answers(&state.everywhere)).await {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

/// The route's pattern, never the address itself: that may hold a token.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::debug_span!("request", method = %request.method(), route, id)
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let reason = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(reason = reason.unwrap_or("unknown"), "a request panicked");
    let error = ApiError::new(500, "internal", "Something went wrong on the server. Its log says more.");
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(error)).into_response()
}
