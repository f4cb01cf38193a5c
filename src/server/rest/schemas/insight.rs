//! What past executions tell of a workflow.

use serde_json::{Value, json};

use super::{list_of, number, object, one_of_words, or_null, reference, text, time};
use crate::domain::insight::Sort;

pub fn all() -> Value {
    json!({
        "Insight": insight(),
        "NodeInsight": node(),
        "InsightTime": object(
            "Half, and 95 of 100, took no longer than this.",
            json!({ "p50_ms": number("Milliseconds."), "p95_ms": number("Milliseconds.") }),
            &[],
        ),
        "LearnedSchema": object(
            "What was learned of the values that left through one port.",
            json!({
                "values": number("How many values were looked at."),
                "is_partial": flag("There was more in them than is kept: deeper, wider or longer."),
                "places": list_of("LearnedPlace"),
            }),
            &[],
        ),
        "LearnedPlace": place(),
    })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// An object whose members have names of their own.
fn by_name(description: &str, of: &str) -> Value {
    json!({ "type": "object", "description": description, "additionalProperties": reference(of) })
}

fn insight() -> Value {
    let mut insight = object(
        "What the last executions of a version tell.",
        json!({
            "version": number("The version whose executions these were; 0: drafts."),
            "executions": number("How many were looked at, newest first."),
            "since": or_null(time("When the oldest of them began; null: there were none.")),
            "time": or_null(reference("InsightTime")),
            "is_partial": flag("Some data was too much to read, or some executions."),
            "shows_data": flag("Whether `outputs` are told: not to those who may not see data."),
            "nodes": by_name("Nodes that ran, by their ids.", "NodeInsight"),
            "critical_path": {
                "type": "array",
                "items": text("A node's id."),
                "description": "The chain with the greatest p95 in total; empty while nothing took time.",
            },
        }),
        &[],
    );
    insight["example"] = json!({
        "version": 3,
        "executions": 500,
        "since": "2026-11-20T12:00:00Z",
        "time": { "p50_ms": 310, "p95_ms": 1240 },
        "is_partial": false,
        "shows_data": true,
        "nodes": {
            "http_request_1": {
                "runs": 500,
                "failed": 4,
                "time": { "p50_ms": 280, "p95_ms": 1190 },
                "unread": 0,
                "outputs": {
                    "out": {
                        "values": 496,
                        "is_partial": false,
                        "places": [{
                            "path": "email",
                            "sorts": [{ "sort": "text", "count": 481 }],
                            "null": 15,
                            "missing": 0,
                            "of": 496,
                        }],
                    },
                },
            },
        },
        "critical_path": ["webhook_1", "http_request_1"],
    });
    insight
}

fn node() -> Value {
    object(
        "What they tell of one node.",
        json!({
            "runs": number("Task runs that ended here, one per iteration inside of loops; of triggers how often they fired."),
            "failed": number("Those that failed."),
            "time": or_null(reference("InsightTime")),
            "unread": number("Outputs that were too much to read."),
            "outputs": by_name("What left through each port, by its name.", "LearnedSchema"),
        }),
        &[],
    )
}

fn place() -> Value {
    let seen = object(
        "A sort of values.",
        json!({
            "sort": one_of_words("Which.", Sort::ALL.map(Sort::name)),
            "count": number("How often it was seen."),
        }),
        &[],
    );
    object(
        "A place in the data.",
        json!({
            "path": text("As expressions write it: `customer.email`, `lines[].price`; empty: the value itself."),
            "sorts": { "type": "array", "items": seen, "description": "What was there, null apart, most frequent first." },
            "null": number("How often it was null."),
            "missing": number("How often it was not there."),
            "of": number("How often it could have been there: the objects, lists or values around it."),
        }),
        &[],
    )
}
