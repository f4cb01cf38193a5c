//! Nobody gets in by writing an address in another way: every route, method and odd spelling.

use http::{Request, StatusCode, Uri};
use serde_json::Value;

use super::{ask, routes};
use crate::{
    operations::{Access, FEEDS, Ids, REST, SERVER_FUNCTIONS, path_of},
    support,
};

const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];
const PAGES: [&str; 10] = [
    "/",
    "/workflows",
    "/workflows/$workflow",
    "/workflows/$workflow/executions",
    "/executions",
    "/executions/$execution",
    "/triggers",
    "/credentials",
    "/settings",
    "/settings/members",
];

/// The address, and what has opened doors elsewhere: suffixes of public routes, parameters, doubled and encoded slashes.
fn spellings(path: &str) -> Vec<String> {
    let (first, rest) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    let encoded: String =
        path.char_indices().map(|(at, c)| if at > 0 && c == '/' { "%2f".to_owned() } else { c.to_string() }).collect();
    let mut all: Vec<String> = [
        "",
        "/",
        "//",
        "?",
        "?x=/login",
        "#/login",
        ";x",
        ";/login",
        "/login",
        "/setup",
        "/invitation",
        "/configs",
        "/health/live",
        "/pkg/x.css",
        ".json",
        ".css",
        "%00",
        "%20",
        "%2e",
        "/.",
        "/..",
        "/../login",
        "/%2e%2e/login",
        "%2flogin",
        "..;/login",
        "\t",
    ]
    .iter()
    .map(|end| format!("{path}{end}"))
    .collect();
    all.extend(
        [
            "/",
            "/.",
            "/login/..",
            "/login/%2e%2e",
            "/pkg/..",
            "/pkg/%2e%2e",
            "/health/live/..",
            "/hooks/..",
            "/;",
            "/%2f",
        ]
        .iter()
        .map(|start| format!("{start}{path}")),
    );
    all.extend([
        path.to_uppercase(),
        encoded,
        format!("/{first}//{rest}"),
        format!("/{first}/./{rest}"),
        format!("/{first};x/{rest}"),
        format!("/{first}%2f{rest}"),
    ]);
    all
}

#[tokio::test]
async fn no_spelling_of_an_address_lets_anybody_in() {
    let server = support::server().await;
    let (routes, ids) = (routes(&server), Ids::of_nothing());
    let mut protected: Vec<(String, Option<Value>)> = Vec::new();
    for (name, access, arguments) in SERVER_FUNCTIONS {
        if *access != Access::Anyone {
            protected.push((path_of(name), Some(ids.body(arguments))));
        }
    }
    let rest = REST
        .iter()
        .map(|(.., path, body)| (format!("/api/v1{}", ids.fill(path)), (!body.is_empty()).then(|| ids.body(body))));
    protected.extend(rest);
    protected.extend(FEEDS.iter().map(|(path, _)| (ids.fill(path), None)));
    protected.extend(PAGES.iter().map(|path| (ids.fill(path), None)));
    let mut asked = 0;
    for (path, body) in &protected {
        for address in spellings(path) {
            let Ok(uri) = address.parse::<Uri>() else { continue };
            // Spelt like this it is the login itself.
            if ["/login", "/setup", "//login", "/invitation"].contains(&uri.path()) {
                continue;
            }
            for method in METHODS {
                let body = body.as_ref().map(Value::to_string).unwrap_or_default();
                let request =
                    Request::builder().method(method).uri(uri.clone()).header("content-type", "application/json");
                let answer = ask(&routes, request.body(body.into()).unwrap()).await;
                let status = answer.status();
                // A busy machine may say 503, which lets nobody in either.
                assert!(
                    !status.is_success() && status != StatusCode::INTERNAL_SERVER_ERROR,
                    "{method} {address}: {status}"
                );
                assert!(
                    status != StatusCode::SEE_OTHER
                        || answer.headers()["location"].to_str().unwrap().starts_with("/login"),
                    "{method} {address}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked >= 5_000, "{asked}");
}
