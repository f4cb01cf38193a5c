//! Executions, their state and their journal.

use serde_json::{Value, json};

use super::{
    anything, id, list_of, members, number, object, one_of_words, or_null, reference, text, time, workflows::next,
};
use crate::domain::{
    execution::{ExecutionStatus, Phase, TaskRunStatus},
    limit::Priority,
};

pub fn all() -> Value {
    json!({
        "ExecutionStatus": one_of_words(
            "Where an execution stands; succeeded, failed and cancelled are final.",
            ExecutionStatus::ALL.iter().map(|status| status.name()),
        ),
        "TaskRunStatus": one_of_words(
            "Where one node's part stands; succeeded, failed, skipped and cancelled are final.",
            TaskRunStatus::ALL.iter().map(|status| status.name()),
        ),
        "Phase": one_of_words("The phase of an execution.", Phase::ALL.iter().map(|phase| phase.name())),
        "ExecutionSummary": object("What lists show of an execution.", summary(), &[]),
        "ExecutionPage": object(
            "A page of executions.",
            json!({ "executions": list_of("ExecutionSummary"), "next": next() }),
            &[],
        ),
        "Execution": execution(),
        "ExecutionState": state(),
        "TaskRun": task_run(),
        "Attempt": attempt(),
        "TaskError": task_error(),
        "Cause": cause(),
        "Event": event(),
        "EventPage": object(
            "Events in order.",
            json!({
                "events": list_of("Event"),
                "next": or_null(number("The `after` of the following page; null: there is nothing more by now.")),
            }),
            &[],
        ),
    })
}

fn summary() -> Value {
    json!({
        "id": id("The execution."),
        "workflow_id": id("Its workflow."),
        "workflow_name": text("The workflow's name today."),
        "version": number("The version that it runs; 0: a draft."),
        "status": reference("ExecutionStatus"),
        "started_via": text("`manual`, `webhook`, `schedule`, `api`, `cli` or `rerun`."),
        "created_at": time("When it was accepted."),
        "finished_at": or_null(time("When it was over.")),
        "error": or_null(text("Why it failed.")),
    })
}

fn execution() -> Value {
    let mut properties = summary();
    properties["state"] = reference("ExecutionState");
    object("An execution with everything its journal tells.", properties, &[])
}

fn state() -> Value {
    object(
        "The journal, folded.",
        json!({
            "status": reference("ExecutionStatus"),
            "phase": reference("Phase"),
            "cause": or_null(reference("Cause")),
            "admission": admission(),
            "task_runs": {
                "type": "object",
                "description": "By node id; a node without an entry is pending.",
                "additionalProperties": reference("TaskRun"),
            },
            "seq": number("The `seq` of the last event."),
            "started_at": or_null(time("When it was accepted.")),
            "finished_at": or_null(time("When it was over.")),
            "cancelled_by": or_null(text("Who asked for its end.")),
            "output": anything("What it came to."),
            "error": or_null(text("Why it failed.")),
        }),
        &["admission"],
    )
}

/// Where it stands with its concurrency key.
fn admission() -> Value {
    let is = |word: &str| json!({ "type": "string", "const": word });
    json!({
        "description": "Where it stands with its concurrency key; missing: it has none.",
        "oneOf": [
            object("Others hold the key.", json!({ "is": is("waits"), "key": text("The key."), "since": time("Since when.") }), &[]),
            object("It holds the key.", json!({ "is": is("admitted"), "key": text("The key.") }), &[]),
            object("It does not run.", json!({ "is": is("refused"), "reason": text("Why.") }), &[]),
        ],
    })
}

fn task_run() -> Value {
    object(
        "One node's part in an execution.",
        json!({
            "status": reference("TaskRunStatus"),
            "attempts": list_of("Attempt"),
            "output": anything("What it handed on, once succeeded."),
            "port": or_null(text("The port that data left through.")),
            "reason": or_null(text("Why it failed or was skipped.")),
            "due_at": or_null(time("When the next attempt or the end of the wait is due.")),
            "finished_at": or_null(time("When it was over.")),
        }),
        &[],
    )
}

fn attempt() -> Value {
    object(
        "One try.",
        json!({
            "number": number("From 1."),
            "started_at": time("When it began."),
            "finished_at": or_null(time("When it ended.")),
            "error": or_null(reference("TaskError")),
            "lost": { "type": "boolean", "description": "It ended with its replica; another follows." },
        }),
        &[],
    )
}

fn task_error() -> Value {
    object(
        "Why an attempt failed.",
        json!({
            "message": text("What happened and what to do."),
            "field": text("The parameter it is about, if one."),
            "retryable": { "type": "boolean", "description": "Whether another attempt may help." },
            "details": anything("What the other side said."),
        }),
        &["field", "details"],
    )
}

fn cause() -> Value {
    object(
        "What started an execution and with which data.",
        json!({
            "trigger": text("The trigger node that fired; missing: started by hand or by API."),
            "via": text("`manual`, `webhook`, `schedule`, `api`, `cli` or `rerun`."),
            "by": text("The person's email, or what stands for the service that called."),
            "input": anything("What the trigger nodes hand on."),
            "priority": one_of_words(
                "What the start asked for; missing: as the workflow says.",
                Priority::ALL.map(Priority::name),
            ),
            "details": anything("What else is known of the call: headers, query, method."),
        }),
        &["trigger", "by", "priority", "details"],
    )
}

/// One schema per type of event: all have `seq`, `at` and `type`.
fn event() -> Value {
    let of_attempt = |more: Value| {
        let mut properties = members(json!({ "node": node(), "attempt": number("From 1.") }));
        properties.extend(members(more));
        Value::Object(properties)
    };
    let types = [
        change("started", json!({ "cause": reference("Cause") }), &[]),
        change("phase_entered", json!({ "phase": reference("Phase") }), &[]),
        change("queued", json!({ "key": text("The concurrency key that it waits for.") }), &[]),
        change("admitted", json!({}), &[]),
        change("refused", json!({ "reason": text("Why it does not run.") }), &[]),
        change("attempt_started", of_attempt(json!({})), &[]),
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
        change("attempt_lost", of_attempt(json!({})), &[]),
        change(
            "wait_started",
            of_attempt(json!({ "until": time("The end."), "output": anything("What it will hand on.") })),
            &[],
        ),
        change("wait_ended", json!({ "node": node() }), &[]),
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
    text("The node's id.")
}

fn port() -> Value {
    text("The port that data leaves through.")
}

fn retry_at() -> Value {
    time("When the next attempt is due; missing: none follows.")
}
