//! API tokens: how far each reaches, from where and for how long.

use flowpilot::{
    api::{
        ApiError,
        session::ConfirmPassword,
        tokens::{CreateToken, ListTokens, RevokeToken},
    },
    domain::{
        account::{NewToken, TokenSummary},
        id::{ExecutionId, WorkflowId},
        role::Role,
        scope::Scope,
    },
    server::auth::people::{self, Choice, TokenFor},
};
use leptos::server_fn::ServerFn;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::{
    operations::workflow,
    support::{self, PASSWORD, Person, TestServer},
};

fn call<F: ServerFn>(server: &TestServer, cookie: &str, arguments: Value) -> RequestBuilder {
    let request = server.anonymous(Method::POST, F::PATH).header("origin", &server.url).json(&arguments);
    request.header("cookie", cookie)
}

async fn error(response: Response) -> ApiError {
    response.json().await.unwrap()
}

async fn sql(server: &TestServer, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&server.database.pool).await.unwrap();
}

fn wish(name: &str, reach: Value) -> Value {
    json!({ "wish": { "name": name, "days": 30, "reach": reach } })
}

async fn create(server: &TestServer, person: &Person, reach: Value) -> Response {
    call::<CreateToken>(server, &person.cookie, wish("x", reach)).send().await.unwrap()
}

/// A token of the owner, made as a person makes it.
async fn token(server: &TestServer, reach: Value) -> NewToken {
    let answer = create(server, &server.owner, reach).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

/// Status and body of a REST call with this token.
async fn rest(server: &TestServer, token: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = server.anonymous(method, &format!("/api/v1{path}")).bearer_auth(token);
    let request = if body.is_null() { request } else { request.json(&body) };
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

async fn get(server: &TestServer, token: &str, path: &str) -> (StatusCode, Value) {
    rest(server, token, Method::GET, path, Value::Null).await
}

async fn listed(server: &TestServer) -> Vec<TokenSummary> {
    call::<ListTokens>(server, &server.owner.cookie, json!({})).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked_or_expires() {
    let server = support::server().await;
    let made = token(&server, json!({ "scopes": ["workflows:read"] })).await;
    let status = async || get(&server, &made.secret, "/workflows").await.0;
    let kept = listed(&server).await;
    assert!(kept.iter().any(|token| token.id == made.summary.id && made.secret.starts_with(&token.prefix)));
    let rows: String = sqlx::query_scalar("select string_agg(t::text, '') from api_tokens t")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!(!rows.contains(&made.secret), "only the hash is kept");

    assert_eq!(status().await, StatusCode::OK);
    sql(&server, "update api_tokens set expires_at = now() - interval '1 second' where name = 'x'").await;
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    sql(&server, "update api_tokens set expires_at = now() + interval '1 day'").await;
    assert_eq!(status().await, StatusCode::OK);
    let revoke = call::<RevokeToken>(&server, &server.owner.cookie, json!({ "id": made.summary.id }));
    assert_eq!(revoke.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute() {
    let server = support::server().await;
    let made = token(&server, json!({ "scopes": ["workflows:read"] })).await;
    let used = async || {
        let at: Option<chrono::DateTime<chrono::Utc>> =
            sqlx::query_scalar("select last_used_at from api_tokens where id = $1")
                .bind(made.summary.id.0)
                .fetch_one(&server.database.pool)
                .await
                .unwrap();
        at
    };
    assert_eq!(used().await, None);
    get(&server, &made.secret, "/workflows").await;
    let first = used().await.expect("noted");
    get(&server, &made.secret, "/workflows").await;
    assert_eq!(used().await, Some(first), "not every use is written down");
    sql(&server, "update api_tokens set last_used_at = last_used_at - interval '61 seconds'").await;
    get(&server, &made.secret, "/workflows").await;
    assert!(used().await.is_some_and(|at| at >= first));
}

#[tokio::test]
async fn a_token_makes_no_tokens_and_a_person_shows_the_password_first() {
    let server = support::server().await;
    let arguments = wish("more", json!({ "scopes": ["workflows:read"] }));
    let by_token = server.call(Method::POST, CreateToken::PATH).json(&arguments).send().await.unwrap();
    assert_eq!(by_token.status(), StatusCode::FORBIDDEN);

    sql(&server, "update sessions set confirmed_at = now() - interval '11 minutes'").await;
    let create = |cookie: &str| call::<CreateToken>(&server, cookie, arguments.clone()).send();
    assert_eq!(error(create(&server.owner.cookie).await.unwrap()).await.code, "confirm_password");
    let confirm = call::<ConfirmPassword>(&server, &server.owner.cookie, json!({ "password": PASSWORD }));
    let confirmed = confirm.send().await.unwrap();
    let cookie = confirmed.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(create(&cookie).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_wish_that_makes_no_sense_is_refused_by_its_field() {
    let server = support::server().await;
    let viewer = server.person("viewer@example.com", "Test workspace", Role::Viewer).await;
    let foreign = server.person("stranger@example.com", "Elsewhere", Role::Owner).await;
    let theirs = rest(&server, &foreign.token, Method::POST, "/workflows", workflow("Theirs")).await.1["id"].clone();
    for (person, reach, field) in [
        (&server.owner, json!({ "scopes": [] }), "scopes"),
        (&viewer, json!({ "scopes": ["executions:run"] }), "scopes"),
        (&server.owner, json!({ "scopes": ["members:read"], "workflows": [theirs] }), "scopes"),
        (&server.owner, json!({ "scopes": ["workflows:read"], "workflows": [] }), "workflows"),
        (&server.owner, json!({ "scopes": ["workflows:read"], "workflows": [theirs] }), "workflows"),
        (&server.owner, json!({ "scopes": ["workflows:read"], "networks": ["example.com"] }), "networks"),
    ] {
        let answer = create(&server, person, reach.clone()).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{reach}");
        assert_eq!(error(answer).await.problems[0].field.as_deref(), Some(field), "{reach}");
    }
    for days in [0, 366] {
        let arguments = json!({ "wish": { "name": "x", "days": days, "reach": { "scopes": ["workflows:read"] } } });
        let answer = call::<CreateToken>(&server, &server.owner.cookie, arguments).send().await.unwrap();
        assert_eq!(error(answer).await.problems[0].field.as_deref(), Some("days"), "{days}");
    }
    let unknown = create(&server, &server.owner, json!({ "scopes": ["workflows:*"] })).await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST, "the list of scopes is closed");
    assert_eq!(listed(&server).await.len(), 2, "nothing was made");
}

/// Two workflows that are published and ran once.
async fn furnish(server: &TestServer) -> [(WorkflowId, ExecutionId); 2] {
    let token = &server.owner.token;
    let mut made = Vec::new();
    for name in ["Ours", "Other"] {
        let id = rest(server, token, Method::POST, "/workflows", workflow(name)).await.1["id"].clone();
        let id: WorkflowId = serde_json::from_value(id).unwrap();
        rest(server, token, Method::POST, &format!("/workflows/{id}/publish"), Value::Null).await;
        let start = json!({ "workflow_id": id });
        let (_, execution) = rest(server, token, Method::POST, "/executions?wait=50", start).await;
        made.push((id, serde_json::from_value(execution["id"].clone()).unwrap()));
    }
    made.try_into().unwrap()
}

#[tokio::test]
async fn a_token_for_a_workflow_sees_and_runs_nothing_else() {
    let server = support::server().await;
    let [(ours, our_run), (other, other_run)] = furnish(&server).await;
    let scopes = ["workflows:read", "workflows:write", "workflows:publish", "executions:read", "executions:run"];
    let secret = token(&server, json!({ "scopes": scopes, "workflows": [ours] })).await.secret;
    let refused = StatusCode::FORBIDDEN;

    for (method, path, body, status) in [
        ("GET", "/workflows/$w", Value::Null, StatusCode::OK),
        ("GET", "/workflows/$w/versions", Value::Null, StatusCode::OK),
        ("GET", "/workflows/$w/versions/1", Value::Null, StatusCode::OK),
        ("PUT", "/workflows/$w?revision=1", workflow("Renamed"), StatusCode::OK),
        ("POST", "/workflows/$w/publish", Value::Null, StatusCode::OK),
        ("GET", "/executions/$e", Value::Null, StatusCode::OK),
        ("GET", "/executions/$e/events", Value::Null, StatusCode::OK),
        ("GET", "/executions/$e/nodes/double/why", Value::Null, StatusCode::OK),
        ("POST", "/executions", json!({ "workflow_id": "$w" }), StatusCode::ACCEPTED),
        ("POST", "/executions/$e/retry", Value::Null, StatusCode::ACCEPTED),
        ("POST", "/executions/$e/restart", json!({ "node": "double" }), StatusCode::ACCEPTED),
        ("POST", "/executions/$e/cancel", Value::Null, StatusCode::CONFLICT),
        ("GET", "/executions?workflow_id=$w", Value::Null, StatusCode::OK),
        ("GET", "/triggers?workflow_id=$w", Value::Null, StatusCode::OK),
        ("GET", "/dead-letters?workflow_id=$w", Value::Null, StatusCode::OK),
        ("POST", "/dead-letters/replay", json!({ "workflow_id": "$w" }), StatusCode::ACCEPTED),
        ("DELETE", "/workflows/$w", Value::Null, StatusCode::NO_CONTENT),
    ] {
        for (workflow, execution, expected) in [(other, other_run, refused), (ours, our_run, status)] {
            let fill = |text: &str| text.replace("$w", &workflow.to_string()).replace("$e", &execution.to_string());
            let body = serde_json::from_str(&fill(&body.to_string())).unwrap();
            let (found, answer) = rest(&server, &secret, method.parse().unwrap(), &fill(path), body).await;
            assert_eq!(found, expected, "{method} {path} of {workflow}: {answer}");
        }
    }
    for path in ["/live/executions".to_owned(), format!("/live/executions/{other_run}")] {
        let feed = server.anonymous(Method::GET, &path).bearer_auth(&secret).send().await.unwrap();
        assert_eq!(feed.status(), refused, "{path}");
    }
    let feed = server.anonymous(Method::GET, &format!("/live/executions/{our_run}")).bearer_auth(&secret);
    assert_eq!(feed.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn who_may_run_an_execution_but_not_see_it_starts_none_to_wait_for() {
    let server = support::server().await;
    let [(ours, _), _] = furnish(&server).await;
    let secret = token(&server, json!({ "scopes": ["executions:run"] })).await.secret;
    let start = async |query: &str| {
        let path = format!("/executions{query}");
        rest(&server, &secret, Method::POST, &path, json!({ "workflow_id": ours })).await.0
    };
    assert_eq!(start("?wait=50").await, StatusCode::FORBIDDEN);
    let all = async || get(&server, &server.owner.token, "/executions").await.1["executions"].as_array().unwrap().len();
    assert_eq!(all().await, 2, "nothing was started");
    assert_eq!(start("").await, StatusCode::ACCEPTED);
    assert_eq!(all().await, 3);
}

#[tokio::test]
async fn a_token_for_a_workflow_may_nothing_that_concerns_the_whole_workspace() {
    let server = support::server().await;
    let [(ours, our_run), (other, _)] = furnish(&server).await;
    let scopes = ["workflows:read", "workflows:write", "executions:read", "executions:run"];
    let secret = token(&server, json!({ "scopes": scopes, "workflows": [ours] })).await.secret;
    for (method, path, body) in [
        ("POST", "/workflows", workflow("New")),
        ("POST", "/events", json!({ "name": "paid" })),
        ("GET", "/breakers", Value::Null),
        ("POST", "/breakers/reset", json!({ "service": "x" })),
        ("GET", "/members", Value::Null),
    ] {
        let (status, answer) = rest(&server, &secret, method.parse().unwrap(), path, body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}: {answer}");
    }
    let names = |answer: &Value| answer["workflows"].as_array().unwrap().len();
    assert_eq!(names(&get(&server, &secret, "/workflows").await.1), 1);
    assert_eq!(names(&get(&server, &server.owner.token, "/workflows").await.1), 2);
    let (_, page) = get(&server, &secret, "/executions").await;
    let runs: Vec<&Value> = page["executions"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert_eq!(runs, [&json!(our_run)], "one workflow is meant without saying so");

    let both = token(&server, json!({ "scopes": scopes, "workflows": [ours, other] })).await.secret;
    let (status, answer) = get(&server, &both, "/executions").await;
    assert_eq!((status, &answer["problems"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("workflow_id")));
    assert_eq!(names(&get(&server, &both, "/workflows").await.1), 2);
}

#[tokio::test]
async fn a_token_with_networks_is_heard_from_there_only() {
    let server = support::server().await;
    let scopes = ["workflows:read"];
    for (network, status) in [
        ("127.0.0.0/8", StatusCode::OK),
        ("127.0.0.1", StatusCode::OK),
        ("203.0.113.0/24", StatusCode::FORBIDDEN),
        ("::1", StatusCode::FORBIDDEN),
    ] {
        let secret = token(&server, json!({ "scopes": scopes, "networks": [network] })).await.secret;
        let request = server.anonymous(Method::GET, "/api/v1/workflows").bearer_auth(&secret);
        // Nobody trusts what a client says about itself.
        let answer = request.header("x-forwarded-for", "203.0.113.9").send().await.unwrap();
        assert_eq!(answer.status(), status, "{network}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_client_s_network_counts() {
    let server = support::server_on(support::database().await, &["--trusted-proxies=127.0.0.0/8"]).await;
    let reach = json!({ "scopes": ["workflows:read"], "networks": ["203.0.113.0/24"] });
    let secret = token(&server, reach).await.secret;
    for (client, status) in [("203.0.113.9", StatusCode::OK), ("198.51.100.1", StatusCode::FORBIDDEN)] {
        let request = server.anonymous(Method::GET, "/api/v1/workflows").bearer_auth(&secret);
        let answer = request.header("x-forwarded-for", client).send().await.unwrap();
        assert_eq!(answer.status(), status, "{client}");
    }
}

#[tokio::test]
async fn a_token_in_the_address_or_elsewhere_is_not_read() {
    let server = support::server().await;
    let token = &server.owner.token;
    for name in ["token", "access_token", "api_key", "authorization", "bearer"] {
        let path = format!("/api/v1/workflows?{name}={token}");
        let answer = server.anonymous(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}");
        let feed = server.anonymous(Method::GET, &format!("/live/executions?{name}={token}")).send().await.unwrap();
        assert_eq!(feed.status(), StatusCode::UNAUTHORIZED, "{name}");
    }
    for (header, value) in [
        ("cookie", format!("flowpilot_sid={token}")),
        ("x-api-key", token.clone()),
        ("authorization", format!("Basic {token}")),
        ("authorization", token.clone()),
    ] {
        let answer = server.anonymous(Method::GET, "/api/v1/workflows").header(header, &value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{header}");
    }
}

#[tokio::test]
async fn the_command_line_makes_tokens_that_reach_so_far() {
    let server = support::server().await;
    let pool = &server.app.everywhere;
    let chosen = vec![Choice::Scope(Scope::WorkflowsRead)];
    let wanted = TokenFor { scopes: chosen, ..TokenFor::a_day("owner@example.com", "cli") };
    let made = people::create_token(pool, wanted).await.unwrap();
    assert_eq!(made.summary.reach.scopes, [Scope::WorkflowsRead]);
    let usual = people::create_token(pool, TokenFor::a_day("owner@example.com", "cli")).await.unwrap();
    assert!(!usual.summary.reach.scopes.contains(&Scope::MembersWrite), "people are asked for by name");
    let nowhere = TokenFor { workspace: Some("Elsewhere"), ..TokenFor::a_day("owner@example.com", "cli") };
    assert!(people::create_token(pool, nowhere).await.is_err());
}
