//! A small judge of JSON schemas: the part of 2020-12 that our own schemas use. An object with `properties` is taken
//! as complete, so a member that no schema knows is found too.

use serde_json::{Map, Value};

/// What does not fit, each as `where: what`.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut judge = Judge { document, faults: Vec::new() };
    judge.check(schema, value, "$");
    judge.faults
}

struct Judge<'a> {
    document: &'a Value,
    faults: Vec<String>,
}

const KNOWN: [&str; 32] = [
    "$ref",
    "$defs",
    "$schema",
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "items",
    "oneOf",
    "anyOf",
    "allOf",
    "if",
    "then",
    "else",
    "not",
    "additionalProperties",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "format",
    "description",
    "title",
    "example",
    "examples",
    "default",
    "propertyNames",
    "uniqueItems",
];

impl Judge<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(schema) = schema.as_object() else { return };
        for keyword in schema.keys() {
            assert!(KNOWN.contains(&keyword.as_str()), "the judge does not know {keyword}");
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let found = self.document.pointer(&target[1..]).unwrap_or_else(|| panic!("{target} leads nowhere"));
            self.check(found, value, at);
        }
        self.check_value(schema, value, at);
        self.check_members(schema, value, at);
        self.check_alternatives(schema, value, at);
    }

    fn fault(&mut self, at: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{at}: {what}"));
    }

    fn check_value(&mut self, schema: &Map<String, Value>, value: &Value, at: &str) {
        let fits = |kind: &Value| is_of(kind.as_str().unwrap(), value);
        let type_fits = match schema.get("type") {
            None => true,
            Some(Value::Array(kinds)) => kinds.iter().any(fits),
            Some(kind) => fits(kind),
        };
        if !type_fits {
            self.fault(at, format!("{value} is not of type {}", schema["type"]));
        }
        if schema.get("enum").is_some_and(|words| !words.as_array().unwrap().contains(value)) {
            self.fault(at, format!("{value} is none of {}", schema["enum"]));
        }
        if schema.get("const").is_some_and(|only| only != value) {
            self.fault(at, format!("{value} is not {}", schema["const"]));
        }
        let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
        let size = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => Some(text.chars().count() as f64),
            Value::Array(items) => Some(items.len() as f64),
            _ => None,
        };
        let (least, most) = match value {
            Value::Number(_) => ("minimum", "maximum"),
            Value::String(_) => ("minLength", "maxLength"),
            _ => ("minItems", "maxItems"),
        };
        let Some(size) = size else { return };
        if limit(least).is_some_and(|least| size < least) || limit(most).is_some_and(|most| size > most) {
            self.fault(at, format!("{value} is out of bounds"));
        }
    }

    fn check_members(&mut self, schema: &Map<String, Value>, value: &Value, at: &str) {
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            values.iter().enumerate().for_each(|(index, value)| self.check(items, value, &format!("{at}[{index}]")));
        }
        let Some(members) = value.as_object() else { return };
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                self.fault(at, format!("lacks {name}"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, value) in members {
            let at = format!("{at}.{name}");
            match (properties.and_then(|properties| properties.get(name)), schema.get("additionalProperties")) {
                (Some(schema), _) => self.check(schema, value, &at),
                (None, Some(Value::Bool(false))) => self.fault(&at, "is not described"),
                (None, Some(others)) => self.check(others, value, &at),
                (None, None) if properties.is_some() && schema.contains_key("type") => {
                    self.fault(&at, "is not described")
                }
                (None, None) => {}
            }
        }
    }

    fn check_alternatives(&mut self, schema: &Map<String, Value>, value: &Value, at: &str) {
        let list = |name: &str| schema.get(name).and_then(Value::as_array).cloned();
        for part in list("allOf").unwrap_or_default() {
            self.check(&part, value, at);
        }
        let fitting =
            |parts: Vec<Value>| parts.iter().filter(|part| faults(self.document, part, value).is_empty()).count();
        let (one, any) = (list("oneOf").map(fitting), list("anyOf").map(fitting));
        if one.is_some_and(|count| count != 1) || any == Some(0) {
            self.fault(at, format!("{value} fits {} alternatives", one.or(any).unwrap_or_default()));
        }
        let Some(condition) = schema.get("if") else { return };
        let branch = if faults(self.document, condition, value).is_empty() { "then" } else { "else" };
        if let Some(branch) = schema.get(branch) {
            self.check(branch, value, at);
        }
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}
