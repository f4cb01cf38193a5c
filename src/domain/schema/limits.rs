//! The schema of limits: how many at the same time, how often, when not at all.

use serde_json::{Value, json};

use crate::domain::{
    limit::{Breaker, ConcurrencyPolicy},
    validate::limits,
};

/// How many executions of a workflow run at the same time.
pub fn of_workflow() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "description": "How many executions run at the same time per key; left out: no limit.",
        "properties": {
            "key": { "type": "string", "default": "", "description": key("the workflow as a whole"), "examples": ["{{ input.customer }}"] },
            "limit": many("How many."),
            "policy": {
                "enum": ConcurrencyPolicy::ALL.map(ConcurrencyPolicy::name), "default": ConcurrencyPolicy::default().name(),
                "description": "What becomes of a start whose key is taken: it waits, is skipped, or others are cancelled for it.",
            },
        },
    })
}

/// How long a start waits whether another one comes.
pub fn debounce() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["quiet_secs"],
        "description": "Starts in a burst run once, with the data of the last: each waits for so long, and a later one with the same key takes the place of one that has not begun, which ends as cancelled. Runs by hand, again or by other executions neither wait nor take a place. Left out: each runs.",
        "properties": {
            "key": { "type": "string", "default": "", "description": key("the workflow as a whole"), "examples": ["{{ input.customer }}"] },
            "quiet_secs": {
                "type": "integer", "minimum": limits::QUIET_SECS.start(), "maximum": limits::QUIET_SECS.end(),
                "description": "Seconds in which nothing else may come.",
            },
        },
    })
}

/// How long an idempotency key counts.
pub fn idempotency() -> Value {
    json!({
        "type": "integer", "minimum": limits::IDEMPOTENCY_SECS.start(), "maximum": limits::IDEMPOTENCY_SECS.end(),
        "description": "Seconds for which a start with the same idempotency key answers with the first execution; left out: seven days.",
    })
}

/// The limits of a node's task.
pub fn of_task() -> Value {
    let breaker = Breaker::default();
    let of = |description: &str, required: &[&str], properties: Value| {
        json!({
            "type": "object", "additionalProperties": false,
            "description": description, "required": required, "properties": properties,
        })
    };
    let own = json!({ "type": "string", "default": "", "description": key("this node alone") });
    of(
        "Limits of the node's task, over all replicas. Keys with the same text are one over the whole workspace.",
        &[],
        json!({
            "concurrency": of("How many attempts run at the same time.", &[], json!({ "key": own, "limit": many("How many.") })),
            "rate": of("How many attempts begin: a bucket that fills at `per_second` up to `burst`.", &["per_second"], json!({
                "key": own,
                "per_second": { "type": "number", "minimum": limits::PER_SECOND.start(), "maximum": limits::PER_SECOND.end() },
                "burst": many("How many at once after a rest."),
            })),
            "breaker": of("When attempts stop for a while because the service fails. HTTP requests have one per host without it.", &[], json!({
                "service": { "type": "string", "default": "", "description": "A name that tasks of the workspace share; empty: the host." },
                "failures": {
                    "type": "integer", "minimum": limits::FAILURES.start(), "maximum": limits::FAILURES.end(), "default": breaker.failures,
                    "description": "Failures in a row that open it; 0: no breaker.",
                },
                "open_secs": {
                    "type": "integer", "minimum": limits::OPEN_SECS.start(), "maximum": limits::OPEN_SECS.end(), "default": breaker.open_secs,
                    "description": "Seconds until one attempt probes the service.",
                },
            })),
            "cache_secs": {
                "type": "integer", "minimum": limits::CACHE_SECS.start(), "maximum": limits::CACHE_SECS.end(),
                "description": "For so long the same parameters and input give the same output without another attempt.",
            },
        }),
    )
}

fn key(empty: &str) -> String {
    format!("Text with expressions over input and trigger; empty: {empty}.")
}

fn many(description: &str) -> Value {
    json!({
        "type": "integer", "minimum": limits::MANY.start(), "maximum": limits::MANY.end(), "default": 1,
        "description": description,
    })
}
