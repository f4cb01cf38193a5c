//! Texts that would do harm as a part of a statement, in every parameter of every question that REST answers. (C14)

use flowpilot::domain::role::Role;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestServer};

const SOME_ID: &str = "0197a000-0000-7000-8000-000000000000";
/// In another workspace.
const CANARY: &str = "canary-of-another";

fn payloads() -> Vec<String> {
    let beginnings = ["", "1", "a", "'", "\"", "')", "%", "\\", "\0", SOME_ID];
    let endings = [
        "' or '1'='1",
        "' or 1=1 --",
        "'; drop table workflows; --",
        "' union select token_hash::text from api_tokens --",
        "') or pg_sleep(9) is null --",
        "; select pg_sleep(9)",
        "\" or \"\"=\"",
        "/**/or/**/true",
        "%' escape '",
        "$1",
        "$$;select 1;$$",
        "\\'; select 1 --",
        "' || (select email from users limit 1) || '",
        "' and (select count(*) from users) > 0 --",
        "0x27",
        "%27%20or%201=1",
        "\u{2019} or 1=1 --",
        "_",
        "*/;",
        " asc, (select 1)",
    ];
    let all = |beginning: &str| endings.map(|ending| format!("{beginning}{ending}"));
    beginnings.into_iter().flat_map(all).collect()
}

async fn create(server: &TestServer, token: &str, name: &str) {
    let workflow = json!({"name": name, "nodes": [{"id": "start", "name": "Start", "kind": "manual"}]});
    let request = server.anonymous(Method::POST, "/api/v1/workflows").bearer_auth(token).json(&workflow);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
}

/// The addresses that ask with this payload in one parameter, over all parameters.
fn addresses(document: &Value, payload: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(payload, NON_ALPHANUMERIC).to_string();
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for parameter in operations["get"]["parameters"].as_array().into_iter().flatten() {
            let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
            let aimed = if place == "path" { path.replace(&format!("{{{name}}}"), &encoded) } else { path.clone() };
            let rest = aimed.replace("{id}", SOME_ID).replace("{version}", "1").replace("{node}", "a");
            match place {
                "path" => all.push(format!("/api/v1{rest}")),
                "query" => all.push(format!("/api/v1{rest}?{name}={encoded}")),
                _ => {}
            }
        }
    }
    all
}

#[tokio::test]
async fn two_hundred_payloads_in_every_parameter_reach_no_statement() {
    let server = support::server().await;
    let stranger = server.person("stranger@example.com", "Another workspace", Role::Owner).await;
    create(&server, &stranger.token, CANARY).await;
    create(&server, &server.owner.token, "Ours").await;
    let document: Value =
        server.anonymous(Method::GET, "/api/v1/openapi.json").send().await.unwrap().json().await.unwrap();
    let (payloads, mut asked) = (payloads(), 0);
    assert!(payloads.len() >= 200, "{}", payloads.len());
    for payload in &payloads {
        for address in addresses(&document, payload) {
            let answer = server.call(Method::GET, &address).send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(!status.is_server_error(), "{payload:?}: {address}: {status} {text}");
            assert!(!text.contains(CANARY) && !text.contains("stranger@"), "{payload:?}: {address}: {text}");
            asked += 1;
        }
    }
    assert!(asked >= 2_000, "{asked} questions");
    let left: i64 =
        sqlx::query_scalar("select count(*) from workflows").fetch_one(&server.database.pool).await.unwrap();
    assert_eq!(left, 2);
    server.stop().await;
}
