//! Triggers, their schedules and times.

use serde_json::{Value, json};

use super::{anything, id, list_of, object, one_of_words, or_null, reference, text, time};

pub fn all() -> Value {
    json!({
        "TriggerList": object("Triggers by workflow and age.", json!({ "triggers": list_of("Trigger") }), &[]),
        "Trigger": object(
            "A trigger node of a workflow.",
            json!({
                "id": id("The trigger; the same over the versions of its workflow."),
                "workflow_id": id("Its workflow."),
                "workflow_name": text("The workflow's name today."),
                "node": text("Its node's id."),
                "node_name": text("Its node's name."),
                "trigger": anything("Its kind and parameters."),
                "live": { "type": "boolean", "description": "Whether it starts executions." },
                "url": or_null(text("A webhook's address, for those who may see it.")),
                "schedule": or_null(reference("Schedule")),
                "fires": list_of("Fire"),
                "old_secret_until": or_null(time("A webhook whose secret was replaced takes the old one too, until then.")),
            }),
            &[],
        ),
        "Schedule": object(
            "A schedule in words. A fixed time that the clock skips comes right after the gap, one that it repeats comes \
             the first time only; patterns with a wildcard or a step in their time keep their cadence.",
            json!({
                "description": text("The pattern in words."),
                "time_zone": text("Its time zone."),
                "next": { "type": "array", "items": object(
                    "One of the next five times.",
                    json!({ "at": time("When."), "local": text("The same on the wall clock of the zone.") }),
                    &[],
                ) },
            }),
            &[],
        ),
        "Fire": object(
            "What came of one time of a schedule.",
            json!({
                "scheduled_at": time("The time."),
                "outcome": object(
                    "Missed: no replica ran. Skipped or buffered: another execution was under way.",
                    json!({
                        "is": one_of_words("What.", ["fired", "missed", "skipped", "buffered"]),
                        "execution": id("What it started."),
                        "status": or_null(reference("ExecutionStatus")),
                    }),
                    &["execution", "status"],
                ),
            }),
            &[],
        ),
    })
}
