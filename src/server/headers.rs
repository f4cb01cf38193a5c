//! Security headers and the content security policy of every answer. Pages get a policy with a nonce of their own;
//! everything else one that allows nothing.

use axum::{
    Router,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;

use super::{auth::site::Site, config::Config};
use crate::api::ApiError;

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const ALWAYS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()"),
];

/// Where browsers say what the policy kept from running.
pub const REPORTS: &str = "/csp-reports";
const ENDPOINTS: &str = "csp=\"/csp-reports\"";

const MAX_HEADERS: usize = 64;
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Puts the headers on every answer of these routes, refusals and errors included.
pub fn secure(routes: Router, config: &Config) -> Router {
    routes.layer(from_fn_with_state(Site::of(config).is_secure, around))
}

/// Refuses a head that no honest client sends.
pub async fn refuse_large(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if headers.len() <= MAX_HEADERS && bytes + address <= MAX_HEAD_BYTES {
        return next.run(request).await;
    }
    let limits = format!("at most {MAX_HEADERS} headers of {} KiB in all, with the address", MAX_HEAD_BYTES / 1024);
    ApiError::new(431, "head_too_large", format!("The head of the request is too large. Send {limits}."))
        .into_response()
}

async fn around(State(is_secure): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add(response.headers_mut(), is_secure);
    response
}

fn add(headers: &mut HeaderMap, is_secure: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    if is_secure {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

/// Sets the policy of the page that is about to be rendered: scripts run only with this answer's nonce or when such a
/// script loads them. Style attributes are allowed, because the positions of nodes stand in the HTML.
pub fn page_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
    let policy = format!(
        "default-src 'none'; script-src 'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'{}; manifest-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; \
         frame-ancestors 'none'; frame-src 'none'; worker-src 'self'; report-uri {REPORTS}; report-to csp",
        reload_socket(),
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
        response.insert_header(HeaderName::from_static("reporting-endpoints"), HeaderValue::from_static(ENDPOINTS));
    }
}

/// `cargo leptos watch` reloads the page through a socket on another port.
fn reload_socket() -> &'static str {
    if std::env::var_os("LEPTOS_WATCH").is_some() { " ws:" } else { "" }
}
