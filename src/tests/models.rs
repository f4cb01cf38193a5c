//! The models that a provider offers to whoever draws a node that asks one.

use flowpilot::{
    api::ApiError,
    domain::{
        credential::{Contents, CredentialKind, NewCredential},
        id::WorkspaceId,
        provider::{Credits, ModelUsage},
        role::Role,
        task::Kind,
    },
    server::{Caller, credentials, models, runners},
};
use serde_json::json;

use crate::{peer::Peer, runners::call, support, trigger_desk::Desk};

async fn keep(caller: &Caller, name: &str, allowed_kinds: Vec<Kind>, only_chosen: bool) {
    let values = [("token".to_owned(), "canary-of-the-provider".to_owned())].into();
    let contents = Contents { values, allowed_kinds, ..Contents::default() };
    let new = NewCredential { name: name.to_owned(), kind: CredentialKind::Bearer, contents, only_chosen };
    credentials::create(caller, &new).await.unwrap();
}

async fn refusal(caller: &Caller, kind: Kind, server: &str, credential: &str) -> (Option<String>, String) {
    let error = ApiError::from(models::provider(caller, kind, server, credential).await.unwrap_err());
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
        let found = models::provider(&caller, Kind::LlmChat, &peer.url("/v1/"), "Key").await.unwrap();
        assert_eq!(found.models, ["large ••••••", "small"]);
    }
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("GET", "/v1/models"));
    assert_eq!(seen.headers["authorization"], "Bearer canary-of-the-provider");
    assert_eq!(peer.seen.recv().await.unwrap().uri, "/v1/key", "what is left to spend");
    assert!(peer.seen.try_recv().is_err(), "it is asked once");
}

#[tokio::test]
async fn what_tasks_asked_of_a_provider_is_counted_beside_its_credits() {
    let server = support::server().await;
    let caller = Desk::of(&server).caller();
    keep(&caller, "Key", Vec::new(), false).await;
    let said = json!({
        "model": "small", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25, "cost": 0.5},
    });
    let (offered, key) =
        (json!({"data": [{"id": "small"}]}), json!({"data": {"usage": 25.5, "limit_remaining": 74.5}}));
    let peer = Peer::answering_by_turns([said.clone(), said, json!({"choices": []}), offered, key]).await;
    let url = peer.url("/v1");
    for _ in 0..3 {
        let mut call = call(Kind::LlmChat, json!({"server": url, "model": "small", "prompt": "Hi", "format": "text"}));
        call.workspace = caller.workspace;
        let _ = runners::run(call).await;
    }
    let found = models::provider(&caller, Kind::LlmChat, &format!("{url}/"), "Key").await.unwrap();
    assert_eq!(found.credits, Some(Credits { used: 25.5, left: Some(74.5) }));
    let usage = found.usage;
    assert_eq!((usage.answers, usage.failures, usage.cost), (2, 1, Some(1.0)));
    assert_eq!((usage.prompt_tokens, usage.completion_tokens), (40, 10));
    assert_eq!(usage.last_failure.as_deref(), Some("127.0.0.1 answered without a text."));
    let neighbour = runners::model_usage(WorkspaceId(uuid::Uuid::now_v7()), &url);
    assert_eq!(neighbour, ModelUsage::default());
}

#[tokio::test]
async fn a_key_goes_to_its_hosts_only_also_to_ask_for_models() {
    let server = support::server().await;
    let caller = Desk::of(&server).caller();
    let values = [("token".to_owned(), "canary-of-the-provider".to_owned())].into();
    let contents = Contents { values, allowed_hosts: vec!["api.example.com".into()], ..Contents::default() };
    let new = NewCredential { name: "Elsewhere".into(), kind: CredentialKind::Bearer, contents, only_chosen: false };
    credentials::create(&caller, &new).await.unwrap();
    let mut peer = Peer::answering(200, &[], json!({"data": []})).await;
    let (field, message) = refusal(&caller, Kind::LlmChat, &peer.url("/v1"), "Elsewhere").await;
    assert_eq!(field.as_deref(), Some("credential"), "{message}");
    assert!(message.contains("api.example.com only"), "{message}");
    assert!(peer.seen.try_recv().is_err(), "nothing was sent");
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
