//! The expression language: what it means (as a JavaScript engine sees it), what it refuses, what it may use.

mod bombs;
mod differential;
mod escapes;
mod fields;
mod generator;
mod methods;
mod oracle;
mod refusals;

use flowpilot::domain::expression::{Scope, evaluate};
use serde_json::{Value, json};

/// Data as a sign-up hands it over, with what is awkward in it.
fn scope() -> Scope {
    Scope {
        input: json!({
            "email": "Ada@Example.com",
            "plan": "pro",
            "age": 36,
            "score": 0.1,
            "none": null,
            "yes": true,
            "name": "Ada 😀 Löwe",
            "items": [
                { "name": "Pen", "price": 2.5, "tags": ["b", "a"] },
                { "name": "Book", "price": 12, "tags": [] },
                { "name": "pen", "price": -1, "tags": ["c"] },
            ],
            "numbers": [3, 1, 2, 10, 0.5],
            "words": ["b", "a", "C", "", "é"],
            "nested": { "b": { "c": [1, [2, [3]]] }, "2": "two", "1": "one" },
        }),
        trigger: json!({ "body": { "ok": true }, "headers": { "x-kind": "test" } }),
        nodes: [
            ("Create CRM entry".to_owned(), json!({ "output": { "id": 17, "tags": ["new"] } })),
            ("Skipped".to_owned(), json!({ "output": null })),
        ]
        .into(),
        execution: json!({ "id": "0190" }),
        workflow: json!({ "name": "Sign-up" }),
        vars: json!({ "rate": 0.1 }),
        now: Value::from("2026-11-20T14:05:00.000Z"),
        ..Scope::default()
    }
}

fn value(expression: &str) -> Value {
    evaluate(expression, &scope()).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

fn error(expression: &str) -> String {
    match evaluate(expression, &scope()) {
        Ok(value) => panic!("{expression} gave {value}"),
        Err(error) => error.message,
    }
}
