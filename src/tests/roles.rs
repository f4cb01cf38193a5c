//! The matrix of `domain/role.rs` against the running server: every operation with every role and with nobody.

use std::collections::BTreeSet;

use flowpilot::{
    domain::{
        role::Role,
        scope::{Reach, Scope},
    },
    server::auth::people::{self, Choice, TokenFor},
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::{
    operations::{Access, FEEDS, Ids, REST, SERVER_FUNCTIONS, name_in, path_of},
    support::{self, Person, TestServer},
};

/// Every operation of the table, as this person asks for it; `None` is nobody.
fn requests(server: &TestServer, person: Option<&Person>, ids: &Ids) -> Vec<(String, Access, RequestBuilder)> {
    let browse = |request: RequestBuilder| match person {
        Some(person) => request.header("cookie", &person.cookie).header("origin", &server.url),
        None => request,
    };
    let token = |request: RequestBuilder| match person {
        Some(person) => request.bearer_auth(&person.token),
        None => request,
    };
    let functions = SERVER_FUNCTIONS.iter().map(|(name, access, arguments)| {
        let request = server.anonymous(Method::POST, &path_of(name)).json(&ids.body(arguments));
        ((*name).to_owned(), *access, browse(request))
    });
    let rest = REST.iter().map(|(name, access, method, path, body)| {
        let request = server.anonymous(method.parse().unwrap(), &format!("/api/v1{}", ids.fill(path)));
        let request = if body.is_empty() { request } else { request.json(&ids.body(body)) };
        (format!("REST {name}"), *access, token(request))
    });
    let feeds = FEEDS
        .iter()
        .map(|(path, access)| ((*path).to_owned(), *access, browse(server.anonymous(Method::GET, &ids.fill(path)))));
    functions.chain(rest).chain(feeds).collect()
}

#[tokio::test]
async fn every_role_may_what_the_matrix_says_and_nothing_else() {
    let server = support::server().await;
    for role in Role::ALL {
        let person = server.person(&format!("the-{}@example.com", role.name()), "Test workspace", role).await;
        for (name, access, request) in requests(&server, Some(&person), &Ids::of_nothing()) {
            let may = match access {
                // Has no role to check, and logging out would end the walk.
                Access::Anyone => continue,
                Access::Known | Access::Person => true,
                Access::May(action) => role.may(action),
            };
            let answer = request.send().await.unwrap();
            let status = answer.status();
            // A link that is void is refused too, but not for the role.
            let refused = is_refusal(status) && !answer.text().await.unwrap().contains("void_link");
            assert_eq!(refused, !may, "{} asked for {name}: {status}", role.name());
            assert!(!status.is_server_error(), "{} asked for {name}: {status}", role.name());
        }
        // The wrong passwords of this walk are not held against the next role.
        sqlx::query("delete from login_failures").execute(&server.database.pool).await.unwrap();
    }
}

fn is_refusal(status: StatusCode) -> bool {
    status == StatusCode::FORBIDDEN || status == StatusCode::UNAUTHORIZED
}

/// Every operation, asked for with this token alone.
fn by_token(server: &TestServer, token: &str, ids: &Ids) -> Vec<(String, Access, RequestBuilder)> {
    let all = requests(server, None, ids).into_iter();
    all.map(|(name, access, request)| (name, access, request.bearer_auth(token))).collect()
}

#[tokio::test]
async fn every_token_may_what_its_scopes_and_the_role_behind_it_both_allow() {
    use Scope::{
        CodeWrite, CredentialsRead, CredentialsWrite, ExecutionsRead, ExecutionsRun, MembersRead, MembersWrite,
        WebhooksRead, WebhooksWrite, WorkflowsPublish, WorkflowsRead, WorkflowsWrite,
    };
    let server = support::server().await;
    let sets: [&[Scope]; 5] = [
        &[WorkflowsRead, ExecutionsRead],
        &[WorkflowsRead, ExecutionsRead, ExecutionsRun],
        &[WorkflowsWrite, WorkflowsPublish],
        &[CredentialsRead, CredentialsWrite, WebhooksRead, WebhooksWrite],
        &[MembersRead, MembersWrite, CodeWrite],
    ];
    assert_eq!(sets.concat().into_iter().collect::<BTreeSet<_>>().len(), Scope::ALL.len(), "each scope is in one");
    let mut asked = 0;
    for role in [Role::Owner, Role::Editor] {
        let email = format!("tokens-of-{}@example.com", role.name());
        server.person(&email, "Test workspace", Role::Owner).await;
        for scopes in sets {
            let reach = Reach { scopes: scopes.to_vec(), workflows: None, networks: Vec::new() };
            let scopes_chosen = scopes.iter().copied().map(Choice::Scope).collect();
            let wanted = TokenFor { scopes: scopes_chosen, ..TokenFor::a_day(&email, "x") };
            let token = people::create_token(&server.app.everywhere, wanted).await.unwrap().secret;
            let set_role = "update members m set role = $1 from users u where u.id = m.user_id and u.email = $2";
            sqlx::query(set_role).bind(role.name()).bind(&email).execute(&server.database.pool).await.unwrap();
            for (name, access, request) in by_token(&server, &token, &Ids::of_nothing()) {
                let may = match access {
                    Access::Anyone => continue,
                    Access::Known => true,
                    Access::Person => false,
                    Access::May(action) => role.may(action) && reach.allows(action),
                };
                let status = request.send().await.unwrap().status();
                assert_eq!(is_refusal(status), !may, "{} with {scopes:?} asked for {name}: {status}", role.name());
                asked += 1;
            }
            sqlx::query(set_role).bind("owner").bind(&email).execute(&server.database.pool).await.unwrap();
        }
    }
    assert!(asked > 800, "{asked}");
}

#[tokio::test]
async fn nobody_gets_in_without_logging_in() {
    let server = support::server().await;
    for (name, access, request) in requests(&server, None, &Ids::of_nothing()) {
        let status = request.send().await.unwrap().status();
        match access {
            Access::Anyone => assert!(!status.is_server_error(), "{name}: {status}"),
            Access::Known | Access::Person | Access::May(_) => assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}"),
        }
    }
}

#[tokio::test]
async fn every_server_function_stands_in_the_table() {
    let registered: BTreeSet<&str> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| name_in(path)).collect();
    let listed: BTreeSet<&str> = SERVER_FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(registered, listed, "src/tests/operations.rs says for each who may");
}

#[tokio::test]
async fn no_server_function_answers_a_get() {
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        assert_eq!(method, Method::POST, "{path}");
    }
}

#[tokio::test]
async fn every_rest_operation_stands_in_the_table() {
    let server = support::server().await;
    let document: Value = server.call(Method::GET, "/api/v1/openapi.json").send().await.unwrap().json().await.unwrap();
    let paths = document["paths"].as_object().expect("paths");
    let described: BTreeSet<&str> = paths
        .values()
        .flat_map(|path| path.as_object().expect("methods").values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let listed: BTreeSet<&str> = REST.iter().map(|(name, ..)| *name).collect();
    assert_eq!(described, listed, "src/tests/operations.rs says for each who may");
    for operation in paths.values().flat_map(|path| path.as_object().expect("methods").values()) {
        let name = operation["operationId"].as_str().expect("a name");
        let (_, access, ..) = REST.iter().find(|(listed, ..)| *listed == name).expect("listed above");
        let needed = operation["security"][0]["token"][0].as_str();
        let scope = match access {
            Access::May(action) => action.scope().map(Scope::name),
            _ => None,
        };
        assert_eq!(needed, scope, "{name}: src/server/rest/scopes.rs tells its scope");
    }
}
