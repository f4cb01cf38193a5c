//! Data that looks like code stays data: through every field of every kind, and through every kind that needs no peer.

use flowpilot::{
    domain::{
        expression::{Scope, resolve},
        task::{Family, Field, Input, Kind},
    },
    server::runners::{self, Outcome},
};
use serde_json::{Value, json};

use super::{call, object};

const PAYLOADS: [&str; 20] = [
    "{{7*7}}",
    "${7*7}",
    "{% debug %}",
    "{{ input.secret }}",
    "{{{{7*7}}}}",
    "}}{{7*7}}{{",
    "{{ \"{{7*7}}\" }}",
    "`${7*7}`",
    "#{7*7}",
    "<%= 7*7 %>",
    "$(id)",
    "`id`",
    "{{constructor.constructor(\"return process\")()}}",
    "=7*7",
    "={{ $json.x }}",
    "\" + 7*7 + \"",
    "\\u007b\\u007b7*7}}",
    "{#comment#}{{ 7*7 }}",
    "${{ github.token }}",
    "{{ vars.secret }} {{ $env.HOME }}",
];

fn scope(payload: &str) -> Scope {
    let item = || json!({ "p": payload, "list": [payload] });
    Scope {
        input: json!({ "p": payload, "items": [item(), item()], "secret": "leak" }),
        item: json!({ "p": payload }),
        vars: json!({ "secret": "leak" }),
        ..Scope::default()
    }
}

/// The field as somebody fills it in who hands the payload on, and what it has to come to.
fn filled(field: &Field, payload: &str) -> Option<(Value, Value)> {
    Some(match field.input {
        Input::Text | Input::LongText if field.is_html => return None,
        Input::Text | Input::LongText => (json!("{{ input.p }}"), json!(payload)),
        Input::Json => {
            (json!("{ \"a\": {{ input.p }}, \"b\": \"{{ input.p }}\" }"), json!({ "a": payload, "b": payload }))
        }
        Input::Expression => (json!("input.p"), json!(payload)),
        Input::ItemExpression => (json!("item.p"), json!([payload, payload])),
        Input::Pairs | Input::Members => (json!({ "a": "{{ input.p }}" }), json!({ "a": payload })),
        // Taken as it stands: nothing is put into it.
        Input::Source => (json!("select '{{ input.p }}'"), json!("select '{{ input.p }}'")),
        _ => return None,
    })
}

#[test]
fn every_field_of_every_kind_hands_data_on_as_it_is() {
    let mut count = 0;
    for kind in Kind::ALL {
        for field in kind.spec().fields.iter().filter(|field| field.name != "items") {
            for payload in PAYLOADS {
                let Some((given, expected)) = filled(field, payload) else { continue };
                let mut parameters = object(json!({ "items": "input.items" }));
                for (other, values) in field.conditions() {
                    parameters.insert(other.to_owned(), json!(values[0]));
                }
                parameters.insert(field.name.to_owned(), given);
                let resolved = resolve(kind, &parameters, &scope(payload))
                    .unwrap_or_else(|error| panic!("{}.{} with {payload}: {error:?}", kind.name(), field.name));
                assert_eq!(resolved.get(field.name), Some(&expected), "{}.{}", kind.name(), field.name);
                count += 1;
            }
        }
    }
    assert!(count >= 20 * 60, "{count} fields and payloads");
}

/// Kinds whose output holds their input, with the parameters that let it through.
fn passing() -> Vec<(Kind, Value)> {
    vec![
        (Kind::Transform, json!({ "output": "input" })),
        (Kind::SetFields, json!({ "set": { "copy": "{{ input.p }}" } })),
        (Kind::Condition, json!({ "if": "true" })),
        (Kind::NoOp, json!({})),
        (Kind::Log, json!({ "message": "{{ input.p }}" })),
        (Kind::Filter, json!({ "items": "input.items", "keep": "true" })),
        (Kind::Sort, json!({ "items": "input.items", "by": "item.p" })),
        (Kind::Limit, json!({ "items": "input.items", "count": 2 })),
        (Kind::Deduplicate, json!({ "items": "input.items", "by": "item.p" })),
        (Kind::Split, json!({ "items": "input.items", "into": "item.list" })),
        (Kind::Switch, json!({ "value": "input.p", "cases": {} })),
    ]
}

/// Every text in the value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_kind_that_passes_data_on_passes_it_on_byte_by_byte() {
    let mut count = 0;
    for (kind, given) in passing() {
        assert!(matches!(kind.spec().family, Family::Flow | Family::Data), "{}", kind.name());
        for payload in PAYLOADS {
            let scope = scope(payload);
            let parameters = resolve(kind, &object(given.clone()), &scope)
                .unwrap_or_else(|error| panic!("{}: {error:?}", kind.name()));
            let mut call = call(kind, Value::Object(parameters));
            call.input = scope.input.clone();
            let output = match runners::run(call).await {
                Ok(Outcome::Done { output, .. }) => output,
                other => panic!("{} with {payload}: {other:?}", kind.name()),
            };
            let found = texts(&output);
            assert!(found.contains(&payload), "{} with {payload}: {output}", kind.name());
            assert!(found.iter().all(|text| [payload, "leak"].contains(text)), "{}: {output}", kind.name());
            // A second time: what came out goes through the next node.
            let again = resolve(
                Kind::Transform,
                &object(json!({ "output": "input" })),
                &Scope { input: output.clone(), ..scope },
            );
            assert_eq!(again.expect("it resolves")["output"], output, "{}", kind.name());
            count += 1;
        }
    }
    assert!(count >= 200, "{count}");
}
