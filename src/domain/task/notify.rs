//! Telling people something, wherever the workspace says.

use super::{Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};

pub const NOTIFY: Spec = Spec {
    kind: Kind::Notify,
    name: "notify",
    label: "Notify",
    summary: "Tells people something through one of the workspace's channels: email, Slack, Discord, Teams or a webhook.",
    family: Family::Message,
    fields: &[
        Field::new("channel", "Channel", Input::Text)
            .required()
            .placeholder("Ops")
            .help("Its name, as the settings or /api/v1/channels have it."),
        Field::new("title", "Title", Input::Text).placeholder("Backup failed").help("An email's subject."),
        Field::new("text", "Text", Input::LongText).required().placeholder("{{ input.message }}"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["alert", "message", "channel", "inform", "on-call", "email", "slack"],
    output: Output::Object(&[
        Part::new("channel", "string", "The channel's name."),
        Part::new("kind", "string", "slack, discord, teams, webhook or email."),
        Part::new("answer", "", "What the other side answered, as the task of that kind hands it on."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"message":"The disk is full."}"#,
        r#"{ "channel": "Ops", "title": "Backup failed", "text": "{{ input.message }}" }"#,
        r#"{"channel":"Ops","kind":"slack","answer":{"status":200,"body":"ok"}}"#,
    ),
};
