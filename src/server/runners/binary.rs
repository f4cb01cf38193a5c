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

/// A text, or bytes that are one in UTF-8; nothing is an empty one. Without the mark that Windows puts in front.
pub fn text_of(value: &Value, field: &str) -> Result<String, RunError> {
    let bytes = match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Null => Vec::new(),
        value => Binary::read(value, field)?.bytes,
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        RunError::field(field, format!("The text is not UTF-8 from byte {place} on. Save it as UTF-8."))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
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

/// The content type that a file's name tells, for those that workflows meet.
pub fn content_type_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("txt" | "log" | "md") => "text/plain",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("html" | "htm") => "text/html",
        Some("pdf") => "application/pdf",
        Some("zip") => "application/zip",
        Some("xlsx") => XLSX,
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
