//! The OpenAPI description: collected from the handlers, completed with what is the same everywhere.

use std::sync::LazyLock;

use axum::Json;
use serde_json::{Value, json};

use super::{BASE, resources, schemas, scopes};
use crate::domain::role::Action;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(resources().into_openapi()).unwrap_or_default();
    document["info"] = info();
    document["servers"] = json!([{ "url": BASE }]);
    document["security"] = json!([{ "token": [] }]);
    document["tags"] = json!([
        { "name": "Workflows", "description": "Graphs of nodes: drafts and published versions." },
        { "name": "Executions", "description": "Runs of workflows and their journals." },
        { "name": "Triggers", "description": "Webhooks and schedules, and the times of schedules." },
        { "name": "Dead letters", "description": "Executions that failed and that nobody dealt with yet." },
        { "name": "Breakers", "description": "Circuit breakers of services that fail." },
        { "name": "Members", "description": "The people of the workspace, and invitations." },
        { "name": "Channels", "description": "Where the node “Notify” tells people something." },
        { "name": "Library", "description": "Reusable tasks of the workspace." },
        { "name": "Variables", "description": "Values that all workflows of the workspace read." },
        { "name": "Code", "description": "What code may do in the workspace." },
    ]);
    document["components"]["securitySchemes"] = json!({ "token": token() });
    document["components"]["responses"] = json!({ "Error": error() });
    for (name, schema) in schemas::all() {
        document["components"]["schemas"][name] = schema;
    }
    document["paths"].as_object_mut().into_iter().flatten().for_each(|(_, path)| complete(path));
    document
});

/// Answers with the description; it is the same for everybody.
pub async fn serve() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

pub fn document() -> &'static Value {
    &DOCUMENT
}

fn info() -> Value {
    json!({
        "title": "FlowPilot",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Draw, publish and run workflows. Every call carries an API token, made in the settings or by \
                        `flowpilot token create`, and works in that token's workspace: it may what its scopes and the \
                        role of its owner both allow. `security` names the scope of each operation. A token for \
                        certain workflows may use what concerns one of them; lists have to be narrowed to one. \
                        Errors are `application/problem+json` (RFC 9457): `code` is stable, `detail` is for people, \
                        `problems` names nodes and fields.",
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    })
}

fn token() -> Value {
    json!({ "type": "http", "scheme": "bearer", "description": "An API token, which begins with `fpt_`." })
}

fn error() -> Value {
    json!({
        "description": "What went wrong and what to do: 400 malformed, 401 no valid token, 403 the role may not, \
                        404 not in this workspace, 413 too large, 415 no JSON, 422 a field is wrong, 429 too much at once.",
        "content": error_content(),
    })
}

fn error_content() -> Value {
    json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Error" } } })
}

/// Every operation may answer with an error, and all errors look alike.
fn complete(path: &mut Value) {
    for (_, operation) in path.as_object_mut().into_iter().flatten() {
        let action = operation["operationId"].as_str().and_then(scopes::action_of);
        if let Some(scope) = action.and_then(Action::scope) {
            operation["security"] = json!([{ "token": [scope.name()] }]);
        }
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        let errors = responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5']));
        errors.for_each(|(_, response)| response["content"] = error_content());
        responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Error" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value.as_str() {
                Some(target) if name == "$ref" => found.push(target),
                _ => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let mut found = Vec::new();
        references(document(), &mut found);
        assert!(found.len() > 20);
        for target in found {
            let pointer = target.strip_prefix('#').expect("a reference into the document");
            assert!(document().pointer(pointer).is_some(), "{target}");
        }
    }

    #[test]
    fn every_schema_is_used() {
        let mut found = Vec::new();
        references(document(), &mut found);
        for name in document()["components"]["schemas"].as_object().expect("schemas").keys() {
            assert!(found.contains(&format!("#/components/schemas/{name}").as_str()), "{name} is never used");
        }
    }

    #[test]
    fn every_operation_has_a_name_a_summary_and_an_answer_for_errors() {
        for (path, operations) in document()["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                for member in ["/operationId", "/summary", "/tags/0", "/responses/default"] {
                    assert!(operation.pointer(member).is_some(), "{method} {path} lacks {member}");
                }
            }
        }
    }
}
