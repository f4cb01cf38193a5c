//! What waits: for a time, for an event, for a person.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_NONE, Spec, port};

pub const DELAY: Spec = Spec {
    kind: Kind::Delay,
    name: "delay",
    label: "Delay",
    summary: "Waits, then hands its input on.",
    family: Family::Flow,
    fields: &[
        Field::new("amount", "Wait for", Input::Number { min: 0.0, max: 1_000_000.0 }).required().default("1"),
        Field::new("unit", "Unit", Input::Choice(UNITS)).required().default("minutes"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["wait", "sleep", "pause", "later", "timer"],
    output: Output::Input,
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "amount": 3, "unit": "days" }"#, ""),
};

const UNITS: &[Choice] = &[
    Choice::new("seconds", "seconds"),
    Choice::new("minutes", "minutes"),
    Choice::new("hours", "hours"),
    Choice::new("days", "days"),
];

pub const WAIT_UNTIL: Spec = Spec {
    kind: Kind::WaitUntil,
    name: "wait_until",
    label: "Wait until",
    summary: "Waits until a date and time, then hands its input on.",
    family: Family::Flow,
    fields: &[Field::new("at", "Date and time", Input::Text)
        .required()
        .placeholder("2026-12-24T18:00:00+01:00")
        .help("With its offset from UTC; Z stands for UTC. A time that is over goes on at once.")],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["date", "time", "sleep", "later", "timer", "schedule"],
    output: Output::Input,
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "at": "2026-12-24T18:00:00+01:00" }"#, ""),
};

pub const WAIT_FOR_EVENT: Spec = Spec {
    kind: Kind::WaitForEvent,
    name: "wait_for_event",
    label: "Wait for event",
    summary: "Waits until somebody sends an event of this name or calls the resume URL, then hands its data on.",
    family: Family::Flow,
    fields: &[
        Field::new("waits_for", "Waits for", Input::Choice(SIGNALS))
            .required()
            .default("event")
            .help("The resume URL is execution.resume_url: hand it on in a node before."),
        Field::new("name", "Event", Input::Text)
            .required()
            .placeholder("payment_received")
            .shown_when("waits_for", &["event"]),
        Field::new("key", "Key", Input::Text)
            .shown_when("waits_for", &["event"])
            .placeholder("{{ input.order_id }}")
            .help("Only an event with the same key counts. Empty: any event of this name."),
        WITHIN,
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["signal", "callback", "resume", "message", "listen"],
    output: Output::Any("the data of the event or of the call."),
    retries: RETRIES_NONE,
    example: Example::new(
        "",
        r#"{ "waits_for": "event", "name": "payment_received", "key": "{{ input.order_id }}", "within_hours": 48 }"#,
        "",
    ),
};

pub const APPROVAL: Spec = Spec {
    kind: Kind::Approval,
    name: "approval",
    label: "Approval",
    summary: "Waits until a person approves or rejects, on the execution's page.",
    family: Family::Flow,
    fields: &[
        Field::new("message", "Question", Input::LongText)
            .required()
            .placeholder("Refund {{ input.amount }} € to {{ input.customer }}?"),
        Field::new("form", "Form", Input::Json)
            .placeholder("{ \"type\": \"object\", \"properties\": { \"amount\": { \"type\": \"number\" } } }")
            .help(
                "A JSON schema of what is filled in with the answer, as input.values of the next node. Empty: nothing.",
            ),
        WITHIN,
    ],
    outputs: &[port::APPROVED, port::REJECTED],
    can_fail: true,
    keywords: &["human", "review", "confirm", "manual", "sign off", "ask"],
    output: Output::Object(&[
        Part::new("approved", "boolean", "Whether they approved."),
        Part::new("by", "string", "Who decided."),
        Part::new("comment", "string", "What they wrote."),
        Part::new("values", "", "What they filled in; null without a form."),
        Part::new("input", "", "The input, as it came."),
    ]),
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "message": "Refund {{ input.amount }} €?", "within_hours": 24 }"#, ""),
};

const SIGNALS: &[Choice] =
    &[Choice::new("event", "an event of this name"), Choice::new("call", "a call of the resume URL")];

/// Nobody's answer within it fails the task.
const WITHIN: Field = Field::new("within_hours", "Within hours", Input::Number { min: 0.0, max: 8_784.0 })
    .help("Without an answer by then it fails. Empty: it waits as long as it takes.");
