//! The people of a workspace: invited, given roles, removed; what counts from the very next request on.

use flowpilot::{
    api::{
        ApiError,
        members::{
            AcceptInvitation, ChangeRole, EndMemberSessions, InviteMember, JoinWorkspace, ListInvitations, ListMembers,
            RemoveMember, RevokeInvitation, ShowInvitation,
        },
        session::{AskSession, ListSessions},
        workspaces::{CreateWorkspace, ListWorkspaces, SwitchWorkspace},
    },
    domain::{
        account::{Membership, Session, SessionSummary},
        member::{Invitation, Member, NewInvitation, Welcome},
        role::Role,
    },
    server::auth::people,
};
use leptos::server_fn::ServerFn;
use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::{self, PASSWORD, Person, TestServer};

async fn call<F: ServerFn>(server: &TestServer, cookie: &str, arguments: Value) -> Response {
    let request = server.anonymous(Method::POST, F::PATH).header("origin", &server.url);
    let request = if cookie.is_empty() { request } else { request.header("cookie", cookie) };
    request.json(&arguments).send().await.unwrap()
}

async fn read<F: ServerFn, T: DeserializeOwned>(server: &TestServer, cookie: &str, arguments: Value) -> T {
    let answer = call::<F>(server, cookie, arguments).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", F::PATH);
    answer.json().await.unwrap()
}

async fn code<F: ServerFn>(server: &TestServer, cookie: &str, arguments: Value) -> String {
    let answer = call::<F>(server, cookie, arguments).await;
    assert!(!answer.status().is_success(), "{}", F::PATH);
    answer.json::<ApiError>().await.unwrap().code
}

fn cookie_of(response: &Response) -> String {
    response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn sql(server: &TestServer, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&server.database.pool).await.unwrap();
}

async fn session(server: &TestServer, cookie: &str) -> Option<Session> {
    read::<AskSession, _>(server, cookie, json!({})).await
}

/// The secret in the link of a new invitation by this person.
async fn invited(server: &TestServer, by: &Person, email: &str, role: Role) -> (NewInvitation, String) {
    let made: NewInvitation =
        read::<InviteMember, _>(server, &by.cookie, json!({ "email": email, "role": role })).await;
    let token = made.link.split_once("/invitation?token=").expect("a link").1.to_owned();
    (made, token)
}

fn accept(token: &str, password: &str) -> Value {
    json!({ "token": token, "name": "Grace", "password": password })
}

const NEW_PASSWORD: &str = "seven yellow trams ride north";

#[tokio::test]
async fn a_link_makes_somebody_a_member_once() {
    let server = support::server().await;
    let (made, token) = invited(&server, &server.owner, " Grace@Example.com ", Role::Editor).await;
    assert_eq!((made.invitation.email.as_str(), token.len()), ("grace@example.com", 43));
    let kept: String = sqlx::query_scalar("select string_agg(i::text, '') from invitations i")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert!(!kept.contains(&token), "only the hash is kept");

    let welcome: Welcome = read::<ShowInvitation, _>(&server, "", json!({ "token": token })).await;
    assert_eq!((welcome.email.as_str(), welcome.role, welcome.has_account), ("grace@example.com", Role::Editor, false));
    assert_eq!(welcome.workspace_name, "Test workspace");
    let weak = call::<AcceptInvitation>(&server, "", accept(&token, "password12345")).await;
    assert_eq!(weak.json::<ApiError>().await.unwrap().problems[0].field.as_deref(), Some("password"));
    let joined = call::<AcceptInvitation>(&server, "", accept(&token, NEW_PASSWORD)).await;
    assert_eq!(joined.status(), StatusCode::OK);
    let who = session(&server, &cookie_of(&joined)).await.expect("logged in at once");
    assert_eq!((who.name.as_str(), who.role, who.workspace_name.as_str()), ("Grace", Role::Editor, "Test workspace"));

    assert_eq!(code::<AcceptInvitation>(&server, "", accept(&token, NEW_PASSWORD)).await, "void_link");
    assert_eq!(code::<ShowInvitation>(&server, "", json!({ "token": token })).await, "void_link");
    let members: Vec<Member> = read::<ListMembers, _>(&server, &server.owner.cookie, json!({})).await;
    let told: Vec<_> = members.iter().map(|member| (member.email.as_str(), member.role)).collect();
    assert_eq!(told, [("owner@example.com", Role::Owner), ("grace@example.com", Role::Editor)]);
    assert!(members.iter().all(|member| member.seen_at.is_some()));
}

#[tokio::test]
async fn of_two_at_once_one_joins() {
    let server = support::server().await;
    let (_, token) = invited(&server, &server.owner, "grace@example.com", Role::Viewer).await;
    let twice = [(); 2].map(|()| call::<AcceptInvitation>(&server, "", accept(&token, NEW_PASSWORD)));
    let answers = futures_util::future::join_all(twice).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == StatusCode::OK).count(), 1);
    let people: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&server.database.pool).await.unwrap();
    assert_eq!(people, 2);
}

#[tokio::test]
async fn a_link_is_void_when_it_is_old_revoked_replaced_or_its_giver_may_no_more() {
    let server = support::server().await;
    let show = async |token: &str| call::<ShowInvitation>(&server, "", json!({ "token": token })).await.status();
    let (_, old) = invited(&server, &server.owner, "a@example.com", Role::Viewer).await;
    assert_eq!(show(&old).await, StatusCode::OK);
    sql(&server, "update invitations set expires_at = now() - interval '1 second'").await;
    assert_eq!(show(&old).await, StatusCode::FORBIDDEN);

    let (made, revoked) = invited(&server, &server.owner, "b@example.com", Role::Viewer).await;
    call::<RevokeInvitation>(&server, &server.owner.cookie, json!({ "id": made.invitation.id })).await;
    assert_eq!(show(&revoked).await, StatusCode::FORBIDDEN);

    let (_, first) = invited(&server, &server.owner, "c@example.com", Role::Viewer).await;
    let (_, second) = invited(&server, &server.owner, "c@example.com", Role::Editor).await;
    assert_eq!((show(&first).await, show(&second).await), (StatusCode::FORBIDDEN, StatusCode::OK));

    for ending in ["update members set role = 'editor'", "delete from members"] {
        let admin = server.person(&format!("{}@example.com", &ending[..6]), "Test workspace", Role::Admin).await;
        let (_, theirs) = invited(&server, &admin, "d@example.com", Role::Viewer).await;
        assert_eq!(show(&theirs).await, StatusCode::OK, "{ending}");
        sql(&server, &format!("{ending} where user_id = '{}'", admin.user)).await;
        assert_eq!(show(&theirs).await, StatusCode::FORBIDDEN, "{ending}");
    }
    let open: Vec<Invitation> = read::<ListInvitations, _>(&server, &server.owner.cookie, json!({})).await;
    assert!(open.iter().any(|invitation| invitation.email == "c@example.com"));
    assert!(open.iter().all(|invitation| !["a@example.com", "b@example.com"].contains(&invitation.email.as_str())));
}

#[tokio::test]
async fn whoever_has_an_account_shows_its_password_or_is_logged_in() {
    let server = support::server().await;
    for name in ["one", "two"] {
        server.person(&format!("{name}@example.com"), "Elsewhere", Role::Viewer).await;
    }
    let (_, token) = invited(&server, &server.owner, "one@example.com", Role::Operator).await;
    let welcome: Welcome = read::<ShowInvitation, _>(&server, "", json!({ "token": token })).await;
    assert!(welcome.has_account && !welcome.is_you);
    assert_eq!(code::<AcceptInvitation>(&server, "", accept(&token, "not the password")).await, "wrong_login");
    let joined = call::<AcceptInvitation>(&server, "", accept(&token, PASSWORD)).await;
    let who = session(&server, &cookie_of(&joined)).await.unwrap();
    assert_eq!((who.workspace_name.as_str(), who.role, who.name.as_str()), ("Test workspace", Role::Operator, ""));

    let two = server.person("three@example.com", "Elsewhere", Role::Owner).await;
    let (_, token) = invited(&server, &server.owner, "three@example.com", Role::Viewer).await;
    let welcome: Welcome = read::<ShowInvitation, _>(&server, &two.cookie, json!({ "token": token })).await;
    assert!(welcome.is_you);
    let other = server.person("four@example.com", "Elsewhere", Role::Owner).await;
    assert_eq!(code::<JoinWorkspace>(&server, &other.cookie, json!({ "token": token })).await, "forbidden");
    read::<JoinWorkspace, ()>(&server, &two.cookie, json!({ "token": token })).await;
    let who = session(&server, &two.cookie).await.unwrap();
    assert_eq!((who.workspace_name.as_str(), who.role), ("Test workspace", Role::Viewer), "the login goes on there");
}

#[tokio::test]
async fn nobody_gives_or_touches_a_role_above_their_own() {
    let server = support::server().await;
    let admin = server.person("admin@example.com", "Test workspace", Role::Admin).await;
    let editor = server.person("editor@example.com", "Test workspace", Role::Editor).await;
    let owner = server.owner.user;
    let refused = async |arguments: Value| code::<ChangeRole>(&server, &admin.cookie, arguments).await;
    assert_eq!(refused(json!({ "id": editor.user, "role": "owner" })).await, "forbidden");
    assert_eq!(refused(json!({ "id": admin.user, "role": "owner" })).await, "forbidden");
    assert_eq!(refused(json!({ "id": owner, "role": "viewer" })).await, "forbidden");
    let invite = json!({ "email": "x@example.com", "role": "owner" });
    assert_eq!(code::<InviteMember>(&server, &admin.cookie, invite).await, "forbidden");
    assert_eq!(code::<RemoveMember>(&server, &admin.cookie, json!({ "id": owner })).await, "forbidden");
    assert_eq!(code::<EndMemberSessions>(&server, &admin.cookie, json!({ "id": owner })).await, "forbidden");
    let (made, _) = invited(&server, &server.owner, "y@example.com", Role::Owner).await;
    let revoke = json!({ "id": made.invitation.id });
    assert_eq!(code::<RevokeInvitation>(&server, &admin.cookie, revoke).await, "forbidden");
    read::<ChangeRole, ()>(&server, &admin.cookie, json!({ "id": editor.user, "role": "admin" })).await;
}

#[tokio::test]
async fn a_workspace_keeps_an_owner() {
    let server = support::server().await;
    let owner = json!({ "id": server.owner.user });
    let lower = json!({ "id": server.owner.user, "role": "admin" });
    assert_eq!(code::<RemoveMember>(&server, &server.owner.cookie, owner.clone()).await, "last_owner");
    assert_eq!(code::<ChangeRole>(&server, &server.owner.cookie, lower.clone()).await, "last_owner");
    let second = server.person("second@example.com", "Test workspace", Role::Owner).await;
    sql(&server, &format!("update users set disabled_at = now() where id = '{}'", second.user)).await;
    assert_eq!(
        code::<ChangeRole>(&server, &server.owner.cookie, lower.clone()).await,
        "last_owner",
        "who is out owns nothing"
    );
    sql(&server, "update users set disabled_at = null").await;

    // Both at once: one has to stay.
    let remove = |by: &Person, who: &Person| {
        let (cookie, arguments) = (by.cookie.clone(), json!({ "id": who.user }));
        let server = &server;
        async move { call::<RemoveMember>(server, &cookie, arguments).await.status() }
    };
    let (one, other) = tokio::join!(remove(&server.owner, &second), remove(&second, &server.owner));
    assert!(one == StatusCode::OK || other == StatusCode::OK, "{one} {other}");
    let owners: i64 = sqlx::query_scalar("select count(*) from members where role = 'owner'")
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(owners, 1);
}

#[tokio::test]
async fn who_is_removed_or_lowered_may_no_more_with_the_next_request() {
    let server = support::server().await;
    let person = server.person("ed@example.com", "Test workspace", Role::Editor).await;
    let create = async || {
        let by_token = server.anonymous(Method::POST, "/api/v1/workflows").bearer_auth(&person.token);
        let by_token = by_token.json(&json!({ "name": "x" })).send().await.unwrap().status();
        let request = server.anonymous(Method::POST, "/api/v1/workflows").header("cookie", &person.cookie);
        let by_cookie = request.header("origin", &server.url).json(&json!({ "name": "x" })).send().await.unwrap();
        [by_token, by_cookie.status()]
    };
    assert_eq!(create().await, [StatusCode::CREATED; 2]);
    read::<ChangeRole, ()>(&server, &server.owner.cookie, json!({ "id": person.user, "role": "viewer" })).await;
    assert_eq!(create().await, [StatusCode::FORBIDDEN; 2]);
    read::<RemoveMember, ()>(&server, &server.owner.cookie, json!({ "id": person.user })).await;
    assert_eq!(create().await, [StatusCode::UNAUTHORIZED; 2]);
    assert_eq!(session(&server, &person.cookie).await, None);
}

#[tokio::test]
async fn another_role_gives_every_login_another_value() {
    let server = support::server().await;
    let person = server.person("ed@example.com", "Test workspace", Role::Viewer).await;
    read::<ChangeRole, ()>(&server, &server.owner.cookie, json!({ "id": person.user, "role": "admin" })).await;
    let next = call::<AskSession>(&server, &person.cookie, json!({})).await;
    let value = cookie_of(&next);
    assert_ne!(value, person.cookie);
    assert_eq!(session(&server, &value).await.unwrap().role, Role::Admin);
    sql(&server, "update sessions set renewed_at = now() - interval '11 seconds'").await;
    assert_eq!(session(&server, &person.cookie).await, None, "what was under way has had its time");
}

#[tokio::test]
async fn an_admin_ends_all_logins_of_a_member() {
    let server = support::server().await;
    let person = server.person("ed@example.com", "Test workspace", Role::Editor).await;
    let sessions: Vec<SessionSummary> = read::<ListSessions, _>(&server, &person.cookie, json!({})).await;
    assert_eq!(sessions.len(), 1);
    read::<EndMemberSessions, ()>(&server, &server.owner.cookie, json!({ "id": person.user })).await;
    assert_eq!(session(&server, &person.cookie).await, None);
    assert!(session(&server, &server.owner.cookie).await.is_some());
    let stranger = server.person("stranger@example.com", "Elsewhere", Role::Viewer).await;
    assert_eq!(
        code::<EndMemberSessions>(&server, &server.owner.cookie, json!({ "id": stranger.user })).await,
        "not_found"
    );
    assert!(session(&server, &stranger.cookie).await.is_some());
}

#[tokio::test]
async fn power_over_people_wants_the_password() {
    let server = support::server().await;
    let person = server.person("ed@example.com", "Test workspace", Role::Editor).await;
    sql(&server, "update sessions set confirmed_at = now() - interval '11 minutes'").await;
    let cookie = &server.owner.cookie;
    let role = json!({ "id": person.user, "role": "admin" });
    assert_eq!(code::<ChangeRole>(&server, cookie, role).await, "confirm_password");
    let invite = json!({ "email": "x@example.com", "role": "viewer" });
    assert_eq!(code::<InviteMember>(&server, cookie, invite).await, "confirm_password");
    assert_eq!(code::<RemoveMember>(&server, cookie, json!({ "id": person.user })).await, "confirm_password");
    read::<EndMemberSessions, ()>(&server, cookie, json!({ "id": person.user })).await;
}

#[tokio::test]
async fn a_person_goes_from_workspace_to_workspace() {
    let server = support::server().await;
    let cookie = server.owner.cookie.clone();
    read::<CreateWorkspace, Value>(&server, &cookie, json!({ "name": " Second " })).await;
    let here = session(&server, &cookie).await.unwrap();
    assert_eq!((here.workspace_name.as_str(), here.role), ("Second", Role::Owner));
    let all: Vec<Membership> = read::<ListWorkspaces, _>(&server, &cookie, json!({})).await;
    assert_eq!(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Test workspace", "Second"]);
    read::<SwitchWorkspace, ()>(&server, &cookie, json!({ "id": server.owner.workspace })).await;
    assert_eq!(session(&server, &cookie).await.unwrap().workspace_name, "Test workspace");

    let stranger = server.person("stranger@example.com", "Elsewhere", Role::Owner).await;
    let theirs = json!({ "id": stranger.workspace });
    assert_eq!(code::<SwitchWorkspace>(&server, &cookie, theirs).await, "not_found");
    assert_eq!(session(&server, &cookie).await.unwrap().workspace_name, "Test workspace");
    let editor = server.person("ed@example.com", "Test workspace", Role::Editor).await;
    assert_eq!(code::<CreateWorkspace>(&server, &editor.cookie, json!({ "name": "Mine" })).await, "forbidden");
}

#[tokio::test]
async fn who_is_locked_out_is_out_everywhere_until_let_in_again() {
    let server = support::server().await;
    let person = server.person("ed@example.com", "Test workspace", Role::Editor).await;
    let pool = &server.app.everywhere;
    let by_token = async || {
        let request = server.anonymous(Method::GET, "/api/v1/workflows").bearer_auth(&person.token);
        request.send().await.unwrap().status()
    };
    people::lock_out(pool, " Ed@Example.com", true).await.unwrap();
    assert_eq!((session(&server, &person.cookie).await, by_token().await), (None, StatusCode::UNAUTHORIZED));
    people::lock_out(pool, "ed@example.com", false).await.unwrap();
    assert_eq!(session(&server, &person.cookie).await, None, "the login is over");
    assert_eq!(by_token().await, StatusCode::OK);
    assert!(people::lock_out(pool, "nobody@example.com", true).await.is_err());
}
