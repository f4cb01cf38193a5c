//! Ten thousand webhook calls with something wrong about each: nothing falls over, and nothing starts but what was accepted.

use std::time::{Duration, Instant};

use axum::body::Body;
use flowpilot::domain::task::Kind;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;

use super::{ask, routes};
use crate::{
    support::{self, server_on},
    trigger_desk::{Desk, with_trigger},
};

const CALLS: usize = 10_000;

const METHODS: [&str; 6] = ["GET", "PUT", "DELETE", "PATCH", "HEAD", "BREW"];
const NAMES: [&str; 14] = [
    "x-sign",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "idempotency-key",
    "webhook-id",
    "x-github-delivery",
    "authorization",
    "cookie",
    "expect",
    "x-forwarded-for",
    "host",
    "x-http-method-override",
];
const VALUES: [&[u8]; 16] = [
    b"",
    b"0",
    b"-1",
    b"99999999999999999999",
    b"gzip",
    b"chunked",
    b"100-continue",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=",
    b"text/xml",
    b"\xff\xfe",
    b"../../etc/passwd",
    b"sha256=",
    b"' or 1=1 --",
    b"{{ 7*7 }}",
    b"a,b,c;q=0.1",
];
const BODIES: [&str; 24] = [
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "{]",
    "[}",
    "nul",
    "NaN",
    "1e999",
    "-",
    "+1",
    "01",
    "\"",
    "\"\\u\"",
    "\"\\ud800\"",
    "{\"a\":1,\"a\":2}",
    "{\"a\"}",
    "[1,]",
    "{\"__proto__\":{}}",
    "\u{feff}{}",
    "<xml/>",
    "a=1&b=%zz&%00=%ff",
];

/// A call with one to three things about it that are out of order.
fn call(random: &mut StdRng, path: &str) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/json").body(Vec::new()).unwrap();
    *request.body_mut() = br#"{"email": "ada@example.com"}"#.to_vec();
    for _ in 0..random.random_range(1..=3) {
        match random.random_range(0..8) {
            0 => *request.method_mut() = METHODS.choose(random).unwrap().parse().unwrap(),
            1 => *request.uri_mut() = spoilt(random, path).parse().unwrap_or_else(|_| "/hooks/odd".parse().unwrap()),
            2 | 3 => {
                let name = HeaderName::from_static(NAMES.choose(random).unwrap());
                if let Ok(value) = HeaderValue::from_bytes(VALUES.choose(random).unwrap()) {
                    request.headers_mut().append(name, value);
                }
            }
            4 => *request.body_mut() = BODIES.choose(random).unwrap().as_bytes().to_vec(),
            5 => {
                let deep = random.random_range(1..3_000);
                *request.body_mut() = ["[", "{\"a\":"].choose(random).unwrap().repeat(deep).into_bytes();
            }
            6 => *request.body_mut() = (0..random.random_range(0..200)).map(|_| random.random()).collect(),
            _ => {
                let cut = random.random_range(0..=request.body().len());
                request.body_mut().truncate(cut);
            }
        }
    }
    request.map(Body::from)
}

fn spoilt(random: &mut StdRng, path: &str) -> String {
    let at = random.random_range(7..path.len());
    let odd = ["%00", "%2f", "..", "A", "é", "", "?", "//", "%"].choose(random).unwrap();
    format!("{}{odd}{}", &path[..at], &path[at + 1..])
}

#[tokio::test]
async fn ten_thousand_malformed_calls_break_nothing() {
    let server = server_on(support::database().await, &["--webhook-rate=0", "--webhook-source-rate=0"]).await;
    let desk = Desk::of(&server);
    desk.keep_secret("signing", "a secret of the test").await;
    let open = desk.publish(with_trigger(Kind::Webhook, json!({}))).await;
    let signed = json!({"auth": "hmac_sha256", "signature_header": "X-Sign", "secret": "signing"});
    let signed = desk.publish(with_trigger(Kind::Webhook, signed)).await;
    let path = async |workflow| desk.address(workflow).await.trim_start_matches(&server.url).to_owned();
    let paths = [path(open).await, path(signed).await];
    let (routes, mut random, begin) = (routes(&server), StdRng::seed_from_u64(19), Instant::now());
    let mut accepted = 0;
    for number in 0..CALLS {
        let request = call(&mut random, &paths[number % 2]);
        let what = format!("{number}: {} {} {:?}", request.method(), request.uri(), request.headers());
        let status = ask(&routes, request).await.status();
        assert!(status == StatusCode::ACCEPTED || status.is_client_error(), "{what}: {status}");
        assert!(number % 2 == 0 || status != StatusCode::ACCEPTED, "{what}: nobody signed it");
        accepted += i64::from(status == StatusCode::ACCEPTED);
    }
    assert!(begin.elapsed() < Duration::from_secs(300), "{:?}", begin.elapsed());
    let started = desk.executions().await;
    assert!(started <= accepted && started > 0, "{started} of {accepted}: some carry the same delivery's name");
}
