//! The models that a provider offers to whoever draws a node that asks one.

use flowpilot::{
    api::ApiError,
    domain::{
        credential::{Contents, CredentialKind, NewCredential},
        role::Role,
        task::Kind,
    },
    server::{Caller, credentials, models},
};
use serde_json::json;

use crate::{peer::Peer, support, trigger_desk::Desk};

async fn keep(caller: &Caller, name: &str, allowed_kinds: Vec<Kind>, only_chosen: bool) {
    let values = [("token".to_owned(), "canary-of-the-provider".to_owned())].into();
    let contents = Contents { values, allowed_kinds, ..Contents::default() };
    let new = NewCredential { name: name.to_owned(), kind: CredentialKind::Bearer, contents, only_chosen };
    credentials::create(caller, &new).await.unwrap();
}

async fn refusal(caller: &Caller, kind: Kind, server: &str, credential: &str) -> (Option<String>, String) {
    let error = ApiError::from(models::list(caller, kind, server, credential).await.unwrap_err());
    let problem = error.problems.into_iter().next().expect("it names a field");
    (problem.field, problem.message)
}

#[tokio::test]
async fn models_are_asked_for_with_the_credential_and_remembered() {
    let server = support::server().await;
    let offered = json!({"data": [{"id": "small"}, {"id": "large canary-of-the-provider"}]});
    let mut peer = Peer::answering(200, &[], offered).await;
    let caller = Desk::of(&server).caller();
    keep(&caller, "Key", vec![Kind::LlmChat], false).await;
    for _ in 0..2 {
        let found = models::list(&caller, Kind::LlmChat, &peer.url("/v1/"), "Key").await.unwrap();
        assert_eq!(found, ["large ••••••", "small"]);
    }
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("GET", "/v1/models"));
    assert_eq!(seen.headers["authorization"], "Bearer canary-of-the-provider");
    assert!(peer.seen.try_recv().is_err(), "it is asked once");
}

#[tokio::test]
async fn what_keeps_it_from_asking_is_said_at_its_field() {
    let server = support::server().await;
    let peer = Peer::answering(401, &[], json!({"error": {"message": "no such key"}})).await;
    let desk = Desk::of(&server);
    let (owner, url) = (desk.caller(), peer.url("/v1"));
    let editor = server.person("editor@example.com", "Test workspace", Role::Editor).await;
    let editor = desk.caller_of(&editor, Role::Editor);
    keep(&owner, "For requests", vec![Kind::HttpRequest], false).await;
    keep(&owner, "For the owner", Vec::new(), true).await;
    for (caller, kind, server, credential, field, words) in [
        (&owner, Kind::LlmChat, url.as_str(), "For requests", "credential", "is for HTTP request only"),
        (&owner, Kind::LlmChat, url.as_str(), "Nobody's", "credential", "There is no credential"),
        (&editor, Kind::LlmChat, url.as_str(), "For the owner", "credential", "for chosen people only"),
        (&owner, Kind::LlmChat, url.as_str(), "For the owner", "credential", "no such key"),
        (&owner, Kind::LlmChat, "{{ vars.api }}", "", "server", "cannot be read"),
        (&owner, Kind::HttpRequest, url.as_str(), "", "kind", "asks no model"),
    ] {
        let (named, message) = refusal(caller, kind, server, credential).await;
        assert_eq!(named.as_deref(), Some(field), "{credential}: {message}");
        assert!(message.contains(words), "{message}");
    }
}
