//! How runners read their parameters: typed, with errors that name the field.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{Call, RunError, kind_of};

impl Call {
    /// A text that must not be empty. Numbers and booleans count by how they are written.
    pub fn text(&self, field: &str) -> Result<String, RunError> {
        self.optional_text(field)?.ok_or_else(|| self.missing(field))
    }

    /// A text, or none where it is empty or absent.
    pub fn optional_text(&self, field: &str) -> Result<Option<String>, RunError> {
        let text = match self.parameters.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Some(_) => return Err(self.unfit(field, "a text")),
        };
        Ok((!text.trim().is_empty()).then_some(text))
    }

    /// A number; text that is one counts.
    pub fn number(&self, field: &str) -> Result<f64, RunError> {
        let number = match self.parameters.get(field) {
            None | Some(Value::Null) => return Err(self.missing(field)),
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| self.unfit(field, "a number"))
    }

    /// The end of the hours within which an answer has to come; none: it may take as long as it likes.
    pub fn within(&self) -> Result<Option<DateTime<Utc>>, RunError> {
        if self.optional_text("within_hours")?.is_none() {
            return Ok(None);
        }
        let hours = self.number("within_hours")?;
        if !(0.0..=8_784.0).contains(&hours) {
            return Err(RunError::field(
                "within_hours",
                format!("An answer is awaited 0 to 8,784 hours, not {hours}."),
            ));
        }
        Ok(Some(self.now + TimeDelta::milliseconds((hours * 3_600_000.0) as i64)))
    }

    /// A number, or none where it is empty or absent.
    pub fn optional_number(&self, field: &str) -> Result<Option<f64>, RunError> {
        self.optional_text(field)?.map(|_| self.number(field)).transpose()
    }

    /// A list; nothing is an empty one.
    pub fn items(&self, field: &str) -> Result<Vec<Value>, RunError> {
        match self.value(field) {
            Value::Array(items) => Ok(items),
            Value::Null => Ok(Vec::new()),
            other => {
                let (label, found) = (self.label(field), kind_of(&other));
                let message = format!("“{label}” has to be a list, not {found}. Check what its expression gives.");
                Err(RunError::field(field, message))
            }
        }
    }

    /// The values that an expression has for each of so many items.
    pub fn per_item(&self, field: &str, count: usize) -> Result<Vec<Value>, RunError> {
        match self.parameters.get(field) {
            Some(Value::Array(values)) if values.len() == count => Ok(values.clone()),
            // Without items there is nothing to evaluate.
            _ if count == 0 => Ok(Vec::new()),
            _ => Err(self.missing(field)),
        }
    }

    /// Any value; an absent one is null.
    pub fn value(&self, field: &str) -> Value {
        self.parameters.get(field).cloned().unwrap_or_default()
    }

    /// Names with their texts; nulls are left out.
    pub fn pairs(&self, field: &str) -> Result<Vec<(String, String)>, RunError> {
        let empty = Map::new();
        let entries = match self.parameters.get(field) {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(entries)) => entries,
            Some(_) => return Err(self.unfit(field, "a list of names and values")),
        };
        let texts = entries.iter().filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) => Some((name.clone(), text.clone())),
            other => Some((name.clone(), other.to_string())),
        });
        Ok(texts.collect())
    }

    fn missing(&self, field: &str) -> RunError {
        RunError::field(
            field,
            format!("“{}” is empty. Fill it in, or check what its expression gives.", self.label(field)),
        )
    }

    fn unfit(&self, field: &str, wanted: &str) -> RunError {
        RunError::field(field, format!("“{}” has to be {wanted}. Check what its expression gives.", self.label(field)))
    }

    fn label<'a>(&self, field: &'a str) -> &'a str {
        self.kind.field(field).map_or(field, |field| field.label)
    }
}
