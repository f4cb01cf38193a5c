//! Calls to web APIs.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};
use crate::domain::credential::CredentialKind;

pub const HTTP_REQUEST: Spec = Spec {
    kind: Kind::HttpRequest,
    name: "http_request",
    label: "HTTP request",
    summary: "Calls a web API and hands on its answer.",
    family: Family::Web,
    fields: &[
        Field::new("method", "Method", Input::Choice(METHODS)).required().default("GET"),
        Field::new("url", "URL", Input::Text).required().placeholder("https://api.example.com/contacts"),
        Field::new("headers", "Headers", Input::Pairs),
        Field::new("body", "Body", Input::Json)
            .placeholder("{ \"email\": {{ input.email }} }")
            .help("JSON; expressions become JSON values.")
            .shown_when("method", &["POST", "PUT", "PATCH", "DELETE"]),
        Field::new("credential", "Credential", Input::Credential(&[CredentialKind::Token]))
            .help("Its header is sent along."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["api", "rest", "fetch", "get", "post", "crm", "call", "request"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code, 200 to 299."),
        Part::new("headers", "object", "By lower-case name."),
        Part::new("body", "", "The answer's body: JSON as a value, other text as text."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"email":"ada@example.com"}"#,
        r#"{ "method": "POST", "url": "https://api.example.com/contacts", "body": "{ \"email\": {{ input.email }} }" }"#,
        r#"{"status":201,"headers":{"content-type":"application/json"},"body":{"id":7}}"#,
    ),
};

const METHODS: &[Choice] = &[
    Choice::new("GET", "GET"),
    Choice::new("POST", "POST"),
    Choice::new("PUT", "PUT"),
    Choice::new("PATCH", "PATCH"),
    Choice::new("DELETE", "DELETE"),
    Choice::new("HEAD", "HEAD"),
];
