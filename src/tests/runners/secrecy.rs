//! A secret appears nowhere but at the peer: not in outputs, not in errors, not in the most talkative log.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::runners::{self, Call, Secret},
};
use serde_json::json;

use super::call;
use crate::{peer::Peer, smtp::Sink};

const CANARY: &str = "cAnary/77+\"q=9 ü&x";

#[tokio::test]
async fn no_runner_tells_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let sink = Sink::start("220 sink").await;
    for status in [200, 302, 400, 503] {
        let peer = Peer::echoing(status).await;
        for call in calls(&peer, &sink) {
            tracing::info!(kind = call.kind.name(), status, "begins");
            let shown = format!("{:?}", runners::run(call).await);
            check(&shown);
        }
    }
    drop(guard);
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("begins") && log.contains("TRACE"), "nothing was logged");
    check(&log);
}

fn calls(peer: &Peer, sink: &Sink) -> Vec<Call> {
    let header = Secret::of(CredentialKind::Token, [("header", "X-Api-Key"), ("value", &CANARY.replace('ü', "u"))]);
    let address = Secret::of(CredentialKind::Secret, [("value", &peer.url("/services/cAnary77secret"))]);
    let login = Secret::of(CredentialKind::SmtpLogin, [("username", "ada"), ("password", CANARY)]);
    let basic = Secret::of(CredentialKind::BasicLogin, [("username", "ada"), ("password", CANARY)]);
    let key = Secret::of(CredentialKind::ApiKey, [("name", "key"), ("value", CANARY)]);
    let bearer = || Secret::of(CredentialKind::Bearer, [("token", &CANARY.replace('ü', "u"))]);
    let signing = Secret::of(CredentialKind::Secret, [("value", CANARY)]);
    let endpoint = peer.url("");
    let store = [("access_key", "ada"), ("secret_key", CANARY), ("endpoint", endpoint.as_str())];
    let store = Secret::of(CredentialKind::S3, store);
    let bot = Secret::of(CredentialKind::Secret, [("value", "77:cAnary77secret")]);
    let slack = Secret::of(CredentialKind::SlackBot, [("token", "xoxb-cAnary77secret")]);
    let with = |kind, parameters, secret| Call { credential: Some(secret), ..call(kind, parameters) };
    let mail = json!({"server": sink.url(), "from": "a@x.org", "to": "b@x.org", "subject": "Hi", "text": "Hi"});
    vec![
        with(Kind::HttpRequest, json!({"method": "POST", "url": peer.url("/"), "body": {"a": 1}}), header),
        with(Kind::SlackMessage, json!({"text": "Hi"}), address.clone()),
        with(Kind::SendEmail, mail, login),
        with(Kind::HttpRequest, json!({"method": "GET", "url": peer.url("/")}), basic),
        with(Kind::HttpRequest, json!({"method": "GET", "url": peer.url("/")}), key),
        with(Kind::S3Object, json!({"do": "read", "bucket": "test", "key": "a"}), store),
        with(Kind::Graphql, json!({"url": peer.url("/"), "query": "{ a }"}), bearer()),
        with(Kind::LlmChat, json!({"server": peer.url("/"), "model": "m", "prompt": "Hi"}), bearer()),
        with(Kind::SendWebhook, json!({"url": peer.url("/"), "event": "a", "data": 1}), signing),
        with(Kind::DiscordMessage, json!({"text": "Hi"}), address.clone()),
        with(Kind::TeamsMessage, json!({"text": "Hi"}), address),
        with(Kind::TelegramMessage, json!({"text": "Hi", "chat": "1", "api": peer.url("/")}), bot),
        with(Kind::SlackMessage, json!({"text": "Hi", "channel": "#a", "api": peer.url("/")}), slack),
    ]
}

/// Plain, hexadecimal, base64 in its three alignments, URL-encoded, JSON-escaped.
fn check(text: &str) {
    let base64 = (0..3).map(|before| {
        let encoded = BASE64_STANDARD_NO_PAD.encode([&[0; 2][..before], CANARY.as_bytes()].concat());
        encoded[4..encoded.len() - 4].to_owned()
    });
    let forms = ["cAnary".to_owned(), hex::encode("cAnary"), "ry%2F77%2B".to_owned(), "ry\\/77".to_owned()];
    for form in forms.into_iter().chain(base64) {
        let place = text.find(&form).map(|at| text[at.saturating_sub(80)..].chars().take(200).collect::<String>());
        assert_eq!(place, None, "{form} was found");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
