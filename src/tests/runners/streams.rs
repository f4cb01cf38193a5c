//! A language model that answers word by word: what comes of it is what an answer in one piece gives.

use flowpilot::{
    domain::task::Kind,
    server::runners::{self, Call},
};
use serde_json::{Value, json};

use super::{call, done, failed, object, retried};
use crate::peer::Peer;

fn ask(peer: &Peer, stream: &str, more: Value) -> Call {
    let mut all = Kind::LlmChat.default_parameters();
    let wish = json!({ "server": peer.url("/v1"), "model": "small", "prompt": "Where is it?", "stream": stream });
    all.extend(object(wish));
    all.extend(object(more));
    call(Kind::LlmChat, Value::Object(all))
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn piece(text: &str) -> String {
    event(&json!({ "model": "small-2026", "choices": [{ "delta": { "content": text }, "finish_reason": null }] }))
}

async fn streaming(body: String) -> Peer {
    Peer::saying(200, "text/event-stream; charset=utf-8", body.into_bytes()).await
}

const USAGE: [(&str, u32); 3] = [("prompt_tokens", 21), ("completion_tokens", 6), ("total_tokens", 27)];

fn usage() -> Value {
    USAGE.into_iter().map(|(name, count)| (name.to_owned(), json!(count))).collect()
}

#[tokio::test]
async fn an_answer_word_by_word_gives_what_an_answer_in_one_piece_gives_and_stands_in_the_log() {
    let text = r#"{"topic": "delivery"}"#;
    let whole = json!({
        "model": "small-2026",
        "choices": [{ "message": { "content": text }, "finish_reason": "stop" }],
        "usage": usage(),
    });
    let end = event(&json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }));
    let told = event(&json!({ "choices": [], "usage": usage() }));
    let (first, second) = text.split_at(9);
    let body = [piece(first), piece(second), end, told, "data: [DONE]\n\n".to_owned()].concat();
    let (mut in_pieces, in_one) = (streaming(body).await, Peer::answering(200, &[], whole).await);

    let asked = ask(&in_pieces, "on", json!({ "format": "json" }));
    let log = asked.output.clone();
    let output = done(runners::run(asked).await);
    let quiet = ask(&in_one, "off", json!({ "format": "json" }));
    let silence = quiet.output.clone();
    assert_eq!(output, done(runners::run(quiet).await));
    assert_eq!((&output["json"]["topic"], &output["usage"]["total_tokens"]), (&json!("delivery"), &json!(27)));
    assert_eq!(log.stdout.text(), text);
    assert!(silence.is_empty());
    let sent: Value = serde_json::from_slice(&in_pieces.seen.recv().await.unwrap().body).unwrap();
    assert_eq!((&sent["stream"], &sent["stream_options"]), (&json!(true), &json!({ "include_usage": true })));
}

#[tokio::test]
async fn a_server_that_cannot_stream_answers_in_one_piece() {
    let whole = json!({ "choices": [{ "message": { "content": "Here." }, "finish_reason": "stop" }] });
    let peer = Peer::answering(200, &[], whole).await;
    assert_eq!(done(runners::run(ask(&peer, "on", json!({}))).await)["text"], "Here.");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    retried(runners::run(ask(&streaming(piece("He")).await, "on", json!({}))).await, "broke off before its end");
    let sorry = [piece("He"), event(&json!({ "error": { "message": "The provider is overloaded" } }))].concat();
    retried(runners::run(ask(&streaming(sorry).await, "on", json!({}))).await, "The provider is overloaded");
    let peer = Peer::answering(404, &[], json!({ "error": { "message": "no such model" } })).await;
    let (message, field) = failed(runners::run(ask(&peer, "on", json!({}))).await);
    assert_eq!(field.as_deref(), Some("model"), "{message}");
}
