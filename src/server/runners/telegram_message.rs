//! Sends a message as a Telegram bot.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Call, Outcome, RunError, answer, http_request, posting};
use crate::server::egress::host_of;

/// Telegram refuses longer ones.
const MAX_CHARS: usize = 4_096;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let secret = call.credential.as_ref().ok_or_else(|| RunError::field("credential", "Choose the bot's token."))?;
    let api = http_request::url(&call.text("api")?, "api")?;
    let token = secret.value_for(&host_of(&api), "value")?;
    if !is_token(token) {
        let message = "A bot's token is a number, a colon, letters and digits, such as 123456:ABC-def.";
        return Err(RunError::field("credential", message));
    }
    let url = http_request::url(&format!("{}/bot{token}/sendMessage", api.as_str().trim_end_matches('/')), "api")?;
    let mut body = json!({
        "chat_id": call.text("chat")?.trim(),
        "text": posting::at_most(call.text("text")?, "text", MAX_CHARS)?,
        "disable_notification": call.optional_text("silent")?.as_deref() == Some("yes"),
    });
    if call.optional_text("format")?.as_deref() == Some("html") {
        body["text"] = posting::at_most(call.text("html")?, "html", MAX_CHARS)?.into();
        body["parse_mode"] = "HTML".into();
    }
    let answer = posting::post(call, url, posting::headers_of(call), &body).await.map_err(explained)?;
    let said = answer::body(&answer);
    let result = &said["result"];
    Ok(Outcome::done(json!({
        "status": answer.status.as_u16(), "message_id": result["message_id"], "chat_id": result["chat"]["id"],
    })))
}

fn is_token(token: &str) -> bool {
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    token.split_once(':').is_some_and(|(id, rest)| id.bytes().all(|b| b.is_ascii_digit()) && plain(id) && plain(rest))
}

/// Telegram tells in the body how long to wait, and what it did not like.
fn explained(error: RunError) -> RunError {
    let said = |details: &Value| -> Value {
        details["body"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    match error {
        RunError::Retry { message, details, after } => {
            let seconds =
                said(&details)["parameters"]["retry_after"].as_u64().map(|s| Duration::from_secs(s.min(86_400)));
            RunError::Retry { message, after: after.max(seconds), details }
        }
        RunError::Fail { message, field, details } => {
            let words = said(&details);
            let words = words["description"].as_str().unwrap_or_default();
            let field = match words {
                words if words.contains("chat not found") => Some("chat".to_owned()),
                words if words.contains("can't parse entities") => Some("html".to_owned()),
                "Unauthorized" | "Not Found" => Some("credential".to_owned()),
                _ => field,
            };
            RunError::Fail { message, field, details }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_lead_elsewhere_is_no_token() {
        assert!(is_token("123456:ABC-def_1"));
        for token in ["", ":", "1:", ":a", "1:a/../x", "1:a?b", "a:b", "1:a b", "1:é", "1:2:3"] {
            assert!(!is_token(token), "{token}");
        }
    }
}
