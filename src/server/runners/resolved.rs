//! What a failure tells of the field that it is about: the value that its expressions came to.

use serde_json::{Value, json};
use url::Url;

use super::{Call, RunError};
use crate::{domain::task::Input, server::secrets::Mask};

/// Characters that are shown of a value.
const SHOWN: usize = 200;

/// The error with the value of its field. Addresses may hold secrets in their path, so only their beginning is shown.
pub fn with_value(call: &Call, mask: &Mask, error: RunError) -> RunError {
    let RunError::Fail { message, field: Some(field), mut details } = error else { return error };
    let is_told = !matches!(call.kind.field(&field).map(|field| field.input), Some(Input::Credential(_)) | None);
    let value = call.parameters.get(&field).filter(|value| is_told && !value.is_null());
    if let Some(value) = value {
        if details.is_null() {
            details = json!({});
        }
        if let Some(members) = details.as_object_mut() {
            members.insert("value".to_owned(), shown(&field, value, mask).into());
        }
    }
    RunError::Fail { message, field: Some(field), details }
}

fn shown(field: &str, value: &Value, mask: &Mask) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if matches!(field, "url" | "server" | "api") {
        return match Url::parse(text.trim()) {
            Ok(url) => format!("{}://{}/…", url.scheme(), url.host_str().unwrap_or_default()),
            Err(_) => "(not an address)".to_owned(),
        };
    }
    // Masked before it is cut: of half a secret nobody would know that it is one.
    let text = mask.text(&text.chars().take(SHOWN * 50).collect::<String>());
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::credential::CredentialKind, server::runners::Secret};

    #[test]
    fn of_addresses_only_the_beginning_is_shown_and_of_long_values_a_part() {
        let shown = |field: &str, value: Value| shown(field, &value, &Mask::default());
        assert_eq!(shown("url", json!("https://hooks.test/T0/secret?key=1")), "https://hooks.test/…");
        assert_eq!(shown("url", json!("ht!tp")), "(not an address)");
        assert_eq!(shown("at", json!({"a": 1})), "{\"a\":1}");
        assert_eq!(shown("at", json!("x".repeat(300))).chars().count(), 201);
    }

    #[test]
    fn a_secret_is_masked_where_the_value_is_cut_too() {
        let mask = Mask::of(&Secret::of(CredentialKind::Bearer, [("token", "canary-1234567890")]));
        for before in 180..205 {
            let value = json!(format!("{}canary-1234567890", "x".repeat(before)));
            assert!(!shown("text", &value, &mask).contains("cana"), "{before}");
        }
    }
}
