//! Dead letters and circuit breakers.

use serde_json::{Value, json};

use super::{
    executions, id, list_of, members, number, object, one_of_words, or_null, reference, text, time, workflows::next,
};
use crate::domain::{breaker::BreakerState, dead_letter::Resolution};

pub fn all() -> Value {
    json!({
        "DeadLetter": dead_letter(),
        "DeadLetterPage": object(
            "A page of dead letters, latest first.",
            json!({ "dead_letters": list_of("DeadLetter"), "next": next() }),
            &[],
        ),
        "Resolved": object(
            "What was done about a dead letter.",
            json!({
                "at": time("When."),
                "by": text("Who asked for it."),
                "how": one_of_words("What.", Resolution::ALL.map(Resolution::name)),
                "replayed_as": or_null(id("The execution that replays or restarts it.")),
            }),
            &[],
        ),
        "Breaker": object(
            "The circuit breaker of a service that failed lately; of a service that is not listed it is closed.",
            json!({
                "service": text("A host, or the name that nodes give."),
                "state": one_of_words("Half open: one attempt probes the service.", BreakerState::ALL.map(BreakerState::name)),
                "failures": number("In a row."),
                "opened_at": or_null(time("Since when nothing is attempted.")),
                "retry_at": or_null(time("When an attempt probes the service.")),
                "last_error": text("What the last failed attempt said."),
            }),
            &[],
        ),
        "BreakerList": object("The breakers, open ones first.", json!({ "breakers": list_of("Breaker") }), &[]),
    })
}

fn dead_letter() -> Value {
    let mut properties = executions::summary();
    for (name, schema) in members(json!({
        "replay_at": or_null(time("When its replay is due.")),
        "replay_error": or_null(text("Why the last replay could not start.")),
        "resolved": or_null(reference("Resolved")),
    })) {
        properties[name] = schema;
    }
    object("An execution that failed, and what was done about it.", properties, &[])
}
