//! The lines of a journal.

use serde_json::{Value, json};

use super::{anything, id, members, number, object, reference, text, time};

/// One schema per type of event: all have `seq`, `at` and `type`.
pub fn event() -> Value {
    let of_attempt = |more: Value| {
        let mut properties = members(json!({ "node": node(), "attempt": number("From 1.") }));
        properties.extend(members(more));
        Value::Object(properties)
    };
    let types = [
        change("started", json!({ "cause": reference("Cause") }), &[]),
        change(
            "kept",
            json!({
                "node": node(),
                "from": id("The execution that it ran in."),
                "status": reference("TaskRunStatus"),
                "output": anything("What it hands on."),
                "port": port(),
                "reason": text("Why it failed or was skipped."),
            }),
            &["output", "port", "reason"],
        ),
        change("phase_entered", json!({ "phase": reference("Phase") }), &[]),
        change(
            "debounced",
            json!({ "key": text("The key."), "until": time("When it begins unless a later start takes its place.") }),
            &[],
        ),
        change("queued", json!({ "key": text("The concurrency key that it waits for.") }), &[]),
        change("admitted", json!({}), &[]),
        change("refused", json!({ "reason": text("Why it does not run.") }), &[]),
        change("held", json!({ "node": node(), "edge": reference("Workflow.edge") }), &[]),
        change("released", json!({ "node": node(), "release": reference("Release") }), &[]),
        change("attempt_started", of_attempt(json!({})), &[]),
        change("attempt_began", of_attempt(json!({})), &[]),
        change(
            "attempt_logged",
            of_attempt(json!({
                "log": object(
                    "What the attempt printed; of more than 64 KiB per stream the begin and the end.",
                    json!({ "stdout": text("Standard output."), "stderr": text("Standard error.") }),
                    &["stdout", "stderr"],
                ),
            })),
            &[],
        ),
        change(
            "attempt_succeeded",
            of_attempt(json!({ "output": anything("What it hands on."), "port": port() })),
            &[],
        ),
        change(
            "attempt_failed",
            of_attempt(json!({ "error": reference("TaskError"), "retry_at": retry_at() })),
            &["retry_at"],
        ),
        change(
            "attempt_lost",
            of_attempt(json!({
                "stopped": { "type": "boolean", "description": "Its replica was stopped in good order; missing: false." },
            })),
            &["stopped"],
        ),
        change(
            "wait_started",
            of_attempt(json!({
                "until": time("The end at the latest."),
                "output": anything("What it will hand on, unless an answer says otherwise."),
                "waits_for": reference("WaitsFor"),
            })),
            &["until", "waits_for"],
        ),
        change("wait_ended", json!({ "node": node(), "answer": reference("Answer") }), &["answer"]),
        change("loop_started", of_attempt(loop_started()), &[]),
        change(
            "iteration_ended",
            json!({
                "node": node(),
                "index": number("The item's, from 0."),
                "output": anything("What the iteration came to."),
                "error": text("Why it failed."),
            }),
            &["error"],
        ),
        change("loop_ended", json!({ "node": node() }), &[]),
        change("paused", json!({ "by": text("Who asked.") }), &[]),
        change("resumed", json!({ "by": text("Who asked.") }), &[]),
        change("stepped", json!({ "by": text("Who asked.") }), &[]),
        change("skipped", json!({ "node": node(), "reason": text("Why.") }), &[]),
        change("cancel_requested", json!({ "by": text("Who asked.") }), &[]),
        change("finished", finished(), &["output", "error"]),
    ];
    json!({
        "description": "One line of an execution's journal.",
        "oneOf": types,
        "example": { "seq": 4, "at": "2026-11-20T14:00:00.123Z", "type": "attempt_started", "node": "send_email_1", "attempt": 1 },
    })
}

fn loop_started() -> Value {
    json!({
        "items": { "type": "array", "items": {}, "description": "What it goes over." },
        "body": { "type": "array", "items": { "type": "string" }, "description": "The nodes that run for each item." },
        "max_parallel": number("Iterations that run at the same time, at most."),
        "go_on": { "type": "boolean", "description": "Whether it goes on after a failed iteration." },
    })
}

fn change(name: &str, more: Value, optional: &[&str]) -> Value {
    let mut properties = members(json!({
        "seq": number("From 1, without gaps."),
        "at": time("When it happened."),
        "type": { "type": "string", "const": name },
    }));
    properties.extend(members(more));
    object(&name.replace('_', " "), Value::Object(properties), optional)
}

fn finished() -> Value {
    json!({
        "status": reference("ExecutionStatus"),
        "output": anything("What it came to."),
        "error": text("Why it failed."),
    })
}

fn node() -> Value {
    text("The node's id; inside of loops with the index of the item: `call[3]`.")
}

pub fn port() -> Value {
    text("The port that data leaves through.")
}

fn retry_at() -> Value {
    time("When the next attempt is due; missing: none follows.")
}
