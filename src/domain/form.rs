//! What a person fills in: the fields that a JSON schema stands for, and the values that come of what was entered. Whether
//! they keep to the schema is for whoever takes them to judge.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One member of the values.
#[derive(Clone, Debug, PartialEq)]
pub struct FormField {
    pub name: String,
    /// What the schema says of it, else its name.
    pub label: String,
    pub required: bool,
    pub takes: Takes,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Takes {
    Text,
    Number,
    /// One of these.
    Choice(Vec<Value>),
    /// Anything else, as JSON.
    Json,
}

/// In the order of the schema; none where it names no properties.
pub fn fields(schema: &Value) -> Vec<FormField> {
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, of): (&String, &Value)| FormField {
        name: name.clone(),
        label: of["description"].as_str().unwrap_or(name).to_owned(),
        required: is_required(name),
        takes: takes(of),
    };
    properties.map(field).collect()
}

fn takes(schema: &Value) -> Takes {
    match (schema["enum"].as_array(), schema["type"].as_str()) {
        (Some(choices), _) => Takes::Choice(choices.clone()),
        (None, Some("boolean")) => Takes::Choice(vec![true.into(), false.into()]),
        (None, Some("string")) => Takes::Text,
        (None, Some("number" | "integer")) => Takes::Number,
        _ => Takes::Json,
    }
}

/// The values of the texts that were entered, by the names of the fields. What was left blank is left out.
pub fn values(fields: &[FormField], entered: &BTreeMap<String, String>) -> Result<Value, String> {
    let mut values = Map::new();
    for field in fields {
        let text = entered.get(&field.name).map_or("", String::as_str).trim();
        if !text.is_empty() {
            values.insert(field.name.clone(), field.value(text)?);
        }
    }
    Ok(Value::Object(values))
}

impl FormField {
    fn value(&self, text: &str) -> Result<Value, String> {
        let label = &self.label;
        match &self.takes {
            Takes::Text => Ok(Value::from(text)),
            Takes::Number => match serde_json::from_str(text) {
                Ok(number @ Value::Number(_)) => Ok(number),
                _ => Err(format!("“{label}” takes a number.")),
            },
            Takes::Choice(choices) => {
                let chosen = choices.iter().find(|choice| shown(choice) == text);
                chosen.cloned().ok_or_else(|| format!("“{label}” takes one of its choices."))
            }
            Takes::Json => serde_json::from_str(text).map_err(|error| format!("“{label}” is not JSON: {error}.")),
        }
    }
}

/// How a choice is shown, and entered.
pub fn shown(choice: &Value) -> String {
    choice.as_str().map_or_else(|| choice.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refund() -> Vec<FormField> {
        fields(&json!({
            "type": "object",
            "required": ["amount"],
            "properties": {
                "amount": { "type": "number", "description": "How much?" },
                "reason": { "type": "string" },
                "speed": { "enum": ["now", 7] },
                "letter": { "type": "boolean" },
                "tags": { "type": "array" },
            },
        }))
    }

    #[test]
    fn a_schema_stands_for_a_field_per_property_in_its_order() {
        let told: Vec<_> =
            refund().into_iter().map(|field| (field.name, field.label, field.required, field.takes)).collect();
        let field = |name: &str, label: &str, required, takes| (name.to_owned(), label.to_owned(), required, takes);
        let expected = [
            field("amount", "How much?", true, Takes::Number),
            field("reason", "reason", false, Takes::Text),
            field("speed", "speed", false, Takes::Choice(vec![json!("now"), json!(7)])),
            field("letter", "letter", false, Takes::Choice(vec![json!(true), json!(false)])),
            field("tags", "tags", false, Takes::Json),
        ];
        assert_eq!(told, expected);
        assert_eq!(fields(&json!({ "type": "object" })), []);
    }

    #[test]
    fn what_is_entered_becomes_values_and_what_is_blank_is_left_out() {
        let entered = |pairs: &[(&str, &str)]| {
            values(&refund(), &pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect())
        };
        let all = [
            ("amount", "12.5"),
            ("reason", " late "),
            ("speed", "7"),
            ("letter", "false"),
            ("tags", "[1]"),
            ("x", "y"),
        ];
        let expected = json!({ "amount": 12.5, "reason": "late", "speed": 7, "letter": false, "tags": [1] });
        assert_eq!(entered(&all), Ok(expected));
        assert_eq!(entered(&[("amount", " "), ("reason", "")]), Ok(json!({})));
        for (name, text, says) in [
            ("amount", "much", "“How much?” takes a number."),
            ("speed", "soon", "“speed” takes one of its choices."),
            ("tags", "[", "“tags” is not JSON"),
        ] {
            assert!(entered(&[(name, text)]).is_err_and(|error| error.starts_with(says)), "{name}");
        }
    }
}
