//! Why a task does not run.

use serde_json::{Value, json};

use super::{anything, id, list_of, members, number, object, or_null, reference, text, time};

pub fn all() -> Value {
    json!({
        "Why": object(
            "Where a task run stands, and why it does not run.",
            json!({
                "run": text("The node's id, inside of loops with the index."),
                "status": reference("TaskRunStatus"),
                "reasons": list_of("Reason"),
            }),
            &[],
        ),
        "Reason": reason(),
        "KeyHolder": object(
            "Who holds a concurrency key.",
            json!({
                "execution": id("The execution."),
                "run": or_null(text("Its task run; null: the execution as a whole.")),
                "since": or_null(time("Since when.")),
            }),
            &[],
        ),
        "SlotHolder": object(
            "A task of the workspace that holds a slot.",
            json!({ "execution": id("The execution."), "run": text("The task run."), "since": time("Since when.") }),
            &[],
        ),
    })
}

/// One schema per reason: all have `because` and `sentence`.
fn reason() -> Value {
    let key = || text("The concurrency key.");
    let before = || number("How many go first.");
    let holders = || list_of("KeyHolder");
    let kinds = [
        because("execution_over", json!({ "status": reference("ExecutionStatus") })),
        because("over", json!({ "at": or_null(time("When it ended.")) })),
        because("skipped", json!({ "by": or_null(text("The node that began it.")) })),
        because(
            "queued",
            json!({ "key": key(), "since": time("Since when."), "holders": holders(), "before": before() }),
        ),
        because("quiet", json!({ "key": text("The debounce key."), "until": time("When it begins.") })),
        because("paused", json!({ "by": text("Who paused it.") })),
        because("input", json!({ "node": text("The node that it needs."), "status": reference("TaskRunStatus") })),
        because("item", json!({ "of": text("The loop.") })),
        because("retry", json!({ "at": time("When."), "attempt": number("Which.") })),
        because("time", json!({ "until": time("The end.") })),
        because("answer", json!({ "waits_for": anything("What."), "until": or_null(time("When it fails without.")) })),
        because("held", json!({ "edge": reference("Workflow.edge") })),
        because("starts", json!({})),
        because("runs", json!({ "attempt": number("Which."), "since": time("Since when.") })),
        because(
            "key",
            json!({ "key": key(), "most": number("How many may hold it."), "holders": holders(), "before": before() }),
        ),
        because(
            "rate",
            json!({ "key": text("The bucket."), "refills_at": or_null(time("When its next token comes.")) }),
        ),
        because(
            "breaker",
            json!({
                "service": text("The service."),
                "retry_at": or_null(time("When an attempt probes it.")),
                "last_error": text("What the last failed attempt said."),
            }),
        ),
        because(
            "slot",
            json!({
                "slots": number("Slots of the replica."),
                "taken": number("Those that are taken."),
                "holders": list_of("SlotHolder"),
                "before": before(),
            }),
        ),
        because("offered", json!({ "group": text("The worker group.") })),
        because("elsewhere", json!({ "replica": or_null(text("The replica that has the execution.")) })),
        because("start_by", json!({ "at": time("When the attempt fails if it is still queued.") })),
        because(
            "heartbeat",
            json!({ "last": time("The last sign of life, or the begin."), "until": time("When it is ended without another one.") }),
        ),
        because("deadline", json!({ "at": time("When the execution fails.") })),
    ];
    json!({
        "description": "One reason, as data and as a sentence.",
        "oneOf": kinds,
        "example": { "because": "paused", "by": "ada@example.com", "sentence": "ada@example.com paused the execution. Resume it, or let it take a step." },
    })
}

fn because(name: &str, more: Value) -> Value {
    let mut properties = members(json!({
        "because": { "type": "string", "const": name },
        "sentence": text("The same for people."),
    }));
    properties.extend(members(more));
    object(&name.replace('_', " "), Value::Object(properties), &[])
}
