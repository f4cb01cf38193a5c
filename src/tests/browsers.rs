//! What keeps a browser safe: foreign pages, the way through the login, security headers and the content policy.

use flowpilot::api::workflows::ListWorkflows;
use leptos::server_fn::ServerFn;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support;

#[tokio::test]
async fn foreign_pages_cannot_use_the_cookie() {
    let server = support::server().await;
    let post = || server.anonymous(Method::POST, ListWorkflows::PATH).json(&json!({}));
    let with_cookie = || post().header("cookie", &server.owner.cookie);
    for (request, expected) in [
        (with_cookie().header("origin", &server.url), 200),
        (with_cookie().header("sec-fetch-site", "same-origin"), 200),
        (with_cookie(), 403),
        (with_cookie().header("origin", "https://evil.test"), 403),
        (with_cookie().header("origin", "null"), 403),
        (with_cookie().header("sec-fetch-site", "cross-site").header("origin", &server.url), 403),
        (with_cookie().header("sec-fetch-site", "same-site"), 403),
        (post().bearer_auth(&server.owner.token).header("origin", "https://evil.test"), 200),
        (with_cookie().bearer_auth("fpt_wrong").header("origin", &server.url), 401),
        (post(), 401),
    ] {
        let request = request.build().unwrap();
        let headers = format!("{:?}", request.headers());
        assert_eq!(server.http.execute(request).await.unwrap().status(), expected, "{headers}");
    }
}

#[tokio::test]
async fn visitors_are_led_to_the_login_and_back() {
    let server = support::server().await;
    let page = |path: &str| server.anonymous(Method::GET, path).header("accept", "text/html,*/*").send();
    for (path, expected) in [
        ("/", "/login"),
        ("/executions?status=failed", "/login?next=%2Fexecutions%3Fstatus%3Dfailed"),
        ("//evil.test/x", "/login?next=%2F%2Fevil.test%2Fx"),
    ] {
        let answer = page(path).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, expected));
    }
    assert_eq!(page("/login").await.unwrap().status(), StatusCode::OK);
    let known = server.browse(Method::GET, "/login").header("accept", "text/html").send().await.unwrap();
    assert_eq!(known.headers()["location"], "/");
}

#[tokio::test]
async fn every_page_runs_only_its_own_scripts() {
    let server = support::server().await;
    let page = server.browse(Method::GET, "/settings").header("accept", "text/html").send().await.unwrap();
    let headers = page.headers().clone();
    let policy = headers["content-security-policy"].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(
        policy.contains("'strict-dynamic'")
            && policy.contains("'wasm-unsafe-eval'")
            && policy.contains("frame-ancestors 'none'")
    );
    assert!(!policy.contains("script-src 'unsafe-inline'") && !policy.contains("style-src 'unsafe-inline'"));
    assert_eq!(headers["cache-control"], "no-store");
    let html = page.text().await.unwrap();
    let scripts = html.matches("<script").count();
    assert!(scripts > 0);
    assert!(html.matches(&format!("nonce=\"{nonce}\"")).count() >= scripts, "{html}");

    let other = server.browse(Method::GET, "/settings").header("accept", "text/html").send().await.unwrap();
    assert_ne!(other.headers()["content-security-policy"], policy, "each answer has its own nonce");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = support::server().await;
    for path in ["/health/live", "/login", "/pkg/nothing.js", "/there/is/nothing", "/api/nothing", "/api/v1/workflows"]
    {
        let answer = server.anonymous(Method::GET, path).send().await.unwrap();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers().get(name).map(|value| value.to_str().unwrap()), Some(value), "{path}: {name}");
        }
        assert!(answer.headers().contains_key("content-security-policy"), "{path}");
        assert!(!answer.headers().contains_key("strict-transport-security"), "{path}");
    }
}
