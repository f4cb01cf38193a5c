//! Bytes inside of JSON: `{ "base64": "…", "content_type": "…", "file_name": "…" }`. A text in base64 alone counts too.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{RunError, kind_of};

/// Bytes that one value may stand for.
const MAX_BYTES: usize = 25 * 1024 * 1024;

pub struct Binary {
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
    pub file_name: Option<String>,
}

impl Binary {
    pub fn read(value: &Value, field: &str) -> Result<Self, RunError> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let encoded = match value {
            Value::String(encoded) => encoded,
            Value::Object(members) => {
                members.get("base64").and_then(Value::as_str).ok_or_else(|| unfit(value, field))?
            }
            _ => return Err(unfit(value, field)),
        };
        if encoded.len() / 4 * 3 > MAX_BYTES {
            return Err(RunError::field(field, "These are more than 25 MiB, which is the limit."));
        }
        let bytes = BASE64_STANDARD
            .decode(encoded.trim())
            .map_err(|error| RunError::field(field, format!("This is not base64: {error}.")))?;
        Ok(Self { bytes, content_type: text("content_type"), file_name: text("file_name") })
    }

    pub fn value(bytes: &[u8], content_type: &str, file_name: Option<&str>) -> Value {
        let mut value = json!({ "base64": BASE64_STANDARD.encode(bytes), "content_type": content_type });
        if let Some(name) = file_name {
            value["file_name"] = name.into();
        }
        value
    }
}

/// Whether the value is bytes in an object.
pub fn is_binary(value: &Value) -> bool {
    value.get("base64").is_some_and(Value::is_string)
}

fn unfit(value: &Value, field: &str) -> RunError {
    let message =
        format!("Bytes are a text in base64 or {{ \"base64\": …, \"content_type\": … }}, not {}.", kind_of(value));
    RunError::field(field, message)
}
