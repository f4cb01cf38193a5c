//! Objects in buckets.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};
use crate::domain::credential::CredentialKind;

pub const S3_OBJECT: Spec = Spec {
    kind: Kind::S3Object,
    name: "s3_object",
    label: "S3 object",
    summary: "Reads, writes, lists and deletes objects of S3 or a store that speaks like it, or makes a link to one.",
    family: Family::Data,
    fields: &[
        Field::new("credential", "Access key", Input::Credential(&[CredentialKind::S3]))
            .required()
            .help("It names the region and, for other stores than Amazon's, the endpoint."),
        Field::new("do", "Do", Input::Choice(ACTIONS)).required().default("read"),
        Field::new("bucket", "Bucket", Input::Text).required().placeholder("reports"),
        Field::new("key", "Key", Input::Text)
            .required()
            .placeholder("2026/{{ input.month }}.csv")
            .shown_when("do", &["read", "write", "delete", "link"]),
        Field::new("as", "As", Input::Choice(FORMS)).default("auto").shown_when("do", &["read"]),
        Field::new("content", "Content", Input::Expression)
            .required()
            .default("input")
            .help("A text, or bytes as { base64 }; another value is written as JSON. 25 MiB at most.")
            .shown_when("do", &["write"]),
        Field::new("content_type", "Type", Input::Text)
            .placeholder("text/csv")
            .help("Empty: as the bytes or the key's ending say.")
            .shown_when("do", &["write"]),
        Field::new("prefix", "Begins with", Input::Text).placeholder("2026/").shown_when("do", &["list"]),
        Field::new("limit", "At most", Input::Number { min: 1.0, max: 10_000.0 })
            .default("1000")
            .shown_when("do", &["list"]),
        Field::new("link_for", "The link is for", Input::Choice(LINKS)).default("read").shown_when("do", &["link"]),
        Field::new("seconds", "Valid, seconds", Input::Number { min: 1.0, max: 604_800.0 })
            .default("3600")
            .shown_when("do", &["link"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["aws", "amazon", "minio", "bucket", "storage", "upload", "download", "presign", "blob", "file"],
    output: Output::Object(&[
        Part::new("key", "string", "The object's key."),
        Part::new("content", "", "What was read, up to 10 MiB: a text, or { base64, content_type, file_name }."),
        Part::new("content_type", "string", "The object's type."),
        Part::new("size", "integer", "Bytes."),
        Part::new("etag", "", "The mark of what the object holds; null: the store gives none."),
        Part::new("objects", "array", "What was listed, each { key, size, modified_at, etag }."),
        Part::new("more", "boolean", "Whether there is more than was listed."),
        Part::new("deleted", "boolean", "True: nothing is there any more, or never was."),
        Part::new("url", "string", "The link; whoever has it needs no key."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"month":"may","report":"a,b\r\n"}"#,
        r#"{ "credential": "Reports", "do": "write", "bucket": "reports", "key": "2026/{{ input.month }}.csv", "content": "input.report" }"#,
        r#"{"key":"2026/may.csv","size":5,"etag":"8f457ad9d573db377e681164b7f5af35"}"#,
    ),
};

const ACTIONS: &[Choice] = &[
    Choice::new("read", "read an object"),
    Choice::new("write", "write an object"),
    Choice::new("list", "list objects"),
    Choice::new("delete", "delete an object"),
    Choice::new("link", "make a link"),
];
const FORMS: &[Choice] =
    &[Choice::new("auto", "as its type says"), Choice::new("text", "text"), Choice::new("bytes", "bytes")];
const LINKS: &[Choice] = &[Choice::new("read", "reading"), Choice::new("write", "writing")];
