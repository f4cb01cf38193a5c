//! Posts to Microsoft Teams through the webhook of a channel's workflow, as an Adaptive Card.

use serde_json::json;

use super::{Call, Outcome, RunError, posting};

/// Teams takes cards of 28 KB.
const MAX_CHARS: usize = 20_000;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let url = posting::address(call)?;
    let mut blocks = Vec::new();
    if let Some(title) = call.optional_text("title")? {
        blocks.push(json!({ "type": "TextBlock", "text": title, "size": "Large", "weight": "Bolder", "wrap": true }));
    }
    let text = posting::at_most(call.text("text")?, "text", MAX_CHARS)?;
    blocks.push(json!({ "type": "TextBlock", "text": text, "wrap": true }));
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    });
    let body = json!({
        "type": "message",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }],
    });
    let answer = posting::post(call, url, posting::headers_of(call), &body).await?;
    Ok(posting::told(&answer))
}
