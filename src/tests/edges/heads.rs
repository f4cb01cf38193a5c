//! Heads of requests over real connections: too large, too slow, torn, ambiguous; and the headers of every kind of answer.

use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, Instant, timeout},
};

use crate::support::{self, TestServer};

/// What the server says to these bytes until it closes the connection.
async fn say(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    // It may hang up in the middle of what is sent.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("the server closes it");
    read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn a_head_of_too_many_or_too_long_headers_is_refused() {
    let server = support::server().await;
    let ask = |count: usize, length: usize| {
        let request = server.anonymous(Method::POST, "/hooks/nothing");
        let request = (0..count).fold(request, |request, i| request.header(format!("x-{i}"), "v".repeat(length)));
        request.send()
    };
    assert_eq!(ask(50, 100).await.unwrap().status(), StatusCode::NOT_FOUND);
    let refused = ask(65, 1).await.unwrap();
    assert_eq!(refused.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert!(refused.text().await.unwrap().contains("at most 64 headers"));
    assert_eq!(ask(1, 17 * 1024).await.unwrap().status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let endless = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "v".repeat(300_000));
    let answer = say(&server, endless.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_let_go() {
    let server = support::server().await;
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let begin = Instant::now();
    stream.write_all(b"POST /hooks/x HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let mut answer = Vec::new();
    // However it ends: with an end, an error or a 408.
    let _ = timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("it ends");
    assert!(begin.elapsed() >= Duration::from_secs(9), "{:?}", begin.elapsed());
    assert!(!answer.starts_with(b"HTTP/1.1 2"));
}

#[tokio::test]
async fn what_is_no_request_or_two_at_once_is_refused() {
    let server = support::server().await;
    for bytes in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\0\0\0\0\0\0\0\0",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1e3\r\n\r\nx",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: 5, 5\r\n\r\nabcde",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\nx",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\nx",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\nx y: z\r\n\r\n",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\n: z\r\n\r\n",
        "POST /hooks/x HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n",
        "POST /hooks/x y HTTP/1.1\r\nhost: x\r\n\r\n",
        "PO ST /hooks/x HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let answer = say(&server, bytes.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{bytes:?}: {answer}");
    }
    // Where both lengths are given, the chunks count and what follows them is not a second request.
    let both = "POST /hooks/x HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = say(&server, both.as_bytes()).await;
    assert!(!answer.contains("204 No Content"), "{answer}");
}

#[tokio::test]
async fn every_kind_of_answer_carries_the_headers_that_keep_browsers_safe() {
    let server = support::server().await;
    let nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    let anonymous = |method: Method, path: &str| server.anonymous(method, path);
    let page = |path: &str| server.browse(Method::GET, path).header("accept", "text/html");
    for (what, request, status, has_own_policy) in [
        ("a page", page("/settings"), 200, true),
        ("the login", anonymous(Method::GET, "/login").header("accept", "text/html"), 200, true),
        ("a way to the login", anonymous(Method::GET, "/").header("accept", "text/html"), 303, false),
        ("a page that is not there", page("/there/is/nothing"), 404, true),
        ("a file that is not there", anonymous(Method::GET, "/pkg/nothing.js"), 404, false),
        ("health", anonymous(Method::GET, "/health/live"), 204, false),
        ("a report", anonymous(Method::POST, "/csp-reports").body("{}"), 204, false),
        ("a report that is none", anonymous(Method::POST, "/csp-reports").body("x"), 400, false),
        ("a report that is too long", anonymous(Method::POST, "/csp-reports").body("x".repeat(20_000)), 413, false),
        (
            "a server function",
            server.browse(Method::POST, &crate::operations::path_of("list_tokens")).json(&serde_json::json!({})),
            200,
            false,
        ),
        (
            "one for nobody",
            anonymous(Method::POST, &crate::operations::path_of("list_tokens")).json(&serde_json::json!({})),
            401,
            false,
        ),
        (
            "one from elsewhere",
            anonymous(Method::POST, &crate::operations::path_of("list_tokens")).header("origin", "https://evil.test"),
            403,
            false,
        ),
        ("REST", server.call(Method::GET, "/api/v1/workflows"), 200, false),
        ("REST for nobody", anonymous(Method::GET, "/api/v1/workflows"), 401, false),
        ("REST without such a method", server.call(Method::PATCH, "/api/v1/workflows"), 405, false),
        ("the description of REST", server.call(Method::GET, "/api/v1/openapi.json"), 200, false),
        ("a live feed for nobody", anonymous(Method::GET, "/live/executions"), 401, false),
        ("an unknown webhook", anonymous(Method::POST, "/hooks/nothing"), 404, false),
        ("a webhook by GET", anonymous(Method::GET, "/hooks/nothing"), 405, false),
        ("too large a head", anonymous(Method::POST, "/hooks/nothing").header("x", "v".repeat(17_000)), 431, false),
        ("too large a body", server.browse(Method::POST, "/api/x").body("x".repeat(8_000_000)), 413, false),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{what}");
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
        ] {
            assert_eq!(header(name).as_deref(), Some(value), "{what}: {name}");
        }
        let policy = header("content-security-policy").unwrap_or_default();
        assert_eq!(policy.contains("report-to csp"), has_own_policy, "{what}: {policy}");
        assert_eq!(header("reporting-endpoints").is_some(), has_own_policy, "{what}");
        assert!(has_own_policy || policy == nothing, "{what}: {policy}");
        assert_eq!(header("access-control-allow-origin"), None, "{what}");
        assert!(header("x-request-id").is_some(), "{what}");
    }
}
