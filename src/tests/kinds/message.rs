//! Messages to people, against services that answer as the real ones do.

use flowpilot::{
    domain::{
        channel::{ChannelKind, NewChannel},
        credential::CredentialKind,
        task::Kind,
    },
    server::channels,
};
use serde_json::{Value, json};

use super::{Case, House};
use crate::{
    peer::Peer,
    smtp::{self, Sink},
};

pub async fn cases(house: &House) -> Vec<Case> {
    let mail = Sink::start("220 sink").await.url();
    house.keep("Mail", CredentialKind::SmtpLogin, &[("username", smtp::USER), ("password", smtp::PASSWORD)]).await;
    house.keep("Bot", CredentialKind::Secret, &[("value", "123456:canary-token")]).await;
    let answers = |answer: Value| async { Peer::answering(200, &[], answer).await.url("/hook") };
    let slack = answers(json!("ok")).await;
    let discord = answers(json!({"id": "9", "channel_id": "8"})).await;
    let telegram = answers(json!({"ok": true, "result": {"message_id": 4, "chat": {"id": -1}}})).await;
    let ops = NewChannel {
        name: "Ops".into(),
        kind: ChannelKind::Email,
        target: "ops@example.com".into(),
        server: mail.clone(),
        sender: "bot@example.com".into(),
        credential: "Mail".into(),
    };
    channels::create(&house.desk().caller(), ops).await.unwrap();
    let email = json!({
        "server": mail, "credential": "Mail", "from": "a@example.com", "to": "b@example.com", "subject": "S", "text": "T",
    });
    vec![
        Case::of(Kind::SendEmail, email, json!(null), json!({"accepted": ["b@example.com"]})),
        Case::of(Kind::SlackMessage, json!({"url": slack, "text": "Hi"}), json!(null), json!({"status": 200})),
        Case::of(Kind::DiscordMessage, json!({"url": discord, "text": "Hi"}), json!(null), json!({"id": "9"})),
        Case::of(Kind::TeamsMessage, json!({"url": slack, "text": "Hi"}), json!(null), json!({"status": 200})),
        Case::of(
            Kind::TelegramMessage,
            json!({"credential": "Bot", "chat": "@x", "text": "Hi", "api": telegram}),
            json!(null),
            json!({"message_id": 4}),
        ),
        Case::of(
            Kind::Notify,
            json!({"channel": "Ops", "title": "Full", "text": "{{ input.what }} is full"}),
            json!({"what": "disk"}),
            json!({"channel": "Ops", "kind": "email", "answer": {"accepted": ["ops@example.com"]}}),
        ),
    ]
}
