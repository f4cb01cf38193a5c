//! Requests that hold on to everything there is: the door for services that call stays open.

use std::time::Duration;

use flowpilot::domain::task::Kind;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    support,
    trigger_desk::{Desk, with_trigger},
};

#[tokio::test]
async fn webhooks_are_taken_while_requests_hold_all_their_connections() {
    let server = support::server().await;
    let desk = Desk::of(&server);
    desk.keep_secret("signing", "canary-of-the-hook").await;
    let guarded = json!({"auth": "header_token", "header": "X-Token", "secret": "signing"});
    let workflow = desk.publish(with_trigger(Kind::Webhook, guarded)).await;
    let url = desk.address(workflow).await;
    let mut held = Vec::new();
    let more = async || {
        tokio::time::timeout(Duration::from_millis(500), server.app.tenants.begin(server.owner.workspace)).await
    };
    while let Ok(transaction) = more().await {
        held.push(transaction.unwrap());
    }
    let call = server.http.post(&url).header("X-Token", "canary-of-the-hook").body("{}");
    assert_eq!(call.send().await.unwrap().status(), StatusCode::ACCEPTED, "{} are held", held.len());
}
