//! What an execution promises to hand on: a schema and assertions that its output has to keep to, judged in the phase
//! `validate`. The schema takes the words of JSON Schema listed in [`WORDS`]; another word is a problem, not ignored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::expression::{self, Scope};

/// What the output has to be like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contract {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// Expressions over `input`, which is the output here; each has to come out true.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertions: Vec<String>,
}

/// The words of JSON Schema that count.
pub const WORDS: [&str; 14] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "description",
];
const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];
/// Assertions of one workflow, at most.
pub const MAX_ASSERTIONS: usize = 50;
const MAX_DEPTH: usize = 32;

impl Contract {
    /// Why the output breaks it; none: it keeps to it. `scope` is what the assertions see.
    pub fn breach(&self, output: &Value, scope: &Scope) -> Option<String> {
        if let Some(wrong) = self.schema.as_ref().and_then(|schema| mismatch(schema, output, "output")) {
            return Some(format!("The output does not keep to its schema: {wrong}"));
        }
        self.assertions.iter().find_map(|assertion| match expression::evaluate(assertion, scope) {
            Ok(Value::Bool(true)) => None,
            Ok(other) => Some(format!("The assertion {assertion} came out as {other}, not true.")),
            Err(error) => Some(format!("The assertion {assertion} could not be judged: {}", error.message)),
        })
    }

    /// What is wrong with the contract itself.
    pub fn problem(&self) -> Option<String> {
        if self.assertions.len() > MAX_ASSERTIONS {
            return Some(format!("A workflow has {MAX_ASSERTIONS} assertions at most. Join some with &&."));
        }
        let schema = self.schema.as_ref().and_then(|schema| unknown(schema, 0));
        let assertion = || {
            self.assertions.iter().find_map(|assertion| {
                let error = expression::parse(assertion).err()?;
                Some(format!("The assertion {assertion} does not parse: {}", error.message))
            })
        };
        schema.or_else(assertion)
    }
}

/// What is wrong with a schema itself.
pub fn schema_problem(schema: &Value) -> Option<String> {
    unknown(schema, 0)
}

fn unknown(schema: &Value, depth: usize) -> Option<String> {
    let Value::Object(words) = schema else {
        return Some("A schema is an object, such as { \"type\": \"object\" }.".to_owned());
    };
    if depth > MAX_DEPTH {
        return Some(format!("The schema is nested more than {MAX_DEPTH} deep."));
    }
    if let Some(word) = words.keys().find(|word| !WORDS.contains(&word.as_str())) {
        return Some(format!("The schema has the word “{word}”. Only {} count.", WORDS.join(", ")));
    }
    if let Some(wrong) = types(words).into_iter().find(|name| !TYPES.contains(name)) {
        return Some(format!("The schema has the type “{wrong}”. There are {}.", TYPES.join(", ")));
    }
    let properties = words.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    properties.chain(words.get("items")).find_map(|inner| unknown(inner, depth + 1))
}

/// One type or a list of them; none: any.
fn types(words: &Map<String, Value>) -> Vec<&str> {
    match words.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// How the value differs from the schema, with the path to the place.
pub fn mismatch(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let words = schema.as_object()?;
    let types = types(words);
    if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
        return Some(format!("{path} is not of the type {}.", types.join(" or ")));
    }
    if words.get("enum").and_then(Value::as_array).is_some_and(|choices| !choices.contains(value)) {
        return Some(format!("{path} is none of the values it may have."));
    }
    if words.get("const").is_some_and(|only| only != value) {
        return Some(format!("{path} is not {}.", words["const"]));
    }
    if let Some((size, least, most, of)) = size(value) {
        let bound = |word: &str| words.get(word).and_then(Value::as_f64);
        if bound(least).is_some_and(|least| size < least) || bound(most).is_some_and(|most| size > most) {
            return Some(format!("{path} {of} {size}, which is out of its bounds."));
        }
    }
    match value {
        Value::Object(members) => in_object(words, members, path),
        Value::Array(items) => {
            let schema = words.get("items")?;
            items.iter().enumerate().find_map(|(index, item)| mismatch(schema, item, &format!("{path}[{index}]")))
        }
        _ => None,
    }
}

fn in_object(words: &Map<String, Value>, members: &Map<String, Value>, path: &str) -> Option<String> {
    let required = words.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !members.contains_key(*name)) {
        return Some(format!("{path}.{missing} is missing."));
    }
    let empty = Map::new();
    let properties = words.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    if words.get("additionalProperties") == Some(&Value::Bool(false))
        && let Some(extra) = members.keys().find(|name| !properties.contains_key(*name))
    {
        return Some(format!("{path}.{extra} is not foreseen."));
    }
    properties.iter().find_map(|(name, schema)| mismatch(schema, members.get(name)?, &format!("{path}.{name}")))
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// What is measured of a value, and the words that bound it.
fn size(value: &Value) -> Option<(f64, &'static str, &'static str, &'static str)> {
    match value {
        Value::Number(number) => Some((number.as_f64()?, "minimum", "maximum", "is")),
        Value::String(text) => Some((text.chars().count() as f64, "minLength", "maxLength", "has the length")),
        Value::Array(items) => Some((items.len() as f64, "minItems", "maxItems", "has the length")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn breach(schema: Value, output: Value) -> String {
        let contract = Contract { schema: Some(schema), assertions: Vec::new() };
        contract.breach(&output, &Scope::default()).unwrap_or_default()
    }

    #[test]
    fn a_schema_says_where_the_output_differs() {
        let schema = json!({
            "type": "object", "required": ["id", "tags"], "additionalProperties": false,
            "properties": {
                "id": { "type": "integer", "minimum": 1 },
                "tags": { "type": "array", "maxItems": 2, "items": { "type": "string", "minLength": 1 } },
                "plan": { "enum": ["free", "pro"] },
            },
        });
        assert_eq!(breach(schema.clone(), json!({ "id": 1, "tags": ["a"], "plan": "pro" })), "");
        for (output, words) in [
            (json!([]), "output is not of the type object"),
            (json!({ "id": 1 }), "output.tags is missing"),
            (json!({ "id": 1.5, "tags": [] }), "output.id is not of the type integer"),
            (json!({ "id": 0, "tags": [] }), "output.id is 0, which is out of its bounds"),
            (json!({ "id": 1, "tags": ["a", ""] }), "output.tags[1] has the length 0"),
            (json!({ "id": 1, "tags": ["a", "b", "c"] }), "output.tags has the length 3"),
            (json!({ "id": 1, "tags": [], "plan": "x" }), "output.plan is none of the values"),
            (json!({ "id": 1, "tags": [], "more": 1 }), "output.more is not foreseen"),
        ] {
            let found = breach(schema.clone(), output);
            assert!(found.contains(words), "{found}");
        }
    }

    #[test]
    fn an_assertion_has_to_come_out_true() {
        let breach = |assertion: &str| {
            let contract = Contract { schema: None, assertions: vec![assertion.to_owned()] };
            let scope = Scope { input: json!({ "sum": 5 }), ..Scope::default() };
            contract.breach(&json!({ "sum": 5 }), &scope)
        };
        assert_eq!(breach("input.sum > 4"), None);
        assert!(breach("input.sum > 5").is_some_and(|words| words.contains("came out as false")));
        assert!(breach("input.sum").is_some_and(|words| words.contains("came out as 5")));
        assert!(breach("input.a.b").is_some_and(|words| words.contains("could not be judged")));
    }

    #[test]
    fn a_contract_that_cannot_be_kept_is_a_problem() {
        let problem = |contract: Value| serde_json::from_value::<Contract>(contract).expect("a contract").problem();
        assert_eq!(problem(json!({ "schema": { "type": ["string", "null"] }, "assertions": ["input != null"] })), None);
        for (contract, words) in [
            (json!({ "schema": { "pattern": "a" } }), "the word “pattern”"),
            (json!({ "schema": { "properties": { "a": { "type": "text" } } } }), "the type “text”"),
            (json!({ "schema": 5 }), "A schema is an object"),
            (json!({ "assertions": ["input."] }), "does not parse"),
        ] {
            assert!(problem(contract).is_some_and(|found| found.contains(words)), "{words}");
        }
    }
}
