//! Messages to people.

use super::{Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};
use crate::domain::credential::CredentialKind;

pub const SEND_EMAIL: Spec = Spec {
    kind: Kind::SendEmail,
    name: "send_email",
    label: "Send email",
    summary: "Sends an email through your mail server.",
    family: Family::Message,
    fields: &[
        Field::new("server", "Mail server", Input::Text)
            .required()
            .placeholder("smtps://smtp.example.com:465")
            .help("smtps:// for TLS from the start, smtp:// for STARTTLS where the server offers it."),
        Field::new("credential", "Login", Input::Credential(&[CredentialKind::SmtpLogin])),
        Field::new("from", "From", Input::Text).required().placeholder("Acme <hello@example.com>"),
        Field::new("to", "To", Input::Text).required().placeholder("{{ input.email }}").help("Several with commas."),
        Field::new("subject", "Subject", Input::Text).required(),
        Field::new("text", "Text", Input::LongText).required(),
        Field::new("html", "HTML", Input::LongText).html().help("Optional; values of expressions are escaped."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["mail", "smtp", "welcome", "notify"],
    output: Output::Object(&[
        Part::new("accepted", "array", "The addresses that the mail server took it for."),
        Part::new("message_id", "string", "The same for every attempt."),
        Part::new("response", "string", "What the mail server said."),
    ]),
    retries: "No connection, a connection that broke off, and answers of the mail server from 400 to 499.",
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r#"{ "server": "smtps://smtp.example.com:465", "from": "Acme <hello@example.com>", "to": "{{ input.email }}", "subject": "Welcome", "text": "Your account is ready." }"#,
        r#"{"accepted":["ada@example.com"],"message_id":"<…@example.com>","response":"2.0.0 Ok"}"#,
    ),
};

pub const SLACK_MESSAGE: Spec = Spec {
    kind: Kind::SlackMessage,
    name: "slack_message",
    label: "Slack message",
    summary: "Posts to a Slack channel through an incoming webhook.",
    family: Family::Message,
    fields: &[
        Field::new("url", "Webhook URL", Input::Text)
            .placeholder("https://hooks.slack.com/services/…")
            .help("Or choose a credential that holds it."),
        Field::new("credential", "Credential", Input::Credential(&[CredentialKind::Secret]))
            .help("A secret text that is the webhook URL."),
        Field::new("text", "Text", Input::LongText).required().placeholder("New sign-up: {{ input.email }}"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["chat", "notify", "channel", "message"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code."),
        Part::new("body", "", "What Slack answered."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r#"{ "credential": "Slack", "text": "New sign-up: {{ input.email }}" }"#,
        r#"{"status":200,"body":"ok"}"#,
    ),
};
