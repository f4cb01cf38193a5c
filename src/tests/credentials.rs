//! Credentials through the door that the browser uses, and what the database keeps of them.

use flowpilot::{
    api::credentials::{CreateCredential, CredentialUsage, DeleteCredential, ListCredentials, ReplaceCredential},
    domain::{credential::CredentialKind, id::WorkspaceId, role::Role, task::Kind},
    server::{runners::Secret, secrets::Secrets},
};
use leptos::server_fn::ServerFn;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    peer::Peer,
    stand::{chain, node},
    support::{self, Person, TestServer},
    trigger_desk::Desk,
};

const CANARY: &str = "canary-8d1e7f60";

#[tokio::test]
async fn a_value_goes_in_and_never_comes_out() {
    let server = support::server().await;
    let owner = &server.owner;
    let (status, id) = create(&server, owner, token("CRM", CANARY)).await;
    assert_eq!(status, 200, "{id}");
    let (_, list) = ask::<ListCredentials>(&server, owner, json!({})).await;
    assert_eq!(
        (&list[0]["name"], &list[0]["kind"], &list[0]["allowed_hosts"]),
        (&json!("CRM"), &json!("token"), &json!(["crm.test"]))
    );
    assert!(!list.to_string().contains(CANARY), "{list}");
    let rows: Vec<String> = sqlx::query_scalar("select c::text || encode(values_sealed, 'escape') from credentials c")
        .fetch_all(&server.database.pool)
        .await
        .unwrap();
    assert!(rows.len() == 1 && !rows[0].contains("canary"), "{rows:?}");
    let secret = opened(&server, owner.workspace, "CRM").await.unwrap();
    assert_eq!(secret.kind, CredentialKind::Token);
    assert_eq!(secret.value_for("crm.test", "value").unwrap(), format!("Bearer {CANARY}"));
}

#[tokio::test]
async fn a_name_is_taken_once_per_workspace() {
    let server = support::server().await;
    let other = server.person("other@example.com", "Another workspace", Role::Owner).await;
    assert_eq!(create(&server, &server.owner, token("CRM", CANARY)).await.0, 200);
    assert_eq!(create(&server, &other, token("CRM", CANARY)).await.0, 200);
    let (status, error) = create(&server, &server.owner, token("  CRM ", CANARY)).await;
    assert_eq!((status, &error["code"], &error["problems"][0]["field"]), (409, &json!("name_taken"), &json!("name")));
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let server = support::server().await;
    let new = json!({"name": "", "kind": "token", "contents": {"values": {"header": "a b", "value": "x"}, "allowed_hosts": ["http://x"]}});
    let (status, error) = create(&server, &server.owner, new).await;
    assert_eq!(status, 422);
    let fields: Vec<&str> =
        error["problems"].as_array().unwrap().iter().map(|problem| problem["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "header", "value", "allowed_hosts"]);
}

#[tokio::test]
async fn roles_do_what_the_matrix_says() {
    let server = support::server().await;
    let (_, id) = create(&server, &server.owner, token("CRM", CANARY)).await;
    for (role, may_add, may_manage) in
        [(Role::Viewer, 403, 403), (Role::Operator, 403, 403), (Role::Editor, 200, 403), (Role::Admin, 200, 200)]
    {
        let person = server.person(&format!("{}@example.com", role.name()), "Test workspace", role).await;
        assert_eq!(ask::<ListCredentials>(&server, &person, json!({})).await.0, may_add, "{role:?}");
        assert_eq!(create(&server, &person, token(role.name(), CANARY)).await.0, may_add, "{role:?}");
        let replacement = json!({"id": id, "contents": {"values": {"header": "X", "value": "other-value"}}});
        assert_eq!(ask::<ReplaceCredential>(&server, &person, replacement).await.0, may_manage, "{role:?}");
        assert_eq!(ask::<CredentialUsage>(&server, &person, json!({"id": id})).await.0, may_manage, "{role:?}");
    }
}

#[tokio::test]
async fn another_workspace_sees_and_touches_nothing() {
    let server = support::server().await;
    let (_, id) = create(&server, &server.owner, token("CRM", CANARY)).await;
    let other = server.person("other@example.com", "Another workspace", Role::Owner).await;
    assert_eq!(ask::<ListCredentials>(&server, &other, json!({})).await.1, json!([]));
    let replacement = json!({"id": id, "contents": {"values": {"header": "X", "value": "other-value"}}});
    assert_eq!(ask::<ReplaceCredential>(&server, &other, replacement).await.0, 404);
    assert_eq!(ask::<CredentialUsage>(&server, &other, json!({"id": id})).await.0, 404);
    assert_eq!(ask::<DeleteCredential>(&server, &other, json!({"id": id, "even_if_used": true})).await.0, 404);
    assert!(opened(&server, other.workspace, "CRM").await.is_none());
    assert!(opened(&server, server.owner.workspace, "CRM").await.is_some());
}

#[tokio::test]
async fn a_replacement_leaves_nothing_of_the_old_value() {
    let server = support::server().await;
    let (_, id) = create(&server, &server.owner, token("CRM", CANARY)).await;
    let replacement =
        json!({"id": id, "contents": {"values": {"header": "X-Key", "value": "other-value"}, "allowed_hosts": []}});
    assert_eq!(ask::<ReplaceCredential>(&server, &server.owner, replacement).await, (200, json!(null)));
    let secret = opened(&server, server.owner.workspace, "CRM").await.unwrap();
    assert_eq!((secret.value("header"), secret.value("value")), (Ok("X-Key"), Ok("other-value")));
}

#[tokio::test]
async fn a_replacement_asks_whoever_has_not_shown_their_password_lately() {
    let server = support::server().await;
    let (_, id) = create(&server, &server.owner, token("CRM", CANARY)).await;
    sqlx::query("update sessions set confirmed_at = now() - interval '11 minutes'")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let replacement = json!({"id": id, "contents": {"values": {"header": "X", "value": "other-value"}}});
    let (status, error) = ask::<ReplaceCredential>(&server, &server.owner, replacement).await;
    assert_eq!((status, &error["code"]), (403, &json!("confirm_password")));
    assert!(opened(&server, server.owner.workspace, "CRM").await.unwrap().value("value").unwrap().contains(CANARY));
}

#[tokio::test]
async fn deleting_a_used_credential_names_the_workflows_and_needs_a_confirmation() {
    let server = support::server().await;
    let (_, id) = create(&server, &server.owner, token("CRM", CANARY)).await;
    let draft = json!({"name": "Sign-up", "nodes": [{"id": "a", "name": "A", "kind": "http_request", "parameters": {"credential": "CRM"}}], "edges": []});
    sqlx::query("insert into workflows (workspace_id, id, name, draft) values ($1, $2, 'Sign-up', $3)")
        .bind(server.owner.workspace.0)
        .bind(Uuid::now_v7())
        .bind(draft)
        .execute(&server.database.pool)
        .await
        .unwrap();
    let (status, usage) = ask::<CredentialUsage>(&server, &server.owner, json!({"id": id})).await;
    let one = &usage["nodes"][0];
    let named = (&one["workflow_name"], &one["node"], &one["node_name"], &one["live"]);
    assert_eq!((status, named), (200, (&json!("Sign-up"), &json!("a"), &json!("A"), &json!(false))));
    let (status, error) =
        ask::<DeleteCredential>(&server, &server.owner, json!({"id": id, "even_if_used": false})).await;
    assert_eq!((status, &error["code"]), (409, &json!("in_use")));
    assert!(error["detail"].as_str().unwrap().contains("Sign-up"), "{error}");
    assert_eq!(ask::<DeleteCredential>(&server, &server.owner, json!({"id": id, "even_if_used": true})).await.0, 200);
    assert!(opened(&server, server.owner.workspace, "CRM").await.is_none());
}

#[tokio::test]
async fn an_execution_whose_credential_was_deleted_fails_at_its_field_and_sends_nothing() {
    let (server, mut peer) = (support::server().await, Peer::answering(200, &[], json!({})).await);
    let (_, id) = create(&server, &server.owner, token("CRM", CANARY)).await;
    let call = json!({"method": "GET", "url": peer.url("/"), "credential": "CRM"});
    let nodes = vec![node("start", Kind::Manual, json!({})), node("call", Kind::HttpRequest, call)];
    let workflow = Desk::of(&server).publish(chain(nodes)).await;
    assert_eq!(ask::<DeleteCredential>(&server, &server.owner, json!({"id": id, "even_if_used": true})).await.0, 200);
    let start = json!({"workflow_id": workflow, "input": {}});
    let over = server.call(Method::POST, "/api/v1/executions?wait=50").json(&start).send().await.unwrap();
    let over: Value = over.json().await.unwrap();
    assert_eq!(over["status"], "failed", "{over}");
    let path = format!("/api/v1/executions/{}/events", over["id"].as_str().unwrap());
    let page: Value = server.call(Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let failed = page["events"].as_array().unwrap().iter().find(|event| event["type"] == "attempt_failed").unwrap();
    assert_eq!(failed["error"]["field"], "credential", "{failed}");
    assert!(failed["error"]["message"].as_str().unwrap().contains("no credential “CRM” any more"), "{failed}");
    assert!(peer.seen.try_recv().is_err(), "nothing was sent");
}

#[tokio::test]
async fn a_sealed_value_opens_in_its_own_place_only() {
    let (database, secrets) = (support::database().await, secrets());
    let mut db = database.pool.acquire().await.unwrap();
    let (here, there) = (workspace(&mut db).await, workspace(&mut db).await);
    let sealed = secrets.seal(&mut db, here, "webhook|1", CANARY.as_bytes()).await.unwrap();
    assert_eq!(secrets.open(&mut db, here, "webhook|1", &sealed).await.unwrap().as_slice(), CANARY.as_bytes());
    assert!(secrets.open(&mut db, here, "webhook|2", &sealed).await.is_err());
    assert!(secrets.open(&mut db, there, "webhook|1", &sealed).await.is_err());
}

#[tokio::test]
async fn the_wrong_key_refuses_to_start_and_the_right_one_goes_on() {
    let database = support::database().await;
    let (right, wrong) = (secrets(), secrets());
    right.verify(&database.pool).await.unwrap();
    right.verify(&database.pool).await.unwrap();
    let refusal = wrong.verify(&database.pool).await.unwrap_err().to_string();
    assert!(
        refusal.contains("does not belong to this database") && refusal.contains("FLOWPILOT_KEY_FILE"),
        "{refusal}"
    );
}

fn secrets() -> Secrets {
    Secrets::load(&support::scratch_dir("secrets"), None).unwrap()
}

async fn workspace(db: &mut sqlx::PgConnection) -> WorkspaceId {
    let id = WorkspaceId(Uuid::now_v7());
    sqlx::query("insert into workspaces (id, name) values ($1, 'Test')").bind(id.0).execute(db).await.unwrap();
    id
}

fn token(name: &str, value: &str) -> Value {
    let values = json!({"header": "Authorization", "value": format!("Bearer {value}")});
    json!({"name": name, "kind": "token", "contents": {"values": values, "allowed_hosts": ["crm.test"]}})
}

async fn create(server: &TestServer, person: &Person, new: Value) -> (u16, Value) {
    ask::<CreateCredential>(server, person, json!({ "new": new })).await
}

/// Calls a server function as the person's browser does.
async fn ask<F: ServerFn>(server: &TestServer, person: &Person, body: Value) -> (u16, Value) {
    let request = server.http.post(format!("{}{}", server.url, F::PATH));
    let request = request.header("cookie", &person.cookie).header("origin", &server.url);
    let response = request.json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

async fn opened(server: &TestServer, workspace: WorkspaceId, name: &str) -> Option<Secret> {
    let mut tx = server.app.tenants.begin(workspace).await.unwrap();
    let found = server.app.secrets.credential(&mut tx, workspace, name).await.unwrap();
    found.map(|(_, secret)| secret)
}
