//! Calls to web services.

use flowpilot::domain::task::Kind;
use serde_json::{Value, json};

use super::{Case, House};
use crate::peer::Peer;

pub async fn cases(_house: &House) -> Vec<Case> {
    let answers = |answer: Value| async { Peer::answering(200, &[], answer).await.url("/") };
    let plain = answers(json!({"id": 7})).await;
    let graphql = answers(json!({"data": {"a": 1}})).await;
    let chat = answers(says("Delivery.")).await;
    let (extract, classify) = (answers(says("{\"n\": 17}")).await, answers(says("billing")).await);
    let feed = "<rss version='2.0'><channel><title>Blog</title><item><title>First</title></item></channel></rss>";
    let feed = Peer::saying(200, "application/rss+xml", feed.into()).await.url("/feed");
    let none = json!(null);
    vec![
        Case::of(Kind::HttpRequest, json!({"url": plain}), none.clone(), json!({"status": 200, "body": {"id": 7}})),
        Case::of(Kind::Graphql, json!({"url": graphql, "query": "{ a }"}), none.clone(), json!({"data": {"a": 1}})),
        Case::of(Kind::SendWebhook, json!({"url": plain, "event": "a.b"}), none.clone(), json!({"status": 200})),
        Case::of(Kind::RssRead, json!({"url": feed}), none.clone(), json!({"title": "Blog"})),
        Case::of(
            Kind::LlmChat,
            json!({"server": chat, "model": "small", "prompt": "What?"}),
            none.clone(),
            json!({"text": "Delivery."}),
        ),
        Case::of(
            Kind::SummarizeText,
            json!({"server": chat, "model": "small", "text": "Long"}),
            none.clone(),
            json!({"summary": "Delivery."}),
        ),
        Case::of(
            Kind::ExtractData,
            json!({"server": extract, "model": "small", "text": "Invoice 17", "schema": {"properties": {"n": {"type": "integer"}}}}),
            none.clone(),
            json!({"data": {"n": 17}}),
        ),
        Case::of(
            Kind::Classify,
            json!({"server": classify, "model": "small", "text": "Invoice", "labels": {"billing": "", "delivery": ""}}),
            none.clone(),
            json!({"label": "billing"}),
        ),
        Case::of(Kind::RespondToWebhook, json!({"json": "{ ok: true }"}), none, json!({"body": {"ok": true}})),
    ]
}

/// A language model's answer.
fn says(text: &str) -> Value {
    json!({
        "model": "small", "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    })
}
