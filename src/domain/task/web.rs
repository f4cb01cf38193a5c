//! Calls to web APIs.

use super::{Choice, Family, Field, Input, Kind, Spec, port};
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
};

const METHODS: &[Choice] = &[
    Choice::new("GET", "GET"),
    Choice::new("POST", "POST"),
    Choice::new("PUT", "PUT"),
    Choice::new("PATCH", "PATCH"),
    Choice::new("DELETE", "DELETE"),
    Choice::new("HEAD", "HEAD"),
];
