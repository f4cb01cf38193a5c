//! Refuses what a foreign page makes a browser send with our cookie. One layer for every unsafe method, and for every
//! server function and live feed, whatever the method; requests with a bearer token carry no cookie that counts.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{sessions, site::Site, tokens};
use crate::{api::ApiError, server::AppState};

pub async fn refuse(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let site = Site::of(&app.config);
    let mut response = match verdict(&site, request.method(), request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Sec-Fetch-Site, Origin"));
    response
}

fn verdict(site: &Site, method: &Method, path: &str, headers: &HeaderMap) -> Result<(), ApiError> {
    let changes_something = !(method.is_safe() && method != Method::TRACE) || is_server_function(path);
    let lasts = path.starts_with("/live/");
    if !(changes_something || lasts) || tokens::bearer(headers).is_some() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin"), _) => Ok(()),
        (Some(_), _) => Err(foreign()),
        (None, Some(origin)) if site.is_own(origin) => Ok(()),
        (None, Some(_)) => Err(foreign()),
        // No browser sends neither. A script without a cookie has nothing to be tricked out of.
        (None, None) if changes_something && sessions::presented(site, headers).is_some() => Err(foreign()),
        (None, None) => Ok(()),
    }
}

/// Server functions live under /api; REST, which has its own version there, follows the method.
fn is_server_function(path: &str) -> bool {
    path.starts_with("/api/") && !path.starts_with("/api/v1/")
}

fn foreign() -> ApiError {
    ApiError::new(
        403,
        "cross_origin",
        "This request comes from another site. Open FlowPilot at its own address, or set FLOWPILOT_PUBLIC_URL to the address that you use.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `headers` are lines of `name: value`.
    fn passes(method: &str, path: &str, headers: &[&str]) -> bool {
        let mut map = HeaderMap::new();
        for line in headers {
            let (name, value) = line.split_once(": ").unwrap();
            map.insert(header::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        verdict(&Site::at("https://flow.example.com"), &method.parse().unwrap(), path, &map).is_ok()
    }

    const COOKIE: &str = "cookie: __Host-flowpilot_sid=abc";

    #[test]
    fn a_page_of_ours_may() {
        assert!(passes("POST", "/api/save_draft1", &["sec-fetch-site: same-origin", COOKIE]));
        assert!(passes("POST", "/api/save_draft1", &["origin: https://flow.example.com", COOKIE]));
        assert!(passes("DELETE", "/api/v1/workflows/1", &["origin: https://flow.example.com", COOKIE]));
    }

    #[test]
    fn a_page_of_others_may_not() {
        for site in ["cross-site", "same-site", "none", "SAME-ORIGIN", ""] {
            let from = format!("sec-fetch-site: {site}");
            assert!(!passes("POST", "/api/save_draft1", &[&from, COOKIE]), "{site}");
            assert!(
                !passes("POST", "/api/save_draft1", &[&from, "origin: https://flow.example.com", COOKIE]),
                "{site}"
            );
        }
        for origin in ["null", "https://evil.test", "http://flow.example.com", "https://flow.example.com:444"] {
            assert!(!passes("POST", "/api/v1/workflows", &[&format!("origin: {origin}"), COOKIE]), "{origin}");
        }
    }

    #[test]
    fn logging_in_from_elsewhere_is_refused_without_any_cookie_too() {
        assert!(!passes("POST", "/api/log_in1", &["sec-fetch-site: cross-site"]));
        assert!(!passes("POST", "/api/log_in1", &["origin: https://evil.test"]));
        assert!(passes("POST", "/api/log_in1", &[]));
    }

    #[test]
    fn a_cookie_alone_is_not_enough() {
        assert!(!passes("POST", "/api/save_draft1", &[COOKIE]));
        assert!(!passes("PUT", "/api/v1/workflows/1", &[COOKIE]));
    }

    #[test]
    fn safe_methods_pass_except_at_server_functions() {
        assert!(passes("GET", "/workflows/1", &["sec-fetch-site: none", COOKIE]));
        assert!(passes("GET", "/api/v1/workflows", &["sec-fetch-site: cross-site", COOKIE]));
        assert!(!passes("GET", "/api/save_draft1", &["sec-fetch-site: cross-site", COOKIE]));
        assert!(!passes("TRACE", "/workflows", &["sec-fetch-site: cross-site", COOKIE]));
    }

    #[test]
    fn a_page_of_others_reads_no_live_feed() {
        assert!(passes("GET", "/live/executions", &["sec-fetch-site: same-origin", COOKIE]));
        assert!(passes("GET", "/live/executions", &[COOKIE]));
        assert!(!passes("GET", "/live/executions", &["sec-fetch-site: cross-site", COOKIE]));
        assert!(!passes("GET", "/live/executions", &["origin: https://evil.test", COOKIE]));
    }

    #[test]
    fn with_a_bearer_token_it_does_not_matter_who_asks() {
        assert!(passes(
            "POST",
            "/api/v1/workflows",
            &["authorization: Bearer fpt_x", "origin: https://evil.test", COOKIE]
        ));
    }
}
