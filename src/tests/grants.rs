//! A credential for chosen people: who may publish with it, and that executions ask again.

use flowpilot::{
    api::credentials::{
        CreateCredential, CredentialAccess, DeleteCredential, GetCredential, ListCredentials, ReplaceCredential,
        SetCredentialAccess, TestCredential,
    },
    domain::role::Role,
};
use leptos::server_fn::ServerFn;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    support::{self, Person, TestServer},
};

/// Calls a server function as the person's browser does.
async fn ask<F: ServerFn>(server: &TestServer, person: &Person, body: Value) -> (u16, Value) {
    let request = server.anonymous(Method::POST, F::PATH);
    let request = request.header("cookie", &person.cookie).header("origin", &server.url);
    let response = request.json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

async fn rest(server: &TestServer, person: &Person, path: &str, body: Value) -> (StatusCode, Value) {
    let request = server.anonymous(Method::POST, &format!("/api/v1{path}")).bearer_auth(&person.token);
    let response = request.json(&body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

async fn create(server: &TestServer, person: &Person, name: &str, only_chosen: bool) -> String {
    let contents = json!({"values": {"token": "canary-of-the-crm"}});
    let new = json!({"name": name, "kind": "bearer", "contents": contents, "only_chosen": only_chosen});
    let (status, id) = ask::<CreateCredential>(server, person, json!({ "new": new })).await;
    assert_eq!(status, 200, "{id}");
    id.as_str().unwrap().to_owned()
}

async fn entrust(server: &TestServer, by: &Person, id: &str, people: &[&Person]) {
    let people: Vec<_> = people.iter().map(|person| person.user).collect();
    let access = json!({"id": id, "only_chosen": true, "people": people});
    assert_eq!(ask::<SetCredentialAccess>(server, by, access).await, (200, json!(null)));
}

/// Calls the peer with the credential.
fn workflow(peer: &Peer, name: &str) -> Value {
    let parameters = json!({"method": "GET", "url": peer.url("/crm"), "credential": "CRM"});
    json!({
        "name": name,
        "nodes": [
            { "id": "start", "name": "Start", "kind": "manual" },
            { "id": "call", "name": "Call", "kind": "http_request", "parameters": parameters },
        ],
        "edges": [{ "from": { "node": "start", "port": "out" }, "to": { "node": "call", "port": "in" } }],
    })
}

/// Created and published by this person, or why not.
async fn publish(server: &TestServer, person: &Person, peer: &Peer, name: &str) -> (String, Result<(), Value>) {
    let (_, made) = rest(server, person, "/workflows", workflow(peer, name)).await;
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let (status, said) = rest(server, person, &format!("/workflows/{id}/publish"), json!({})).await;
    (id, if status.is_success() { Ok(()) } else { Err(said) })
}

/// Runs the published version as this person; the execution when it is over.
async fn run(server: &TestServer, person: &Person, workflow: &str) -> Value {
    let start = json!({"workflow_id": workflow, "input": {}});
    let (status, over) = rest(server, person, "/executions?wait=50", start).await;
    assert!(status.is_success(), "{over}");
    over
}

#[tokio::test]
async fn who_is_not_chosen_can_neither_publish_nor_try_a_node_with_it() {
    let (server, peer) = (support::server().await, Peer::answering(200, &[], json!({})).await);
    let editor = server.person("editor@example.com", "Test workspace", Role::Editor).await;
    let id = create(&server, &server.owner, "CRM", true).await;
    let (_, list) = ask::<ListCredentials>(&server, &editor, json!({})).await;
    assert_eq!(list[0]["rights"], json!({"may_use": false, "may_manage": false}));

    let (workflow, refused) = publish(&server, &editor, &peer, "Mine").await;
    let problem = &refused.unwrap_err()["problems"][0];
    assert_eq!((&problem["node"], &problem["field"]), (&json!("call"), &json!("credential")));
    assert!(problem["message"].as_str().unwrap().contains("for chosen people only"), "{problem}");
    let draft = json!({"workflow_id": workflow, "draft": true, "input": {}});
    let (status, said) = rest(&server, &editor, "/executions", draft).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");

    entrust(&server, &server.owner, &id, &[&editor]).await;
    let (_, list) = ask::<ListCredentials>(&server, &editor, json!({})).await;
    assert_eq!(list[0]["rights"], json!({"may_use": true, "may_manage": false}));
    assert_eq!(rest(&server, &editor, &format!("/workflows/{workflow}/publish"), json!({})).await.0, StatusCode::OK);
    assert_eq!(run(&server, &editor, &workflow).await["status"], "succeeded");
}

#[tokio::test]
async fn executions_ask_again_whether_whoever_published_may_use_it() {
    let (server, mut peer) = (support::server().await, Peer::answering(200, &[], json!({})).await);
    let editor = server.person("editor@example.com", "Test workspace", Role::Editor).await;
    let operator = server.person("operator@example.com", "Test workspace", Role::Operator).await;
    let id = create(&server, &server.owner, "CRM", true).await;
    entrust(&server, &server.owner, &id, &[&editor]).await;
    let (workflow, published) = publish(&server, &editor, &peer, "Mine").await;
    published.unwrap();
    // Whoever presses Run is of no account: the operator may not use it.
    assert_eq!(run(&server, &operator, &workflow).await["status"], "succeeded");
    assert_eq!(peer.seen.try_recv().unwrap().headers["authorization"], "Bearer canary-of-the-crm");

    entrust(&server, &server.owner, &id, &[]).await;
    let over = run(&server, &server.owner, &workflow).await;
    assert_eq!(over["status"], "failed", "{over}");
    assert!(over.to_string().contains("for chosen people only"), "{over}");
    assert!(peer.seen.try_recv().is_err(), "nothing was sent");

    // An owner who publishes it answers for it, until the credential's people are chosen anew.
    let (again, published) = publish(&server, &server.owner, &peer, "Ours").await;
    published.unwrap();
    assert_eq!(run(&server, &operator, &again).await["status"], "succeeded");
}

#[tokio::test]
async fn a_publisher_who_lost_their_role_answers_for_nothing_any_more() {
    let (server, peer) = (support::server().await, Peer::answering(200, &[], json!({})).await);
    let editor = server.person("editor@example.com", "Test workspace", Role::Editor).await;
    let id = create(&server, &server.owner, "CRM", true).await;
    entrust(&server, &server.owner, &id, &[&editor]).await;
    let (workflow, published) = publish(&server, &editor, &peer, "Mine").await;
    published.unwrap();
    assert_eq!(run(&server, &server.owner, &workflow).await["status"], "succeeded");
    sqlx::query("update members set role = 'viewer' where user_id = $1")
        .bind(editor.user.0)
        .execute(&server.database.pool)
        .await
        .unwrap();
    assert_eq!(run(&server, &server.owner, &workflow).await["status"], "failed");
}

#[tokio::test]
async fn editors_manage_the_credentials_that_they_created_and_no_others() {
    let server = support::server().await;
    let [ada, bob] = ["ada", "bob"].map(|name| format!("{name}@example.com"));
    let ada = server.person(&ada, "Test workspace", Role::Editor).await;
    let bob = server.person(&bob, "Test workspace", Role::Editor).await;
    let id = create(&server, &ada, "Ada's", true).await;
    let of_owner = create(&server, &server.owner, "The owner's", false).await;
    let values = json!({"values": {"token": "canary-two"}});
    for (person, id, allowed) in [(&ada, &id, 200), (&bob, &id, 403), (&ada, &of_owner, 403), (&server.owner, &id, 200)]
    {
        let asked = [
            ask::<GetCredential>(&server, person, json!({"id": id})).await,
            ask::<CredentialAccess>(&server, person, json!({"id": id})).await,
            ask::<ReplaceCredential>(&server, person, json!({"id": id, "contents": values})).await,
            ask::<SetCredentialAccess>(&server, person, json!({"id": id, "only_chosen": true, "people": []})).await,
            ask::<TestCredential>(&server, person, json!({"id": id, "place": "http://127.0.0.1:1/"})).await,
        ];
        let statuses = asked.iter().map(|(status, _)| *status).collect::<Vec<_>>();
        assert_eq!(statuses, vec![allowed; asked.len()], "{}: {asked:?}", person.email);
    }
    let (_, access) = ask::<CredentialAccess>(&server, &ada, json!({"id": id})).await;
    let people = access["people"].as_array().unwrap().iter();
    let always: Vec<_> = people.map(|one| (one["email"].as_str().unwrap(), one["always"].as_bool().unwrap())).collect();
    assert_eq!(always, [("owner@example.com", true), ("ada@example.com", true), ("bob@example.com", false)]);
    assert_eq!(ask::<DeleteCredential>(&server, &bob, json!({"id": id, "even_if_used": true})).await.0, 403);
    assert_eq!(ask::<DeleteCredential>(&server, &ada, json!({"id": id, "even_if_used": true})).await.0, 200);
}

#[tokio::test]
async fn only_members_who_may_publish_are_entrusted_and_a_forgotten_screen_entrusts_nobody() {
    let server = support::server().await;
    let viewer = server.person("viewer@example.com", "Test workspace", Role::Viewer).await;
    let foreign = server.person("foreign@example.com", "Another workspace", Role::Editor).await;
    let id = create(&server, &server.owner, "CRM", true).await;
    for person in [&viewer, &foreign] {
        let access = json!({"id": id, "only_chosen": true, "people": [person.user]});
        let (status, said) = ask::<SetCredentialAccess>(&server, &server.owner, access).await;
        assert_eq!((status, &said["problems"][0]["field"]), (422, &json!("people")), "{}", person.email);
    }
    let old = "update sessions set confirmed_at = now() - interval '11 minutes'";
    sqlx::query(old).execute(&server.database.pool).await.unwrap();
    let access = json!({"id": id, "only_chosen": false, "people": []});
    let (status, said) = ask::<SetCredentialAccess>(&server, &server.owner, access).await;
    assert_eq!((status, &said["code"]), (403, &json!("confirm_password")));
}
