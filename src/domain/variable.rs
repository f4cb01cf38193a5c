//! Variables: values of a workspace that all its workflows read in expressions, as `vars.name`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::problem::Problem;

/// Variables of one workspace.
pub const MOST: usize = 200;
/// Bytes of one value as JSON.
pub const VALUE_BYTES: usize = 32 * 1024;
const NAME_CHARS: usize = 64;
const DESCRIPTION_CHARS: usize = 500;

/// One as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    pub name: String,
    pub value: Value,
    pub description: String,
    /// The address of whoever changed it last; empty when that person is gone.
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
}

/// What somebody wants a variable to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableWish {
    pub name: String,
    pub value: Value,
    #[serde(default)]
    pub description: String,
}

impl VariableWish {
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(message) = wrong_name(&self.name) {
            problems.push(Problem::of_workflow("name", message));
        }
        let bytes = self.value.to_string().len();
        if bytes > VALUE_BYTES {
            let message = format!("The value has {bytes} bytes as JSON; {VALUE_BYTES} are possible.");
            problems.push(Problem::of_workflow("value", message));
        }
        if holds_nul(&self.value) {
            problems.push(Problem::of_workflow("value", "The character U+0000 cannot be kept. Remove it."));
        }
        if self.description.chars().count() > DESCRIPTION_CHARS || self.description.contains('\0') {
            let message = format!("A description has up to {DESCRIPTION_CHARS} characters.");
            problems.push(Problem::of_workflow("description", message));
        }
        problems
    }
}

/// A name that expressions can write after `vars.`.
pub fn wrong_name(name: &str) -> Option<String> {
    let is_letter = |char: char| char.is_ascii_alphabetic() || char == '_';
    let fits = name.starts_with(is_letter)
        && name.chars().all(|char| is_letter(char) || char.is_ascii_digit())
        && name.len() <= NAME_CHARS;
    (!fits).then(|| {
        format!("A name has 1 to {NAME_CHARS} letters, digits and underscores, and begins with no digit: crm_url.")
    })
}

/// Postgres keeps no U+0000.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// What a person typed: JSON where it reads as such, text otherwise.
pub fn value_of(typed: &str) -> Value {
    serde_json::from_str(typed.trim()).unwrap_or_else(|_| Value::from(typed))
}

/// How a value stands in a field, so that [`value_of`] gives it again.
pub fn typed(value: &Value) -> String {
    match value {
        Value::String(text) if value_of(text) == *value => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(name: &str, value: Value) -> Vec<String> {
        let wish = VariableWish { name: name.to_owned(), value, description: String::new() };
        wish.problems().into_iter().filter_map(|problem| problem.field).collect()
    }

    #[test]
    fn names_are_what_expressions_can_write() {
        for name in ["crm_url", "A", "_x9"] {
            assert_eq!(wrong(name, json!(1)), [""; 0], "{name}");
        }
        for name in ["", "9a", "a b", "a.b", "ä", "a-b", &"a".repeat(65)] {
            assert_eq!(wrong(name, json!(1)), ["name"], "{name}");
        }
    }

    #[test]
    fn values_are_bounded_and_can_be_kept() {
        assert_eq!(wrong("a", json!("x".repeat(VALUE_BYTES))), ["value"]);
        assert_eq!(wrong("a", json!("a\0b")), ["value"]);
        assert_eq!(wrong("a", json!({ "b": [1, null, "ä"] })), [""; 0]);
    }

    #[test]
    fn what_is_typed_is_json_or_text_and_comes_back_as_it_was() {
        for (text, value) in [
            ("12", json!(12)),
            ("true", json!(true)),
            ("https://crm.example.com", json!("https://crm.example.com")),
            ("\"12\"", json!("12")),
            ("{\"a\":[1]}", json!({ "a": [1] })),
            ("", json!("")),
        ] {
            assert_eq!(value_of(text), value, "{text}");
            assert_eq!(value_of(&typed(&value)), value, "{text}");
        }
    }
}
