//! What was taken away does not work with the very next request: sessions, accounts, roles, tokens.

use flowpilot::{
    api::{
        session::{ChangePassword, ConfirmPassword, ListSessions, LogOut},
        tokens::{CreateToken, ListTokens, RevokeToken},
    },
    domain::{
        account::{NewToken, SessionSummary, TokenSummary},
        role::Role,
    },
};
use leptos::server_fn::ServerFn;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::{self, PASSWORD, Person, TestServer};

async fn call<F: ServerFn>(server: &TestServer, cookie: &str, arguments: Value) -> Response {
    let request = server.anonymous(Method::POST, F::PATH).header("origin", &server.url).header("cookie", cookie);
    request.json(&arguments).send().await.unwrap()
}

/// Statuses of a request by cookie, one by token and a page.
async fn statuses(server: &TestServer, person: &Person) -> [StatusCode; 3] {
    let by_cookie = call::<ListTokens>(server, &person.cookie, json!({})).await.status();
    let by_token = server.anonymous(Method::GET, "/api/v1/workflows").bearer_auth(&person.token).send().await.unwrap();
    let page = server.anonymous(Method::GET, "/settings").header("cookie", &person.cookie).send().await.unwrap();
    [by_cookie, by_token.status(), page.status()]
}

const IN: [StatusCode; 3] = [StatusCode::OK, StatusCode::OK, StatusCode::OK];
const OUT: [StatusCode; 3] = [StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED, StatusCode::SEE_OTHER];

#[tokio::test]
async fn who_is_disabled_or_no_member_any_more_is_out_at_once() {
    let server = support::server().await;
    for (name, ending) in [
        ("disabled", "update users set disabled_at = now() where email = 'disabled@example.com'"),
        ("removed", "delete from members m using users u where u.id = m.user_id and u.email = 'removed@example.com'"),
        ("deleted", "delete from users where email = 'deleted@example.com'"),
    ] {
        let person = server.person(&format!("{name}@example.com"), "Test workspace", Role::Admin).await;
        assert_eq!(statuses(&server, &person).await, IN, "{name}");
        sqlx::query(AssertSqlSafe(ending.to_owned())).execute(&server.database.pool).await.unwrap();
        assert_eq!(statuses(&server, &person).await, OUT, "{name}");
    }
    assert_eq!(statuses(&server, &server.owner).await, IN);
}

#[tokio::test]
async fn logging_out_ends_the_session_and_not_the_token() {
    let server = support::server().await;
    let left = call::<LogOut>(&server, &server.owner.cookie, json!({})).await;
    assert_eq!(left.status(), StatusCode::OK);
    assert_eq!(statuses(&server, &server.owner).await, [OUT[0], IN[1], OUT[2]]);
    let revoke = "update api_tokens set revoked_at = now()";
    sqlx::query(AssertSqlSafe(revoke.to_owned())).execute(&server.database.pool).await.unwrap();
    assert_eq!(statuses(&server, &server.owner).await, OUT);
}

#[tokio::test]
async fn a_weaker_role_counts_from_the_next_request_on() {
    let server = support::server().await;
    let person = server.person("ed@example.com", "Test workspace", Role::Editor).await;
    let create = async || {
        let request = server.anonymous(Method::POST, "/api/v1/workflows").bearer_auth(&person.token);
        request.json(&json!({ "name": "x" })).send().await.unwrap().status()
    };
    assert_eq!(create().await, StatusCode::CREATED);
    let weaken = "update members set role = 'viewer' where role = 'editor'";
    sqlx::query(AssertSqlSafe(weaken.to_owned())).execute(&server.database.pool).await.unwrap();
    assert_eq!(create().await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn confirming_or_changing_the_password_gives_the_session_another_value() {
    let server = support::server().await;
    let value = |answer: &Response| {
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    let mut cookie = server.owner.cookie.clone();
    for (path, arguments) in [
        (ConfirmPassword::PATH, json!({ "password": PASSWORD })),
        (ChangePassword::PATH, json!({ "current": PASSWORD, "new": "seven yellow trams ride north" })),
    ] {
        let request = server.anonymous(Method::POST, path).header("origin", &server.url).header("cookie", &cookie);
        let answer = request.json(&arguments).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let next = value(&answer);
        assert_ne!(next, cookie, "{path}");
        assert_eq!(call::<ListTokens>(&server, &cookie, json!({})).await.status(), StatusCode::UNAUTHORIZED, "{path}");
        let listed: Vec<SessionSummary> = call::<ListSessions>(&server, &next, json!({})).await.json().await.unwrap();
        assert_eq!(listed.len(), 1, "{path}: it is the same session");
        cookie = next;
    }
}

#[tokio::test]
async fn a_revoked_token_is_listed_and_heard_no_more() {
    let server = support::server().await;
    let made = call::<CreateToken>(
        &server,
        &server.owner.cookie,
        json!({ "wish": { "name": "t", "days": 1, "reach": { "scopes": ["workflows:read"] } } }),
    )
    .await;
    let made: NewToken = made.json().await.unwrap();
    let ask = async || {
        let request = server.anonymous(Method::GET, "/api/v1/workflows").bearer_auth(&made.secret);
        request.send().await.unwrap().status()
    };
    assert_eq!(ask().await, StatusCode::OK);
    call::<RevokeToken>(&server, &server.owner.cookie, json!({ "id": made.summary.id })).await;
    assert_eq!(ask().await, StatusCode::UNAUTHORIZED);
    let left: Vec<TokenSummary> =
        call::<ListTokens>(&server, &server.owner.cookie, json!({})).await.json().await.unwrap();
    assert!(left.iter().all(|token| token.id != made.summary.id));
}

#[tokio::test]
async fn what_one_installation_gave_out_means_nothing_to_another() {
    let (one, other) = (support::server().await, support::server().await);
    assert_eq!(statuses(&one, &one.owner).await, IN);
    assert_eq!(statuses(&other, &one.owner).await, OUT);
}
