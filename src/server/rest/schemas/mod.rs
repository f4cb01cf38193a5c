//! JSON schemas of what the interface answers with. The domain derives serde only, so they are written here, and the
//! integration tests hold real answers against them.

mod backtest;
mod channels;
mod code;
mod events;
mod executions;
mod explain;
mod insight;
mod library;
mod limits;
mod members;
mod triggers;
mod workflows;

use serde_json::{Map, Value, json};

use crate::domain::schema;

/// The schemas by name, as OpenAPI lists them under `components`.
pub fn all() -> impl Iterator<Item = (String, Value)> {
    let errors = json!({ "Error": error(), "Problem": problem() });
    [
        workflow(),
        workflows::all(),
        backtest::all(),
        executions::all(),
        explain::all(),
        insight::all(),
        limits::all(),
        triggers::all(),
        members::all(),
        channels::all(),
        library::all(),
        code::all(),
        errors,
    ]
    .into_iter()
    .flat_map(members)
}

/// The workflow's own schema, its definitions lifted to where OpenAPI keeps schemas.
fn workflow() -> Value {
    let mut root = schema::workflow();
    let definitions = root["$defs"].take();
    for lifted in ["$defs", "$schema"] {
        root.as_object_mut().and_then(|members| members.remove(lifted));
    }
    let named = members(definitions).into_iter().map(|(name, schema)| (format!("Workflow.{name}"), schema));
    let mut all: Map<String, Value> = named.chain([("Workflow".to_owned(), root)]).collect();
    all.values_mut().for_each(lift_references);
    Value::Object(all)
}

fn lift_references(schema: &mut Value) {
    match schema {
        Value::Object(members) => members.values_mut().for_each(lift_references),
        Value::Array(items) => items.iter_mut().for_each(lift_references),
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("#/$defs/") {
                *text = format!("#/components/schemas/Workflow.{name}");
            }
        }
        _ => {}
    }
}

fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// An object with these members; the ones named in `optional` may be missing.
fn object(description: &str, properties: Value, optional: &[&str]) -> Value {
    let properties = members(properties);
    let required: Vec<&String> = properties.keys().filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "description": description, "required": required, "properties": properties })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn list_of(name: &str) -> Value {
    json!({ "type": "array", "items": reference(name) })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn number(description: &str) -> Value {
    json!({ "type": "integer", "description": description })
}

fn id(description: &str) -> Value {
    json!({ "type": "string", "format": "uuid", "description": description })
}

fn time(description: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": description })
}

/// One of the words.
fn one_of_words<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Value {
    let words: Vec<&str> = words.into_iter().collect();
    json!({ "type": "string", "description": description, "enum": words })
}

/// Any JSON value.
fn anything(description: &str) -> Value {
    json!({ "description": description })
}

/// The schema, or null.
fn or_null(mut schema: Value) -> Value {
    match schema["type"].take() {
        Value::Null => json!({ "oneOf": [schema_without_type(schema), { "type": "null" }] }),
        kind => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
    }
}

fn schema_without_type(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.remove("type");
    }
    schema
}

fn problem() -> Value {
    object(
        "Why a workflow cannot be published, or which field of a request is wrong.",
        json!({
            "node": text("The node it is about; missing: the workflow or the request as a whole."),
            "field": text("The parameter, or `name`, `retry`, `timeout_secs`, `edges` …"),
            "message": text("What is wrong and what to do."),
        }),
        &["node", "field"],
    )
}

fn error() -> Value {
    let mut error = object(
        "A problem as RFC 9457 describes it.",
        json!({
            "type": text("`urn:flowpilot:problem:` and the code."),
            "title": text("What the status means."),
            "status": number("The HTTP status."),
            "code": text("Stable, for programs: `not_found`, `stale_revision`, `problems`, `invalid`, `malformed` …"),
            "detail": text("What happened, why, what to do."),
            "problems": list_of("Problem"),
        }),
        &["problems"],
    );
    error["example"] = json!({
        "type": "urn:flowpilot:problem:stale_revision",
        "title": "Conflict",
        "status": 409,
        "code": "stale_revision",
        "detail": "Somebody saved revision 8 meanwhile. Reload to see it, or save yours on top of revision 8; nothing is lost.",
    });
    error
}
