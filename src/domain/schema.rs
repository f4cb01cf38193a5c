//! The JSON Schema (2020-12) of a workflow's JSON form, generated from the catalogue. It describes what can be
//! published; a draft may leave required parameters out.

mod drawing;
mod limits;

use serde_json::{Map, Value, json};

use super::{
    commit::Commit,
    contract,
    limit::Priority,
    retry::RetryPolicy,
    task::{Field, Input, Kind, port},
    validate::{MAX_NAME_CHARS, MAX_NODES, MAX_TIMEOUT_SECS, MAX_TOTAL_TIMEOUT_SECS},
    workflow::{DEFAULT_TIMEOUT_SECS, JoinRule},
};

/// The schema of a whole workflow.
pub fn workflow() -> Value {
    let mut definitions = Map::new();
    definitions.insert("node".to_owned(), node());
    definitions.insert("edge".to_owned(), edge());
    definitions.insert("retry".to_owned(), retry());
    definitions.insert("limits".to_owned(), limits::of_task());
    definitions.insert("note".to_owned(), drawing::note());
    definitions.insert("group".to_owned(), drawing::group());
    for kind in Kind::ALL {
        definitions.insert(kind.name().to_owned(), parameters(kind));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "FlowPilot workflow",
        "description": "A workflow as it is exported, imported and sent to the API. Texts may hold expressions: {{ input.email }}.",
        "type": "object",
        "required": ["name", "nodes"],
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS },
            "description": { "type": "string" },
            "settings": settings(),
            "nodes": { "type": "array", "minItems": 1, "maxItems": MAX_NODES, "items": { "$ref": "#/$defs/node" } },
            "edges": { "type": "array", "items": { "$ref": "#/$defs/edge" } },
            "notes": { "type": "array", "items": { "$ref": "#/$defs/note" } },
            "groups": { "type": "array", "items": { "$ref": "#/$defs/group" } },
        },
        "$defs": definitions,
    })
}

fn settings() -> Value {
    json!({
        "type": "object",
        "properties": {
            "deadline_secs": {
                "type": "integer", "minimum": 1,
                "description": "Seconds from start after which the execution fails; left out: no deadline.",
            },
            "commit": {
                "oneOf": Commit::ALL.map(|commit| json!({ "const": commit.name(), "description": commit.promise() })),
                "default": Commit::default().name(),
                "description": "When what happens becomes durable. An accepted start always is.",
            },
            "priority": {
                "enum": Priority::ALL.map(Priority::name), "default": Priority::default().name(),
                "description": "Who goes first among the tasks of the workspace when slots are short.",
            },
            "concurrency": limits::of_workflow(),
            "debounce": limits::debounce(),
            "idempotency_secs": limits::idempotency(),
            "output": {
                "type": "object", "additionalProperties": false,
                "description": "What the execution's output has to be like; otherwise it fails in its phase “validate”.",
                "properties": {
                    "schema": {
                        "type": "object",
                        "description": format!("A JSON Schema of the words {}.", contract::WORDS.join(", ")),
                    },
                    "assertions": {
                        "type": "array", "maxItems": contract::MAX_ASSERTIONS, "items": { "type": "string" },
                        "description": "Expressions over `input`, which is the output here; each has to come out true.",
                        "examples": [["input.total > 0"]],
                    },
                },
            },
        },
    })
}

fn node() -> Value {
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let by_kind: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| {
            let reference = format!("#/$defs/{}", kind.name());
            json!({
                "if": { "properties": { "kind": { "const": kind.name() } } },
                "then": { "properties": { "parameters": { "$ref": reference } } },
            })
        })
        .collect();
    json!({
        "type": "object",
        "required": ["id", "name", "kind"],
        "properties": {
            "id": {
                "type": "string", "pattern": "^[a-z0-9_]{1,64}$",
                "description": "Unique in the workflow, and the same over its versions.",
            },
            "name": {
                "type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS,
                "description": "Unique in the workflow. Expressions read the node's output as nodes[\"name\"].output.",
            },
            "kind": { "enum": kinds },
            "parameters": { "type": "object" },
            "position": drawing::point(),
            "disabled": {
                "type": "boolean", "default": false,
                "description": "A disabled task hands on what it gets, without being attempted; a disabled trigger starts nothing.",
            },
            "pinned": { "description": "An output that stands in for the node whenever the draft is tried." },
            "retry": { "$ref": "#/$defs/retry" },
            "timeout_secs": {
                "type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_SECS, "default": DEFAULT_TIMEOUT_SECS,
                "description": "Seconds that one attempt may take.",
            },
            "total_timeout_secs": {
                "type": "integer", "minimum": 1, "maximum": MAX_TOTAL_TIMEOUT_SECS,
                "description": "Seconds that the task may take over all its attempts and waits; left out: no limit.",
            },
            "start_timeout_secs": {
                "type": "integer", "minimum": 1, "maximum": MAX_TOTAL_TIMEOUT_SECS,
                "description": "Seconds that an attempt may be queued before it fails; left out: no limit.",
            },
            "heartbeat_timeout_secs": {
                "type": "integer", "minimum": 1, "maximum": MAX_TOTAL_TIMEOUT_SECS,
                "description": "Seconds that an attempt may go without a sign of life before it is ended; left out: no limit.",
            },
            "join": {
                "enum": JoinRule::ALL, "default": "all_succeeded",
                "description": "When a node with several incoming edges starts.",
            },
            "group": {
                "type": "string", "pattern": "^[a-z0-9_-]{1,32}$",
                "description": "The group of workers that performs the task; left out: any replica.",
            },
            "limits": { "$ref": "#/$defs/limits" },
            "library": {
                "type": "object", "required": ["task", "version"], "additionalProperties": false,
                "description": "The library task that the node was made from. The node holds a copy of it.",
                "properties": {
                    "task": { "type": "string", "format": "uuid" },
                    "version": { "type": "integer", "minimum": 1 },
                },
            },
        },
        "allOf": by_kind,
    })
}

fn edge() -> Value {
    let mut outputs: Vec<_> = Kind::ALL.iter().flat_map(|kind| kind.output_ports()).collect();
    outputs.sort_unstable();
    outputs.dedup();
    // A switch has one for each of its cases.
    let outputs = json!({ "type": "string", "minLength": 1, "examples": outputs });
    let endpoint = |ports: Value| {
        json!({
            "type": "object",
            "required": ["node", "port"],
            "properties": { "node": { "type": "string", "description": "A node's id." }, "port": ports },
        })
    };
    json!({
        "type": "object",
        "required": ["from", "to"],
        "properties": { "from": endpoint(outputs), "to": endpoint(json!({ "enum": [port::IN] })) },
    })
}

fn retry() -> Value {
    let default = RetryPolicy::default();
    json!({
        "type": "object",
        "description": "Attempts and the waits between them: random up to a ceiling that grows by `factor`.",
        "properties": {
            "max_attempts": { "type": "integer", "minimum": 1, "maximum": 100, "default": default.max_attempts },
            "base_ms": { "type": "integer", "minimum": 0, "default": default.base_ms },
            "factor": { "type": "number", "minimum": 1, "maximum": 10, "default": default.factor },
            "cap_ms": { "type": "integer", "minimum": 0, "maximum": 86_400_000, "default": default.cap_ms },
        },
    })
}

/// The parameters of one kind.
pub fn parameters(kind: Kind) -> Value {
    let spec = kind.spec();
    let properties: Map<String, Value> =
        spec.fields.iter().map(|field| (field.name.to_owned(), parameter(kind, field))).collect();
    let needed = |field: &&Field| field.required && field.default.is_none();
    let required: Vec<_> =
        spec.fields.iter().filter(needed).filter(|field| field.shown_when.is_none()).map(|field| field.name).collect();
    let mut schema = json!({
        "title": spec.label,
        "description": spec.summary,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    });
    let conditions: Vec<_> = spec.fields.iter().filter(needed).filter_map(condition).collect();
    if !conditions.is_empty() {
        schema["allOf"] = Value::Array(conditions);
    }
    schema
}

/// Requires a field only while it is shown.
fn condition(field: &Field) -> Option<Value> {
    let others: Vec<_> = field.conditions().map(|(other, _)| other).collect();
    let values: Map<_, _> =
        field.conditions().map(|(other, values)| (other.to_owned(), json!({ "enum": values }))).collect();
    let rule = json!({
        "if": { "required": others, "properties": values },
        "then": { "required": [field.name] },
    });
    (!others.is_empty()).then_some(rule)
}

fn parameter(kind: Kind, field: &Field) -> Value {
    let mut schema = json!({ "title": field.label });
    let mut description = field.help.to_owned();
    for (other, values) in field.conditions() {
        let label = kind.field(other).map_or(other, |field| field.label);
        description =
            format!("{description} Counts only while “{label}” is {}.", values.join(", ")).trim_start().to_owned();
    }
    let rules = match field.input {
        Input::Text | Input::LongText | Input::Source | Input::Code(_) | Input::ItemExpression => {
            json!({ "type": "string" })
        }
        // A JSON text with expressions, or the value itself.
        Input::Json => json!({}),
        Input::Expression => json!({}),
        Input::Members => json!({ "type": "object" }),
        Input::Hidden => json!({ "type": "array", "items": { "type": "string" } }),
        Input::Pairs => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Input::Number { min, max } => json!({ "type": ["number", "string"], "minimum": min, "maximum": max }),
        Input::Choice(choices) => json!({ "enum": choices.iter().map(|choice| choice.value).collect::<Vec<_>>() }),
        Input::Credential(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.label()).collect();
            description =
                format!("{description} The name of a credential: {}.", kinds.join(" or ")).trim_start().to_owned();
            json!({ "type": "string" })
        }
        Input::Cron | Input::TimeZone | Input::Plugin => json!({ "type": "string" }),
    };
    let extras = [
        (!description.is_empty()).then(|| ("description", Value::from(description))),
        field.default.map(|default| ("default", Value::from(default))),
        (!field.placeholder.is_empty()).then(|| ("examples", json!([field.placeholder]))),
    ];
    let rules = rules.as_object().cloned().into_iter().flatten();
    if let Some(schema) = schema.as_object_mut() {
        schema.extend(rules);
        schema.extend(extras.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        drawing::{Group, Note},
        workflow::{Edge, Node, Point, Workflow},
    };

    /// As much of a validator as the schema above needs.
    fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
        let all = |rules: &[Value]| rules.iter().all(|rule| fits(root, rule, value));
        schema.as_object().expect("a schema").iter().all(|(word, rule)| match word.as_str() {
            "$ref" => fits(root, root.pointer(&rule.as_str().expect("a path")[1..]).expect("a definition"), value),
            "type" => match rule {
                Value::Array(types) => types.iter().any(|one| has_type(one, value)),
                one => has_type(one, value),
            },
            "required" => {
                let names = rule.as_array().expect("names");
                value
                    .as_object()
                    .is_none_or(|object| names.iter().all(|name| object.contains_key(name.as_str().expect("a name"))))
            }
            "properties" => rule
                .as_object()
                .expect("properties")
                .iter()
                .all(|(name, rule)| value.get(name).is_none_or(|member| fits(root, rule, member))),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                object
                    .iter()
                    .filter(|(name, _)| schema["properties"].get(name.as_str()).is_none())
                    .all(|(_, member)| rule.as_bool().unwrap_or_else(|| fits(root, rule, member)))
            }),
            "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(root, rule, item))),
            "enum" => rule.as_array().expect("values").contains(value),
            "const" => rule == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().expect("a number")),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().expect("a number")),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().expect("a number")),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().expect("a number")),
            "minLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().expect("a number"))
            }
            "maxLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().expect("a number"))
            }
            "pattern" => value.as_str().is_none_or(|text| {
                regex_lite::Regex::new(rule.as_str().expect("a pattern")).expect("a pattern").is_match(text)
            }),
            "allOf" => all(rule.as_array().expect("rules")),
            "if" => !fits(root, rule, value) || fits(root, &schema["then"], value),
            "then" | "title" | "description" | "default" | "examples" | "$schema" | "$defs" => true,
            other => panic!("{other} is not known to this test"),
        })
    }

    fn has_type(name: &Value, value: &Value) -> bool {
        match name.as_str().expect("a type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            other => panic!("{other} is not known to this test"),
        }
    }

    fn of_all_kinds() -> Workflow {
        let mut workflow = Workflow { name: "All kinds".to_owned(), ..Workflow::default() };
        for kind in Kind::ALL {
            let mut node = Node::new(workflow.free_node_id(kind), kind.spec().label, kind, Point::default());
            for field in kind.spec().fields.iter().filter(|field| field.required && field.default.is_none()) {
                let is_object = matches!(field.input, Input::Pairs | Input::Members);
                let value = if is_object { json!({ "a": "1" }) } else { json!("1") };
                node.parameters.insert(field.name.to_owned(), value);
            }
            workflow.nodes.push(node);
        }
        workflow.edges.push(Edge::between("manual_1", "condition_1"));
        workflow.edges.push(Edge::from_port("condition_1", port::TRUE, "delay_1"));
        workflow.nodes[3].disabled = true;
        workflow.notes.push(Note::new("note_1".into(), Point::default()));
        let nodes = ["delay_1".into()].into();
        workflow.groups.push(Group { id: "group_1".into(), name: "Later".to_owned(), nodes, collapsed: true });
        workflow
    }

    #[test]
    fn the_json_of_a_workflow_of_all_kinds_fits() {
        let schema = workflow();
        let value = serde_json::to_value(of_all_kinds()).expect("JSON");
        assert!(fits(&schema, &schema, &value), "{value:#}");
    }

    #[test]
    fn what_cannot_be_published_does_not_fit() {
        let schema = workflow();
        let broken = |change: &dyn Fn(&mut Value)| {
            let mut value = serde_json::to_value(of_all_kinds()).expect("JSON");
            change(&mut value);
            !fits(&schema, &schema, &value)
        };
        assert!(broken(&|value| value["name"] = json!("")));
        assert!(broken(&|value| value["nodes"] = json!([])));
        assert!(broken(&|value| value["nodes"][0]["kind"] = json!("teleport")));
        assert!(broken(&|value| value["nodes"][0]["id"] = json!("Bad Id")));
        assert!(broken(&|value| value["nodes"][3]["parameters"] = json!({ "method": "GET" })));
        assert!(broken(&|value| value["nodes"][3]["parameters"]["method"] = json!("FETCH")));
        assert!(broken(&|value| value["nodes"][3]["parameters"]["verb"] = json!("GET")));
        assert!(broken(&|value| value["nodes"][3]["timeout_secs"] = json!(0)));
        assert!(broken(&|value| value["nodes"][3]["retry"]["max_attempts"] = json!(101)));
        assert!(broken(&|value| value["nodes"][1]["parameters"] = json!({ "auth": "header_token" })));
        assert!(broken(&|value| value["edges"][0]["to"]["port"] = json!("side")));
    }

    #[test]
    fn every_field_of_the_catalogue_is_described() {
        let schema = workflow();
        for kind in Kind::ALL {
            for field in kind.spec().fields {
                let property = &schema["$defs"][kind.name()]["properties"][field.name];
                assert_eq!(property["title"], field.label, "{}.{}", kind.name(), field.name);
            }
        }
    }
}
