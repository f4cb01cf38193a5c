//! Posts to Discord through a channel's webhook. Data never calls everybody: mentions stay plain text unless allowed.

use serde_json::json;

use super::{Call, Outcome, RunError, answer, posting};

/// Discord refuses longer ones.
const MAX_CHARS: usize = 2_000;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let mut url = posting::address(call)?;
    // With it, Discord answers once the message is there, and with its id.
    url.query_pairs_mut().append_pair("wait", "true");
    let people = call.optional_text("mentions")?.as_deref() == Some("users");
    let mut body = json!({
        "content": posting::at_most(call.text("text")?, "text", MAX_CHARS)?,
        "allowed_mentions": { "parse": if people { vec!["users"] } else { vec![] } },
    });
    if let Some(name) = call.optional_text("username")? {
        body["username"] = posting::at_most(name.trim().to_owned(), "username", 80)?.into();
    }
    let answer = posting::post(call, url, posting::headers_of(call), &body).await?;
    let said = answer::body(&answer);
    Ok(Outcome::done(json!({ "status": answer.status.as_u16(), "id": said["id"], "channel_id": said["channel_id"] })))
}
