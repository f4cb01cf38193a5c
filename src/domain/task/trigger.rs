//! What starts executions: by hand, by webhook, by the clock. Read as `domain::trigger::Trigger`.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_NONE, Spec, port};
use crate::domain::credential::CredentialKind;

pub const MANUAL: Spec = Spec {
    kind: Kind::Manual,
    name: "manual",
    label: "Manual start",
    summary: "Starts when somebody presses Run, with JSON input.",
    family: Family::Trigger,
    fields: &[Field::new("schema", "What it takes", Input::Json)
        .placeholder("{ \"type\": \"object\", \"required\": [\"email\"] }")
        .help(
            "A JSON schema that the input has to keep to. Operators hand on only what it declares. Empty: anything.",
        )],
    outputs: &[port::OUT],
    can_fail: false,
    keywords: &["start", "button", "run"],
    output: Output::Any("the JSON that was typed or sent at the start."),
    retries: RETRIES_NONE,
    example: Example::new("", "{}", ""),
};

pub const WEBHOOK: Spec = Spec {
    kind: Kind::Webhook,
    name: "webhook",
    label: "Webhook",
    summary: "Starts when an outside service posts to its address.",
    family: Family::Trigger,
    fields: &[
        Field::new("auth", "Authentication", Input::Choice(AUTH)).required().default("none"),
        Field::new("header", "Header", Input::Text)
            .required()
            .default("X-Webhook-Token")
            .help("Must carry the secret as it is.")
            .shown_when("auth", &["header_token"]),
        Field::new("username", "User name", Input::Text).required().shown_when("auth", &["basic"]),
        Field::new("signature_header", "Signature header", Input::Text)
            .required()
            .default("X-Signature-256")
            .help("HMAC-SHA256 of the raw body in hexadecimal, with or without sha256= before it.")
            .shown_when("auth", &["hmac_sha256"]),
        Field::new("secret", "Secret", Input::Credential(&[CredentialKind::Secret]))
            .required()
            .help("A credential of the kind Secret text.")
            .shown_when(
                "auth",
                &["header_token", "bearer", "basic", "hmac_sha256", "github", "standard_webhooks", "stripe", "slack"],
            ),
        Field::new("sources", "Allowed addresses", Input::Text)
            .placeholder("192.0.2.7, 198.51.100.0/24")
            .help("Addresses and networks that may call, with commas. Empty: everybody."),
        Field::new("max_body_mib", "Largest body, MiB", Input::Number { min: 1.0, max: 25.0 })
            .default("1")
            .help("Calls with more are refused before they are read."),
        Field::new("respond", "Answer", Input::Choice(RESPOND)).required().default("accepted").help(
            "A caller that waits gets 202 with the execution's id after 30 seconds, or after fewer that it asks for \
             with Prefer: wait=5.",
        ),
    ],
    outputs: &[port::OUT],
    can_fail: false,
    keywords: &["http", "post", "hook", "callback", "event"],
    output: Output::Any("the body of the call; its headers and query are in `trigger`."),
    retries: RETRIES_NONE,
    example: Example::new(
        "",
        r#"{ "auth": "hmac_sha256", "signature_header": "X-Hub-Signature-256", "secret": "GitHub" }"#,
        "",
    ),
};

const AUTH: &[Choice] = &[
    Choice::new("none", "None: whoever knows the address"),
    Choice::new("header_token", "Token in a header"),
    Choice::new("bearer", "Bearer token"),
    Choice::new("basic", "User name and password"),
    Choice::new("hmac_sha256", "Signature (HMAC-SHA256)"),
    Choice::new("github", "Signature of GitHub"),
    Choice::new("standard_webhooks", "Signature of Standard Webhooks"),
    Choice::new("stripe", "Signature of Stripe"),
    Choice::new("slack", "Signature of Slack"),
];

const RESPOND: &[Choice] = &[
    Choice::new("accepted", "At once: accepted"),
    Choice::new("result", "At the end: the workflow's output"),
    Choice::new("node", "When a node “Respond to webhook” answers"),
];

const OVERLAP: &[Choice] = &[
    Choice::new("allow", "Both run"),
    Choice::new("skip", "Leave the new one out"),
    Choice::new("buffer_one", "Let one wait"),
    Choice::new("buffer_all", "Let all wait"),
    Choice::new("cancel_other", "Cancel the other"),
];

pub const SCHEDULE: Spec = Spec {
    kind: Kind::Schedule,
    name: "schedule",
    label: "Schedule",
    summary: "Starts at the times of a cron pattern.",
    family: Family::Trigger,
    fields: &[
        Field::new("cron", "Cron pattern", Input::Cron)
            .required()
            .default("0 9 * * 1-5")
            .help("Minute, hour, day, month, weekday; a sixth field in front gives seconds."),
        Field::new("time_zone", "Time zone", Input::TimeZone).required().default("UTC"),
        Field::new("overlap", "While another one runs", Input::Choice(OVERLAP)).required().default("allow"),
        Field::new("catch_up", "Catch-up, seconds", Input::Number { min: 0.0, max: 2_592_000.0 }).default("0").help(
            "Times missed while FlowPilot did not run still fire for so long; of older ones only the latest does.",
        ),
        Field::new("jitter", "Jitter, seconds", Input::Number { min: 0.0, max: 3_600.0 })
            .default("0")
            .help("Each time fires up to so much later, so that not everything starts at once."),
    ],
    outputs: &[port::OUT],
    can_fail: false,
    keywords: &["cron", "time", "timer", "every", "clock"],
    output: Output::Object(&[Part::new("scheduled_at", "string", "The time for which it was due, in UTC.")]),
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "cron": "0 9 * * 1-5", "time_zone": "Europe/Berlin" }"#, ""),
};
