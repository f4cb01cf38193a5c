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
        "Loop": loop_state(),
        "WaitsFor": waits_for(),
        "Answer": answer(),
        "Release": release(),
        "Attempt": attempt(),
        "TaskError": task_error(),
        "Cause": cause(),
        "Event": super::events::event(),
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

pub fn summary() -> Value {
    json!({
        "id": id("The execution."),
        "workflow_id": id("Its workflow."),
        "workflow_name": text("The workflow's name today."),
        "version": number("The version that it runs; 0: a draft."),
        "status": reference("ExecutionStatus"),
        "started_via": text("`manual`, `webhook`, `schedule`, `api`, `cli`, `rerun`, `restart`, `replay`, `backfill`, `workflow` …"),
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
                "description": "By node id, inside of loops with the index of the item (`call[3]`); without an entry: pending.",
                "additionalProperties": reference("TaskRun"),
            },
            "loops": {
                "type": "object",
                "description": "The loops that began, by their task run.",
                "additionalProperties": reference("Loop"),
            },
            "iterations": number("Items of all loops that began."),
            "paused_by": text("Who paused it, while it is paused."),
            "steps_left": number("Attempts that may still start while it is paused."),
            "seq": number("The `seq` of the last event."),
            "started_at": or_null(time("When it was accepted.")),
            "finished_at": or_null(time("When it was over.")),
            "cancelled_by": or_null(text("Who asked for its end.")),
            "output": anything("What it came to."),
            "error": or_null(text("Why it failed.")),
        }),
        &["admission", "loops", "paused_by"],
    )
}

fn loop_state() -> Value {
    object(
        "A loop that began.",
        json!({
            "items": { "type": "array", "items": {}, "description": "What it goes over." },
            "body": { "type": "array", "items": { "type": "string" }, "description": "The nodes that run for each item." },
            "max_parallel": number("Iterations that run at the same time, at most."),
            "go_on": { "type": "boolean", "description": "Whether it goes on after a failed iteration." },
            "begun": number("Iterations that began."),
            "active": { "type": "array", "items": { "type": "integer" }, "description": "Those under way, by index." },
            "outputs": { "type": "array", "items": {}, "description": "What came of each item; null before its end." },
            "ended": number("Iterations that are over."),
            "failed": number("Those of them that failed."),
        }),
        &[],
    )
}

/// What ends a wait, one schema per type.
fn waits_for() -> Value {
    let of_type = |name: &str, more: Value, optional: &[&str]| {
        let mut properties = members(json!({ "type": { "type": "string", "const": name } }));
        properties.extend(members(more));
        object(&format!("Waits for: {name}."), Value::Object(properties), optional)
    };
    json!({
        "description": "What ends a wait.",
        "oneOf": [
            of_type("time", json!({}), &[]),
            of_type(
                "approval",
                json!({
                    "message": text("What people are asked."),
                    "form": { "type": "object", "description": "The JSON schema of what they fill in." },
                }),
                &["form"],
            ),
            of_type("event", json!({ "name": text("The event."), "key": text("The key it has to have.") }), &["key"]),
            of_type("call", json!({}), &[]),
            of_type("execution", json!({ "id": id("The execution that it started.") }), &[]),
        ],
    })
}

fn answer() -> Value {
    object(
        "What ended a wait.",
        json!({
            "output": anything("What is handed on."),
            "port": super::events::port(),
            "by": text("The person, or what stands for the service that called."),
        }),
        &[],
    )
}

fn release() -> Value {
    object(
        "How somebody let a node go on that was held at a breakpoint.",
        json!({
            "by": text("The person's email."),
            "payload": anything("What the node sees as its input instead of what came; missing: what came."),
            "step": { "type": "boolean", "description": "What comes right after the node is held too." },
        }),
        &["payload", "step"],
    )
}

/// Where it stands with its concurrency key.
fn admission() -> Value {
    let is = |word: &str| json!({ "type": "string", "const": word });
    json!({
        "description": "Whether it may run, where it has to wait for other starts or a concurrency key.",
        "oneOf": [
            object("It waits whether a later start with the key comes.", json!({ "is": is("quiet"), "key": text("The key."), "until": time("When it begins.") }), &[]),
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
            "waits_for": reference("WaitsFor"),
            "finished_at": or_null(time("When it was over.")),
            "kept_from": id("The execution that it ran in, where it was taken over from there."),
            "hold": object(
                "The breakpoint that it came to.",
                json!({ "edge": reference("Workflow.edge"), "release": reference("Release") }),
                &["release"],
            ),
        }),
        &["waits_for", "kept_from", "hold"],
    )
}

fn attempt() -> Value {
    object(
        "One try.",
        json!({
            "number": number("From 1."),
            "started_at": time("When it was due."),
            "began_at": time("When it got its turn, where the task may not wait for it without end."),
            "finished_at": or_null(time("When it ended.")),
            "error": or_null(reference("TaskError")),
            "lost": { "type": "boolean", "description": "It ended with its replica; another follows." },
            "stopped": { "type": "boolean", "description": "It was lost because its replica was stopped in good order." },
        }),
        &["began_at", "stopped"],
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
            "via": text("`manual`, `webhook`, `schedule`, `api`, `cli`, `rerun`, `restart`, `replay`, `backfill`, `workflow` …"),
            "by": text("The person's email, or what stands for the service that called."),
            "input": anything("What the trigger nodes hand on."),
            "priority": one_of_words(
                "What the start asked for; missing: as the workflow says.",
                Priority::ALL.map(Priority::name),
            ),
            "restart": object(
                "The execution that it goes on from.",
                json!({ "execution": id("It is over."), "node": text("The first node that runs again.") }),
                &[],
            ),
            "breakpoints": list_of("Workflow.edge"),
            "details": anything("What else is known of the call: headers, query, method."),
        }),
        &["trigger", "by", "priority", "restart", "breakpoints", "details"],
    )
}
