//! The answer to the call that started the execution.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_NONE, Spec, port};

pub const RESPOND_TO_WEBHOOK: Spec = Spec {
    kind: Kind::RespondToWebhook,
    name: "respond_to_webhook",
    label: "Respond to webhook",
    summary: "Answers the webhook call that started the execution, which then goes on.",
    family: Family::Web,
    fields: &[
        Field::new("status", "Status", Input::Number { min: 200.0, max: 599.0 }).required().default("200"),
        Field::new("body_type", "Body", Input::Choice(BODIES)).required().default("json"),
        Field::new("json", "Value", Input::Expression).required().default("input").shown_when("body_type", &["json"]),
        Field::new("text", "Text", Input::LongText).shown_when("body_type", &["text"]),
        Field::new("binary", "Bytes", Input::Expression)
            .required()
            .placeholder("input.file")
            .help("A text in base64, or { base64, content_type }.")
            .shown_when("body_type", &["binary"]),
        Field::new("headers", "Headers", Input::Pairs).help(
            "Content-Type, Cache-Control, Content-Language, Content-Disposition, ETag, Expires, Last-Modified, Link, \
             Location, Retry-After, Vary and names that begin with X-.",
        ),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["answer", "reply", "return", "response", "redirect", "http", "status"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status."),
        Part::new("headers", "object", "By lower-case name."),
        Part::new("body", "", "What is sent: a value, a text, bytes as { base64 }, or null."),
    ]),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"id":7}"#,
        r#"{ "status": 201, "body_type": "json", "json": "{ order: input.id }", "headers": { "Location": "/orders/{{ input.id }}" } }"#,
        r#"{"status":201,"headers":{"location":"/orders/7","content-type":"application/json"},"body":{"order":7}}"#,
    ),
};

const BODIES: &[Choice] = &[
    Choice::new("json", "JSON"),
    Choice::new("text", "text"),
    Choice::new("binary", "bytes"),
    Choice::new("none", "none"),
];
