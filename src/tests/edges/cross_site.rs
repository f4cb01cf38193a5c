//! A foreign page with the browser of somebody who is logged in changes nothing.

use axum::body::Body;
use http::{Request, StatusCode, header, request::Builder};
use sqlx::AssertSqlSafe;

use super::{ask, routes};
use crate::{
    operations::{Ids, REST, SERVER_FUNCTIONS, path_of},
    support::{self, TestServer},
};

/// What a foreign page can make a browser send along, and a browser from before these headers.
const FROM_ELSEWHERE: [&[(&str, &str)]; 8] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://other.example.com")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "none")],
    &[("origin", "https://evil.test")],
    &[("origin", "null")],
    &[("origin", "http://127.0.0.1:1")],
    &[],
];

/// Bodies that a form or a script may send to another site without asking first, and JSON.
const TYPES: [&str; 4] =
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/json"];

async fn contents(server: &TestServer) -> Vec<String> {
    let mut found = Vec::new();
    for table in
        ["workflows", "workflow_versions", "executions", "triggers", "credentials", "api_tokens", "users", "members"]
    {
        let statement = format!("select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t");
        found.push(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&server.database.pool).await.unwrap());
    }
    found.push(
        sqlx::query_scalar("select string_agg(id::text, '|' order by id) from sessions")
            .fetch_one(&server.database.pool)
            .await
            .unwrap(),
    );
    found
}

#[tokio::test]
async fn nothing_that_a_foreign_page_sends_is_heard() {
    let server = support::server().await;
    let (routes, ids, before) = (routes(&server), Ids::of_nothing(), contents(&server).await);
    let send = async |request: Builder, body: String, what: &str| {
        let request = request.header(header::COOKIE, &server.owner.cookie).body(Body::from(body)).unwrap();
        let status = ask(&routes, request).await.status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
    };
    let mut asked = 0;
    for (from, kind) in FROM_ELSEWHERE.into_iter().flat_map(|from| TYPES.map(|kind| (from, kind))) {
        let with = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
            from.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        for (name, _, arguments) in SERVER_FUNCTIONS {
            let path = path_of(name);
            send(with("POST", &path), ids.body(arguments).to_string(), name).await;
            send(with("GET", &format!("{path}?id=1")), String::new(), name).await;
            asked += 2;
        }
        for (name, _, method, path, body) in REST.iter().filter(|(_, _, method, ..)| *method != "GET") {
            let body = if body.is_empty() { String::new() } else { ids.body(body).to_string() };
            send(with(method, &format!("/api/v1{}", ids.fill(path))), body, name).await;
            asked += 1;
        }
    }
    assert!(asked >= 2_000, "{asked}");
    assert_eq!(contents(&server).await, before);
}

#[tokio::test]
async fn no_answer_invites_other_sites() {
    let server = support::server().await;
    let routes = routes(&server);
    for (method, path) in [
        ("OPTIONS", "/api/v1/workflows"),
        ("GET", "/api/v1/workflows"),
        ("GET", "/login"),
        ("GET", "/health/live"),
        ("OPTIONS", "/live/executions"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("origin", "https://evil.test")
            .header("access-control-request-method", "POST");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", server.owner.token));
        let answer = ask(&routes, request.body(Body::empty()).unwrap()).await;
        let invites = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!invites, "{method} {path}: {:?}", answer.headers());
    }
}
