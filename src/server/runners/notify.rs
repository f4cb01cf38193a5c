//! Tells people something through one of the workspace's channels: the task of the channel's kind does it.

use serde_json::{Value, json};

use super::{Call, Outcome, RunError};

/// The call of the task that tells; none: the node tells nobody.
pub fn translated(call: &Call) -> Result<Option<Call>, RunError> {
    let Some(channel) = &call.channel else { return Ok(None) };
    let title = call.optional_text("title")?.unwrap_or_default();
    let parameters = channel.parameters(title.trim(), &call.text("text")?);
    Ok(Some(Call { kind: channel.kind.task(), parameters, input: Value::Null, channel: None, ..call.clone() }))
}

/// What came of it, as this node hands it on.
pub fn told(call: &Call, result: Result<Outcome, RunError>) -> Result<Outcome, RunError> {
    let Some(channel) = &call.channel else { return result };
    match result {
        Ok(Outcome::Done { output, .. }) => {
            Ok(Outcome::done(json!({ "channel": channel.name, "kind": channel.kind.name(), "answer": output })))
        }
        Ok(other) => Ok(other),
        Err(error) => Err(in_channel(error, &channel.name)),
    }
}

/// The fields of the channel's own task are not those of this node.
fn in_channel(error: RunError, name: &str) -> RunError {
    let told = |message: String| format!("The channel “{name}”: {message}");
    match error {
        RunError::Retry { message, details, after } => RunError::Retry { message: told(message), details, after },
        RunError::Fail { message, field, details } => {
            let field = if field.as_deref() == Some("text") { "text" } else { "channel" };
            RunError::Fail { message: told(message), field: Some(field.to_owned()), details }
        }
    }
}
