//! Slack messages.

use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::runners::{self, Secret},
};
use serde_json::{Value, json};

use super::{call, done, failed, limited};
use crate::peer::Peer;

#[tokio::test]
async fn a_slack_message_is_posted_to_the_secret_address() {
    let mut peer = Peer::answering(200, &[], json!("ok")).await;
    let mut call = call(Kind::SlackMessage, json!({"text": "New: ada@x.org"}));
    call.credential = Some(Secret::of(CredentialKind::Secret, [("value", &peer.url("/services/canary"))]));
    done(runners::run(call).await);
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(seen.uri, "/services/canary");
    assert_eq!(serde_json::from_slice::<Value>(&seen.body).unwrap(), json!({"text": "New: ada@x.org"}));
}

#[tokio::test]
async fn slacks_words_are_quoted_and_its_address_is_not() {
    let peer = Peer::answering(404, &[], json!("channel_not_found")).await;
    let mut call = call(Kind::SlackMessage, json!({"text": "x"}));
    call.credential = Some(Secret::of(CredentialKind::Secret, [("value", &peer.url("/services/canary"))]));
    let result = runners::run(call).await;
    assert!(!format!("{result:?}").contains("canary"));
    let (message, _) = failed(result);
    assert_eq!(message, "127.0.0.1 answered 404 Not Found. It says: \"channel_not_found\"");
}

#[tokio::test]
async fn a_slack_address_that_its_credential_forbids_gets_nothing() {
    let mut peer = Peer::answering(200, &[], json!("ok")).await;
    let mut call = call(Kind::SlackMessage, json!({"text": "x"}));
    let secret = Secret::of(CredentialKind::Secret, [("value", &peer.url("/services/canary"))]);
    call.credential = Some(limited(secret, "hooks.slack.com"));
    failed(runners::run(call).await);
    assert!(peer.seen.try_recv().is_err());
}
