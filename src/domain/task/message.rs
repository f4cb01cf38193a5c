//! Messages to people.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};
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
        Field::new("attachments", "Attachments", Input::Expression)
            .placeholder("[{ base64: input.pdf, file_name: \"invoice.pdf\", content_type: \"application/pdf\" }]")
            .help("A list of { base64, file_name, content_type }, 25 MiB together."),
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
    summary: "Posts to Slack: through an incoming webhook, or as a bot to any of its channels.",
    family: Family::Message,
    fields: &[
        Field::new("credential", "Credential", Input::Credential(&[CredentialKind::Secret, CredentialKind::SlackBot]))
            .help("A secret text that is the webhook's URL, or a Slack bot."),
        Field::new("url", "Webhook URL", Input::Text)
            .placeholder("https://hooks.slack.com/services/…")
            .help("Where no credential holds it."),
        Field::new("channel", "Channel", Input::Text)
            .placeholder("#sales or C0123456789")
            .help("For a bot. A webhook has its own."),
        Field::new("text", "Text", Input::LongText).required().placeholder("New sign-up: {{ input.email }}"),
        Field::new("blocks", "Blocks", Input::Json)
            .placeholder("[{ \"type\": \"divider\" }]")
            .help("A list of Slack's layout blocks, shown in place of the text."),
        Field::new("thread", "Thread", Input::Text)
            .placeholder("{{ nodes[\"Slack message\"].output.body.ts }}")
            .help("For a bot: the ts of the message to answer."),
        Field::new("api", "API", Input::Text).required().default("https://slack.com/api").help("For a bot."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["chat", "notify", "channel", "message", "bot"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code."),
        Part::new("body", "", "What Slack answered; for a bot with channel and ts of the message."),
    ]),
    retries: "No connection, 408, 425, 429 and 5xx, not before Retry-After; ratelimited and failures inside of Slack.",
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r##"{ "credential": "Slack", "channel": "#sales", "text": "New sign-up: {{ input.email }}" }"##,
        r#"{"status":200,"body":{"ok":true,"channel":"C0123456789","ts":"1503435956.000247"}}"#,
    ),
};

pub const DISCORD_MESSAGE: Spec = Spec {
    kind: Kind::DiscordMessage,
    name: "discord_message",
    label: "Discord message",
    summary: "Posts to a Discord channel through its webhook.",
    family: Family::Message,
    fields: &[
        HOOK.placeholder("https://discord.com/api/webhooks/…"),
        HOOK_SECRET,
        Field::new("text", "Text", Input::LongText)
            .required()
            .placeholder("New sign-up: {{ input.email }}")
            .help("Up to 2,000 characters."),
        Field::new("username", "Name", Input::Text).help("Shown in place of the webhook's own."),
        Field::new("mentions", "Mentions", Input::Choice(MENTIONS)).required().default("none"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["chat", "notify", "channel"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code."),
        Part::new("id", "", "The message's id."),
        Part::new("channel_id", "", "The channel's id."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r#"{ "credential": "Discord", "text": "New sign-up: {{ input.email }}" }"#,
        r#"{"status":200,"id":"1190000000000000000","channel_id":"1180000000000000000"}"#,
    ),
};

const MENTIONS: &[Choice] =
    &[Choice::new("none", "call nobody: @everyone and names stay text"), Choice::new("users", "call people by name")];

pub const TEAMS_MESSAGE: Spec = Spec {
    kind: Kind::TeamsMessage,
    name: "teams_message",
    label: "Teams message",
    summary: "Posts to a Microsoft Teams channel through the webhook of its workflow.",
    family: Family::Message,
    fields: &[
        HOOK.placeholder("https://….logic.azure.com/workflows/…"),
        HOOK_SECRET,
        Field::new("title", "Title", Input::Text),
        Field::new("text", "Text", Input::LongText)
            .required()
            .placeholder("New sign-up: {{ input.email }}")
            .help("Teams reads a little Markdown: **bold**, [links](https://example.com)."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["chat", "notify", "channel", "microsoft", "office"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code."),
        Part::new("body", "", "What Teams answered."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r#"{ "credential": "Teams", "title": "Sign-up", "text": "{{ input.email }}" }"#,
        r#"{"status":202,"body":null}"#,
    ),
};

pub const TELEGRAM_MESSAGE: Spec = Spec {
    kind: Kind::TelegramMessage,
    name: "telegram_message",
    label: "Telegram message",
    summary: "Sends a message as a Telegram bot.",
    family: Family::Message,
    fields: &[
        Field::new("credential", "Bot token", Input::Credential(&[CredentialKind::Secret]))
            .required()
            .help("A secret text: the token that BotFather gave."),
        Field::new("chat", "Chat", Input::Text).required().placeholder("@channel or -1001234567890"),
        Field::new("format", "Format", Input::Choice(FORMATS)).required().default("text"),
        Field::new("text", "Text", Input::LongText)
            .required()
            .help("Up to 4,096 characters.")
            .shown_when("format", &["text"]),
        Field::new("html", "HTML", Input::LongText)
            .required()
            .html()
            .placeholder("<b>New sign-up</b>: {{ input.email }}")
            .help("b, i, u, s, a, code, pre. Values of expressions are escaped.")
            .shown_when("format", &["html"]),
        Field::new("silent", "Sound", Input::Choice(SOUNDS)).required().default("no"),
        Field::new("api", "API", Input::Text)
            .required()
            .default("https://api.telegram.org")
            .help("Another one for a Bot API server of your own."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["chat", "notify", "bot"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code."),
        Part::new("message_id", "", "The message's id."),
        Part::new("chat_id", "", "The chat's id."),
    ]),
    retries: "No connection, 408, 425, 429 and 5xx; not before the time that Telegram asks for.",
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r#"{ "credential": "Bot", "chat": "@sales", "text": "New sign-up: {{ input.email }}" }"#,
        r#"{"status":200,"message_id":42,"chat_id":-1001234567890}"#,
    ),
};

const FORMATS: &[Choice] = &[Choice::new("text", "plain text"), Choice::new("html", "HTML")];
const SOUNDS: &[Choice] = &[Choice::new("no", "as the people have it"), Choice::new("yes", "none")];

const HOOK: Field = Field::new("url", "Webhook URL", Input::Text).help("Where no credential holds it.");
const HOOK_SECRET: Field = Field::new("credential", "Credential", Input::Credential(&[CredentialKind::Secret]))
    .help("A secret text that is the webhook's URL.");
