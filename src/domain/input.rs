//! What a manual start takes: a schema, where its node declares one, that the input has to keep to, whoever sends it.

use serde_json::{Map, Value};

use super::{
    contract,
    problem::Problem,
    task::Kind,
    workflow::{Node, Workflow},
};

/// The parameter of the manual start that holds the schema.
pub const FIELD: &str = "schema";

/// The schema that the node declares; none: it takes anything.
pub fn schema(node: &Node) -> Result<Option<Value>, Problem> {
    let schema = match node.parameters.get(FIELD) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| Problem::of_node(&node.id, FIELD, format!("This is not JSON: {error}.")))?,
        Some(value) => value.clone(),
    };
    match contract::schema_problem(&schema) {
        Some(wrong) => Err(Problem::of_node(&node.id, FIELD, wrong)),
        None => Ok(Some(schema)),
    }
}

/// Why the workflow does not take this input; none: it does. With `only_declared`, what no manual start declares is refused
/// too.
pub fn refusal(workflow: &Workflow, input: &Value, only_declared: bool) -> Option<String> {
    let declared: Vec<Value> = declared(workflow).collect();
    if let Some(wrong) = declared.iter().find_map(|schema| contract::mismatch(schema, input, "input")) {
        return Some(format!("The workflow does not take this input: {wrong}"));
    }
    if !only_declared || is_empty(input) {
        return None;
    }
    if declared.is_empty() {
        return Some(
            "Your role hands on declared input only, and this workflow declares none. Start it without input, or ask an \
             editor to declare what its manual start takes."
                .to_owned(),
        );
    }
    let is_declared = |name: &String| declared.iter().any(|schema| schema["properties"].get(name).is_some());
    let extra = input.as_object().and_then(|members| members.keys().find(|name| !is_declared(name)))?;
    Some(format!("Your role hands on declared input only: input.{extra} is not declared."))
}

/// Input to begin with, as it is declared; none: nothing is.
pub fn sample(workflow: &Workflow) -> Option<Value> {
    declared(workflow).next().map(|schema| blank(&schema))
}

fn declared(workflow: &Workflow) -> impl Iterator<Item = Value> {
    let starts = workflow.nodes.iter().filter(|node| node.kind == Kind::Manual);
    starts.filter_map(|node| schema(node).ok().flatten())
}

fn is_empty(input: &Value) -> bool {
    input.is_null() || input.as_object().is_some_and(Map::is_empty)
}

/// The least that has the schema's shape.
fn blank(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0).or(schema.get("const")) {
        return first.clone();
    }
    let name = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str());
    match name {
        Some("string") => "".into(),
        Some("number" | "integer") => schema.get("minimum").cloned().unwrap_or(0.into()),
        Some("boolean") => false.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("null") => Value::Null,
        _ => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties.map(|(name, schema)| (name.clone(), blank(schema))).collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::workflow::Point;

    fn taking(schema: Value) -> Workflow {
        let mut start = Node::new("start".into(), "Start", Kind::Manual, Point::default());
        start.parameters.insert(FIELD.to_owned(), schema);
        Workflow { nodes: vec![start], ..Workflow::default() }
    }

    fn email() -> Value {
        json!({"type": "object", "required": ["email"], "properties": {"email": {"type": "string", "minLength": 3}}})
    }

    #[test]
    fn input_keeps_to_what_is_declared_whoever_sends_it() {
        for workflow in [taking(email()), taking(email().to_string().into())] {
            assert_eq!(refusal(&workflow, &json!({"email": "a@b", "more": 1}), false), None);
            for wrong in [json!({}), json!(null), json!({"email": "a"}), json!({"email": 7})] {
                let said = refusal(&workflow, &wrong, false).expect("a refusal");
                assert!(said.contains("input"), "{said}");
            }
        }
    }

    #[test]
    fn whoever_may_hand_on_declared_input_only_hands_on_nothing_else() {
        let said = refusal(&taking(email()), &json!({"email": "a@b", "more": 1}), true).expect("a refusal");
        assert!(said.contains("input.more"), "{said}");
        assert_eq!(refusal(&taking(email()), &json!({"email": "a@b"}), true), None);
        let open = taking(json!(""));
        assert!(refusal(&open, &json!({"email": "a@b"}), true).is_some_and(|said| said.contains("declares none")));
        assert_eq!((refusal(&open, &json!({}), true), refusal(&open, &json!(null), true)), (None, None));
        assert_eq!(refusal(&open, &json!({"email": "a@b"}), false), None);
    }

    #[test]
    fn a_schema_that_is_none_is_a_problem_of_its_field() {
        for wrong in [json!("{"), json!("7"), json!({"type": "text"}), json!({"pattern": "x"})] {
            let problem = schema(&taking(wrong.clone()).nodes[0]).expect_err("a problem");
            assert_eq!(problem.field.as_deref(), Some(FIELD), "{wrong}");
        }
    }

    #[test]
    fn a_sample_has_the_shape_that_is_declared() {
        let schema = json!({"properties": {
            "name": {"type": "string"}, "age": {"type": "integer", "minimum": 18}, "plan": {"enum": ["free", "pro"]},
            "tags": {"type": "array"}, "is_new": {"type": "boolean"}, "address": {"properties": {"city": {"type": "string"}}},
        }});
        let expected =
            json!({"name": "", "age": 18, "plan": "free", "tags": [], "is_new": false, "address": {"city": ""}});
        assert_eq!(sample(&taking(schema)), Some(expected));
        assert_eq!(sample(&taking(json!(null))), None);
    }
}
