//! GraphQL, signed webhooks, messengers, language models: each against a peer that answers as the real one does.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::{credential::CredentialKind, task::Kind},
    server::runners::{self, Call, RunError, Secret},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{CANARY, call, done, failed, limited, now, object, retried};
use crate::peer::{Peer, Seen};

fn with(kind: Kind, parameters: Value) -> Call {
    let mut all = kind.default_parameters();
    all.extend(object(parameters));
    call(kind, Value::Object(all))
}

fn secret(kind: CredentialKind, name: &str, value: &str) -> Option<Secret> {
    Some(Secret::of(kind, [(name, value)]))
}

fn body(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap()
}

#[tokio::test]
async fn a_graphql_query_travels_with_its_variables() {
    let mut peer = Peer::answering(200, &[], json!({"data": {"order": {"total": 7}}})).await;
    let query = "query ($id: ID!) { order(id: $id) { total } }";
    let mut call =
        with(Kind::Graphql, json!({"url": peer.url("/graphql"), "query": query, "variables": {"id": "a\"} {"}}));
    call.credential = secret(CredentialKind::Bearer, "token", CANARY);
    let output = done(runners::run(call).await);
    assert_eq!(output, json!({"data": {"order": {"total": 7}}, "errors": []}));
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(body(&seen), json!({"query": query, "variables": {"id": "a\"} {"}}));
    assert_eq!(seen.headers["authorization"], format!("Bearer {CANARY}").as_str());
}

#[tokio::test]
async fn graphql_errors_fail_unless_what_came_nevertheless_is_wanted() {
    let answer = json!({"data": {"a": 1, "b": null}, "errors": [{"message": "b is not for you", "path": ["b"]}]});
    let peer = Peer::answering(200, &[], answer.clone()).await;
    let ask = |more: Value| {
        let mut parameters = object(json!({"url": peer.url("/"), "query": "{ a b }"}));
        parameters.extend(object(more));
        runners::run(with(Kind::Graphql, Value::Object(parameters)))
    };
    let (message, field) = failed(ask(json!({})).await);
    assert_eq!(
        (message.as_str(), field.as_deref()),
        ("127.0.0.1 answered with an error: b is not for you", Some("query"))
    );
    assert_eq!(done(ask(json!({"on_errors": "hand_on"})).await), answer);
    let (_, field) = failed(ask(json!({"variables": [1]})).await);
    assert_eq!(field.as_deref(), Some("variables"));
    let none = Peer::answering(200, &[], json!({"data": null, "errors": [{"message": "no"}]})).await;
    failed(
        runners::run(with(Kind::Graphql, json!({"url": none.url("/"), "query": "{ a }", "on_errors": "hand_on"})))
            .await,
    );
    let busy = Peer::answering(503, &[], json!("busy")).await;
    retried(runners::run(with(Kind::Graphql, json!({"url": busy.url("/"), "query": "{ a }"}))).await, "503");
}

#[tokio::test]
async fn a_webhook_is_signed_over_its_id_its_time_and_its_body() {
    let mut peer = Peer::answering(200, &[], json!(null)).await;
    let key = b"a key of the test";
    let mut first =
        with(Kind::SendWebhook, json!({"url": peer.url("/in"), "event": "order.shipped", "data": {"id": 7}}));
    first.credential = secret(CredentialKind::Secret, "value", &format!("whsec_{}", BASE64_STANDARD.encode(key)));
    let (execution, id) = (first.execution, format!("msg_{}_send_webhook_1", first.execution.0.simple()));
    let output = done(runners::run(first).await);
    assert_eq!(output["id"], id.as_str());
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(seen.headers["webhook-id"], id.as_str());
    let time = seen.headers["webhook-timestamp"].to_str().unwrap();
    assert_eq!(time, now().timestamp().to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(&seen.body);
    let expected = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(seen.headers["webhook-signature"], expected.as_str());
    assert_eq!(
        body(&seen),
        json!({"type": "order.shipped", "timestamp": "2026-11-20T12:00:00.000Z", "data": {"id": 7}})
    );

    let mut again =
        with(Kind::SendWebhook, json!({"url": peer.url("/in"), "event": "order.shipped", "data": {"id": 7}}));
    (again.execution, again.attempt) = (execution, 2);
    assert_eq!(done(runners::run(again).await)["id"], id.as_str(), "every attempt has the same id");
    assert!(!peer.seen.recv().await.unwrap().headers.contains_key("webhook-signature"));
}

#[tokio::test]
async fn a_signing_secret_that_is_no_key_or_not_for_this_host_stops_the_webhook() {
    let peer = Peer::answering(200, &[], json!(null)).await;
    let send = |secret: Secret| {
        let mut call = with(Kind::SendWebhook, json!({"url": peer.url("/"), "event": "a", "data": 1}));
        call.credential = Some(secret);
        runners::run(call)
    };
    let (_, field) = failed(send(Secret::of(CredentialKind::Secret, [("value", "whsec_%%%")])).await);
    assert_eq!(field.as_deref(), Some("credential"));
    let elsewhere = limited(Secret::of(CredentialKind::Secret, [("value", "a secret")]), "partner.example.com");
    assert!(failed(send(elsewhere).await).0.contains("partner.example.com only"));
}

fn slack_bot(peer: &Peer, more: Value) -> Call {
    let mut parameters = object(json!({"text": "Hi", "channel": "#sales", "api": peer.url("/api/")}));
    parameters.extend(object(more));
    let mut call = with(Kind::SlackMessage, Value::Object(parameters));
    call.credential = secret(CredentialKind::SlackBot, "token", "xoxb-canary-1234");
    call
}

#[tokio::test]
async fn a_slack_bot_posts_to_its_channel_and_thread() {
    let mut peer = Peer::answering(200, &[], json!({"ok": true, "channel": "C1", "ts": "1.2"})).await;
    let output = done(runners::run(slack_bot(&peer, json!({"thread": "0.1", "blocks": [{"type": "divider"}]}))).await);
    assert_eq!(output["body"]["ts"], "1.2");
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(
        (seen.uri.as_str(), &seen.headers["authorization"]),
        ("/api/chat.postMessage", &"Bearer xoxb-canary-1234".parse().unwrap())
    );
    assert_eq!(
        body(&seen),
        json!({"text": "Hi", "blocks": [{"type": "divider"}], "channel": "#sales", "thread_ts": "0.1"})
    );
}

#[tokio::test]
async fn slacks_refusals_behind_a_200_are_told_apart() {
    for (reason, field) in
        [("channel_not_found", "channel"), ("invalid_auth", "credential"), ("invalid_blocks", "blocks")]
    {
        let peer = Peer::answering(200, &[], json!({"ok": false, "error": reason})).await;
        let (message, named) = failed(runners::run(slack_bot(&peer, json!({}))).await);
        assert_eq!((message, named.as_deref()), (format!("Slack refused the message: {reason}."), Some(field)));
    }
    for reason in ["ratelimited", "internal_error", "service_unavailable"] {
        let peer = Peer::answering(200, &[], json!({"ok": false, "error": reason})).await;
        retried(runners::run(slack_bot(&peer, json!({}))).await, reason);
    }
    let peer = Peer::answering(200, &[], json!({"ok": true})).await;
    let (_, field) = failed(runners::run(slack_bot(&peer, json!({"channel": ""}))).await);
    assert_eq!(field.as_deref(), Some("channel"));
}

#[tokio::test]
async fn discord_calls_nobody_unless_it_may() {
    let mut peer = Peer::answering(200, &[], json!({"id": "9", "channel_id": "8"})).await;
    let address = peer.url("/api/webhooks/1/canary");
    let mut first = with(Kind::DiscordMessage, json!({"text": "@everyone hi", "username": "Orders"}));
    first.credential = secret(CredentialKind::Secret, "value", &address);
    assert_eq!(done(runners::run(first).await), json!({"status": 200, "id": "9", "channel_id": "8"}));
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(seen.uri, "/api/webhooks/1/canary?wait=true");
    assert_eq!(
        body(&seen),
        json!({"content": "@everyone hi", "allowed_mentions": {"parse": []}, "username": "Orders"})
    );
    done(runners::run(with(Kind::DiscordMessage, json!({"url": address, "text": "hi", "mentions": "users"}))).await);
    assert_eq!(body(&peer.seen.recv().await.unwrap())["allowed_mentions"], json!({"parse": ["users"]}));
    let long = with(Kind::DiscordMessage, json!({"url": peer.url("/"), "text": "x".repeat(2_001)}));
    let (message, field) = failed(runners::run(long).await);
    assert_eq!(
        (message.as_str(), field.as_deref()),
        ("The text has 2001 characters; 2000 is the most here.", Some("text"))
    );
}

#[tokio::test]
async fn teams_gets_an_adaptive_card() {
    let mut peer = Peer::answering(202, &[], json!(null)).await;
    let mut call = with(Kind::TeamsMessage, json!({"title": "Sign-up", "text": "ada"}));
    call.credential = secret(CredentialKind::Secret, "value", &peer.url("/workflows/canary"));
    done(runners::run(call).await);
    let sent = body(&peer.seen.recv().await.unwrap());
    let card = &sent["attachments"][0]["content"];
    assert_eq!(
        (&card["type"], &card["body"][0]["text"], &card["body"][1]["text"]),
        (&json!("AdaptiveCard"), &json!("Sign-up"), &json!("ada"))
    );
}

fn telegram(peer: &Peer, token: &str, more: Value) -> Call {
    let mut parameters = object(json!({"chat": "@sales", "text": "Hi", "api": peer.url("")}));
    parameters.extend(object(more));
    let mut call = with(Kind::TelegramMessage, Value::Object(parameters));
    call.credential = secret(CredentialKind::Secret, "value", token);
    call
}

#[tokio::test]
async fn a_telegram_bot_sends_text_or_html_and_its_token_shows_nowhere() {
    let mut peer =
        Peer::answering(200, &[], json!({"ok": true, "result": {"message_id": 4, "chat": {"id": -1}}})).await;
    let output = done(runners::run(telegram(&peer, "123456:canary-Tok_en", json!({}))).await);
    assert_eq!(output, json!({"status": 200, "message_id": 4, "chat_id": -1}));
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(seen.uri, "/bot123456:canary-Tok_en/sendMessage");
    assert_eq!(body(&seen), json!({"chat_id": "@sales", "text": "Hi", "disable_notification": false}));
    done(
        runners::run(telegram(&peer, "1:abcdefgh", json!({"format": "html", "html": "<b>Hi</b>", "silent": "yes"})))
            .await,
    );
    let sent = body(&peer.seen.recv().await.unwrap());
    assert_eq!(
        sent,
        json!({"chat_id": "@sales", "text": "<b>Hi</b>", "disable_notification": true, "parse_mode": "HTML"})
    );
    let refusing = Peer::answering(401, &[], json!({"ok": false, "description": "Unauthorized"})).await;
    let result = runners::run(telegram(&refusing, "123456:canary-Tok_en", json!({}))).await;
    assert!(!format!("{result:?}").contains("canary"));
    assert_eq!(failed(result).1.as_deref(), Some("credential"));
}

#[tokio::test]
async fn telegram_says_how_long_to_wait_and_a_token_leads_nowhere_else() {
    let busy = Peer::answering(429, &[], json!({"ok": false, "parameters": {"retry_after": 17}})).await;
    match runners::run(telegram(&busy, "1:abc", json!({}))).await {
        Err(RunError::Retry { after, .. }) => assert_eq!(after, Some(Duration::from_secs(17))),
        other => panic!("{other:?}"),
    }
    for token in ["1:a/../../x", "1:a?x=", "abc", "1:a#"] {
        let (_, field) = failed(runners::run(telegram(&busy, token, json!({}))).await);
        assert_eq!(field.as_deref(), Some("credential"), "{token}");
    }
}

fn chat(peer: &Peer, more: Value) -> Call {
    let mut parameters = object(json!({"server": peer.url("/v1/"), "model": "small", "prompt": "Where is my parcel?"}));
    parameters.extend(object(more));
    let mut call = with(Kind::LlmChat, Value::Object(parameters));
    call.credential = secret(CredentialKind::Bearer, "token", CANARY);
    call
}

fn completion(text: &str, finish: &str) -> Value {
    json!({
        "model": "small-2026",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 21, "completion_tokens": 6, "total_tokens": 27},
    })
}

#[tokio::test]
async fn a_model_is_asked_and_its_answer_and_usage_are_handed_on() {
    let mut peer = Peer::answering(200, &[], completion("Delivery.", "stop")).await;
    let output =
        done(runners::run(chat(&peer, json!({"system": "One word.", "temperature": 0, "max_tokens": "5"}))).await);
    assert_eq!(
        (&output["text"], &output["json"], &output["model"]),
        (&json!("Delivery."), &json!(null), &json!("small-2026"))
    );
    assert_eq!(output["usage"], json!({"prompt_tokens": 21, "completion_tokens": 6, "total_tokens": 27, "cost": null}));
    let seen = peer.seen.recv().await.unwrap();
    assert_eq!(
        (seen.uri.as_str(), seen.headers["authorization"].to_str().unwrap()),
        ("/v1/chat/completions", &*format!("Bearer {CANARY}"))
    );
    let messages =
        json!([{"role": "system", "content": "One word."}, {"role": "user", "content": "Where is my parcel?"}]);
    assert_eq!(body(&seen), json!({"model": "small", "messages": messages, "temperature": 0, "max_tokens": 5}));
}

#[tokio::test]
async fn an_answer_in_json_is_read_between_fences_too_and_asked_for_again_if_it_is_none() {
    let mut peer = Peer::answering(200, &[], completion("```json\n{\"topic\": \"delivery\"}\n```", "stop")).await;
    let schema = json!({"type": "object"});
    let output = done(runners::run(chat(&peer, json!({"format": "schema", "schema": schema}))).await);
    assert_eq!(output["json"], json!({"topic": "delivery"}));
    let format = &body(&peer.seen.recv().await.unwrap())["response_format"];
    assert_eq!((&format["type"], &format["json_schema"]["schema"]), (&json!("json_schema"), &schema));
    let chatty = Peer::answering(200, &[], completion("Sure! Here it is", "stop")).await;
    retried(runners::run(chat(&chatty, json!({"format": "json"}))).await, "not JSON");
    let cut = Peer::answering(200, &[], completion("{\"topic\": \"de", "length")).await;
    let (_, field) = failed(runners::run(chat(&cut, json!({"format": "json"}))).await);
    assert_eq!(field.as_deref(), Some("max_tokens"));
}

#[tokio::test]
async fn what_a_provider_says_names_the_field_and_shows_no_key() {
    for (status, field) in [(401, Some("credential")), (404, Some("model")), (400, None)] {
        let said = json!({"error": {"message": format!("Incorrect key {CANARY}")}});
        let peer = Peer::answering(status, &[], said).await;
        let result = runners::run(chat(&peer, json!({}))).await;
        assert!(!format!("{result:?}").contains(CANARY));
        let (message, named) = failed(result);
        assert_eq!(named.as_deref(), field, "{message}");
        assert!(message.contains("It says: Incorrect key ••••••"), "{message}");
    }
    let busy = Peer::answering(429, &[("retry-after", "3")], json!({"error": {"message": "slow down"}})).await;
    retried(runners::run(chat(&busy, json!({}))).await, "429");
    let empty =
        Peer::answering(200, &[], json!({"choices": [{"message": {"content": null, "refusal": "I cannot"}}]})).await;
    assert!(failed(runners::run(chat(&empty, json!({}))).await).0.contains("The model refused: I cannot"));
}
