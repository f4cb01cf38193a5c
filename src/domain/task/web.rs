//! Calls to web APIs.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};
use crate::domain::credential::CredentialKind;

/// The credentials that a request can carry.
pub const LOGINS: &[CredentialKind] = &CredentialKind::FOR_HTTP;
const WITH_BODY: &[&str] = &["POST", "PUT", "PATCH", "DELETE"];

pub const HTTP_REQUEST: Spec = Spec {
    kind: Kind::HttpRequest,
    name: "http_request",
    label: "HTTP request",
    summary: "Calls a web API and hands on its answer.",
    family: Family::Web,
    fields: &[
        Field::new("method", "Method", Input::Choice(METHODS)).required().default("GET"),
        Field::new("url", "URL", Input::Text).required().placeholder("https://api.example.com/contacts"),
        Field::new("query", "Query", Input::Pairs).help("Parameters that are added to the URL, encoded."),
        Field::new("headers", "Headers", Input::Pairs),
        Field::new("credential", "Credential", Input::Credential(LOGINS)).help("It is sent along."),
        Field::new("body_type", "Body", Input::Choice(BODIES)).default("json").shown_when("method", WITH_BODY),
        Field::new("body", "JSON", Input::Json)
            .placeholder("{ \"email\": {{ input.email }} }")
            .help("JSON; expressions become JSON values.")
            .shown_when("method", WITH_BODY)
            .also_when("body_type", &["json"]),
        Field::new("form", "Fields", Input::Members)
            .help("In a form with files, a value { base64, file_name, content_type } is a file.")
            .shown_when("method", WITH_BODY)
            .also_when("body_type", &["form", "multipart"]),
        Field::new("text", "Text", Input::LongText)
            .help("text/plain, unless a header says otherwise.")
            .shown_when("method", WITH_BODY)
            .also_when("body_type", &["text"]),
        Field::new("binary", "Bytes", Input::Expression)
            .placeholder("input.file")
            .help("A text in base64, or { base64, content_type }.")
            .shown_when("method", WITH_BODY)
            .also_when("body_type", &["binary"]),
        Field::new("response", "Answer", Input::Choice(ANSWERS)).default("auto"),
        Field::new("tls", "TLS", Input::Choice(TLS)).default("usual"),
        Field::new("authority", "Authority", Input::Source)
            .placeholder("-----BEGIN CERTIFICATE-----")
            .help("Certificates in PEM that are believed besides the public ones.")
            .shown_when("tls", &["own"]),
        Field::new("client_certificate", "Client certificate", Input::Credential(&[CredentialKind::Secret]))
            .help("A secret text: certificate and private key in PEM, one after the other. Shown to servers that ask for one.")
            .shown_when("tls", &["own"]),
        Field::new("tls_version", "At least", Input::Choice(VERSIONS)).default("1.2").shown_when("tls", &["own"]),
        Field::new("certificates", "Certificates", Input::Choice(CERTIFICATES))
            .default("check")
            .help("Unchecked, whoever stands in between may read and change everything, the credential too.")
            .shown_when("tls", &["own"]),
        Field::new("pages", "Pages", Input::Choice(PAGES)).default("none"),
        Field::new("items", "Items at", Input::Text)
            .placeholder("data.items")
            .help("Where the list is in each page. Empty: the page is the list.")
            .shown_when("pages", &["link", "next", "cursor", "number"]),
        Field::new("next", "Next at", Input::Text)
            .required()
            .placeholder("meta.next")
            .help("Where each page holds the next address or the cursor. The last one holds none.")
            .shown_when("pages", &["next", "cursor"]),
        Field::new("page_parameter", "Parameter", Input::Text)
            .required()
            .default("page")
            .help("The parameter of the URL that takes the cursor or the page's number.")
            .shown_when("pages", &["cursor", "number"]),
        Field::new("max_pages", "Pages at most", Input::Number { min: 1.0, max: 1_000.0 })
            .default("100")
            .shown_when("pages", &["link", "next", "cursor", "number"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["api", "rest", "fetch", "get", "post", "crm", "call", "request", "download", "upload", "curl"],
    output: Output::Object(&[
        Part::new("status", "integer", "The status code, 200 to 299."),
        Part::new("headers", "object", "By lower-case name."),
        Part::new(
            "body",
            "",
            "JSON as a value, other text as text, bytes as { base64, content_type }; the items of all pages.",
        ),
        Part::new("pages", "integer", "How many pages were fetched, where several were asked for."),
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
    Choice::new("OPTIONS", "OPTIONS"),
];

const BODIES: &[Choice] = &[
    Choice::new("json", "JSON"),
    Choice::new("form", "form"),
    Choice::new("multipart", "form with files"),
    Choice::new("text", "text"),
    Choice::new("binary", "bytes"),
];

const ANSWERS: &[Choice] = &[
    Choice::new("auto", "as its content type says"),
    Choice::new("json", "always JSON"),
    Choice::new("text", "always text"),
    Choice::new("binary", "bytes"),
];

const TLS: &[Choice] =
    &[Choice::new("usual", "as usual: public authorities, 1.2 or newer"), Choice::new("own", "with own settings")];
const VERSIONS: &[Choice] = &[Choice::new("1.2", "TLS 1.2"), Choice::new("1.3", "TLS 1.3")];
const CERTIFICATES: &[Choice] =
    &[Choice::new("check", "checked"), Choice::new("ignore", "not checked: dangerous, for tests only")];

const PAGES: &[Choice] = &[
    Choice::new("none", "one answer"),
    Choice::new("link", "the next in the header Link"),
    Choice::new("next", "the next address in the answer"),
    Choice::new("cursor", "a cursor in the answer"),
    Choice::new("number", "numbered from 1"),
];

pub const GRAPHQL: Spec = Spec {
    kind: Kind::Graphql,
    name: "graphql",
    label: "GraphQL",
    summary: "Asks a GraphQL service.",
    family: Family::Web,
    fields: &[
        Field::new("url", "URL", Input::Text).required().placeholder("https://api.example.com/graphql"),
        Field::new("query", "Query", Input::Source)
            .required()
            .placeholder("query ($id: ID!) { order(id: $id) { total } }")
            .help("A query or a mutation. Data goes in through variables."),
        Field::new("variables", "Variables", Input::Json).placeholder("{ \"id\": {{ input.id }} }"),
        Field::new("operation", "Operation", Input::Text).help("Its name, where the query holds several."),
        Field::new("on_errors", "With errors", Input::Choice(ERRORS)).required().default("fail"),
        Field::new("headers", "Headers", Input::Pairs),
        Field::new("credential", "Credential", Input::Credential(LOGINS)).help("It is sent along."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["api", "query", "mutation", "github", "shopify"],
    output: Output::Object(&[
        Part::new("data", "", "What was asked for."),
        Part::new("errors", "array", "What went wrong beside it; empty: nothing."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"id":7}"#,
        r#"{ "url": "https://api.example.com/graphql", "query": "query ($id: ID!) { order(id: $id) { total } }", "variables": "{ \"id\": {{ input.id }} }" }"#,
        r#"{"data":{"order":{"total":120}},"errors":[]}"#,
    ),
};

const ERRORS: &[Choice] =
    &[Choice::new("fail", "fail"), Choice::new("hand_on", "hand on what came nevertheless, with the errors")];

pub const SEND_WEBHOOK: Spec = Spec {
    kind: Kind::SendWebhook,
    name: "send_webhook",
    label: "Send webhook",
    summary: "Sends an event to another system, signed as Standard Webhooks say.",
    family: Family::Web,
    fields: &[
        Field::new("url", "URL", Input::Text).required().placeholder("https://partner.example.com/hooks/orders"),
        Field::new("event", "Event", Input::Text).required().placeholder("order.shipped"),
        Field::new("data", "Data", Input::Expression).required().default("input"),
        Field::new("credential", "Signing secret", Input::Credential(&[CredentialKind::Secret]))
            .help("whsec_ and base64, or any text that the other side knows as well. Without it nothing is signed."),
        Field::new("headers", "Headers", Input::Pairs),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["event", "notify", "hook", "callback", "publish", "signature", "hmac"],
    output: Output::Object(&[
        Part::new("id", "string", "The event's id, the same for every attempt."),
        Part::new("status", "integer", "The status code."),
        Part::new("body", "", "What the other side answered."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"order":7}"#,
        r#"{ "url": "https://partner.example.com/hooks", "event": "order.shipped", "data": "input", "credential": "Partner" }"#,
        r#"{"id":"msg_0190…_send_webhook_1","status":200,"body":null}"#,
    ),
};
