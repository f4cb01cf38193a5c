//! Notification channels and the credentials that they tell with.

use flowpilot::{
    api::ApiError,
    domain::{
        channel::{ChannelKind, NewChannel},
        credential::{Contents, CredentialKind, NewCredential},
        id::CredentialId,
        task::Kind,
    },
    server::{channels, credentials},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    peer::Peer,
    stand::{chain, node},
    support::{self, TestServer},
    trigger_desk::Desk,
};

/// A webhook's address at the peer, for nodes of this kind alone.
async fn keep(server: &TestServer, peer: &Peer, task: Kind) -> CredentialId {
    let values = [("value".to_owned(), peer.url("/hook"))].into();
    let contents = Contents { values, allowed_kinds: vec![task], ..Contents::default() };
    let new = NewCredential { name: "Hook".into(), kind: CredentialKind::Secret, contents, only_chosen: false };
    credentials::create(&Desk::of(server).caller(), &new).await.unwrap()
}

async fn open(server: &TestServer, name: &str, kind: ChannelKind, credential: &str) -> Result<(), ApiError> {
    let new = NewChannel {
        name: name.to_owned(),
        kind,
        target: String::new(),
        server: String::new(),
        sender: String::new(),
        credential: credential.to_owned(),
    };
    channels::create(&Desk::of(server).caller(), new).await.map(drop).map_err(ApiError::from)
}

/// The end of an execution in which “Notify” tells something through the channel.
async fn tell(server: &TestServer, channel: &str) -> Value {
    let tell = node("tell", Kind::Notify, json!({ "channel": channel, "text": "The disk is full." }));
    let workflow = Desk::of(server).publish(chain(vec![node("start", Kind::Manual, json!({})), tell])).await;
    let start = json!({ "workflow_id": workflow, "input": {} });
    let answer = server.call(Method::POST, "/api/v1/executions?wait=50").json(&start).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn the_task_of_a_channel_counts_as_the_node_that_uses_its_credential() {
    let (server, mut peer) = (support::server().await, Peer::answering(200, &[], json!("ok")).await);
    keep(&server, &peer, Kind::SlackMessage).await;
    open(&server, "Ops", ChannelKind::Slack, "Hook").await.unwrap();
    let over = tell(&server, "Ops").await;
    assert_eq!(over["status"], "succeeded", "{over}");
    assert!(String::from_utf8_lossy(&peer.seen.try_recv().unwrap().body).contains("The disk is full."));

    sqlx::query("update credentials set allowed_kinds = '{teams_message}'")
        .execute(&server.database.pool)
        .await
        .unwrap();
    let over = tell(&server, "Ops").await;
    assert_eq!(over["status"], "failed", "{over}");
    assert!(over.to_string().contains("for Teams message only, not for Slack message"), "{over}");
    assert!(peer.seen.try_recv().is_err(), "nothing was sent");
}

#[tokio::test]
async fn a_channel_that_could_tell_nobody_is_refused_at_its_credential() {
    let (server, peer) = (support::server().await, Peer::answering(200, &[], json!("ok")).await);
    keep(&server, &peer, Kind::SlackMessage).await;
    for (kind, credential, why) in [
        (ChannelKind::Teams, "Hook", "is for Slack message only, not for Teams message"),
        (ChannelKind::Slack, "Nobody's", "There is no credential “Nobody's”"),
    ] {
        let error = open(&server, "Ops", kind, credential).await.unwrap_err();
        let problem = &error.problems[0];
        assert_eq!((error.status, problem.field.as_deref()), (422, Some("credential")), "{credential}");
        assert!(problem.message.contains(why), "{}", problem.message);
    }
}

#[tokio::test]
async fn a_credential_knows_the_channels_that_tell_with_it() {
    let (server, peer) = (support::server().await, Peer::answering(200, &[], json!("ok")).await);
    let id = keep(&server, &peer, Kind::SlackMessage).await;
    let caller = Desk::of(&server).caller();
    assert!(credentials::usage(&caller, id).await.unwrap().is_empty());
    open(&server, "Ops", ChannelKind::Slack, "Hook").await.unwrap();
    assert_eq!(credentials::usage(&caller, id).await.unwrap().channels, ["Ops"]);
    let refused = ApiError::from(credentials::delete(&caller, id, false).await.unwrap_err());
    assert_eq!(refused.code, "in_use");
    assert!(refused.detail.contains("the channel Ops"), "{}", refused.detail);
    credentials::delete(&caller, id, true).await.unwrap();
}
