//! Stores of values and objects: Redis, S3.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, Spec, port};
use crate::domain::credential::CredentialKind;

const WITH_KEY: &[&str] = &[
    "get",
    "set",
    "delete",
    "increment",
    "expire",
    "push",
    "pop",
    "range",
    "hash_get",
    "hash_set",
    "hash_delete",
    "set_add",
    "set_remove",
    "set_members",
];
const WITH_VALUE: &[&str] = &["set", "push", "set_add", "set_remove"];

pub const REDIS: Spec = Spec {
    kind: Kind::Redis,
    name: "redis",
    label: "Redis",
    summary: "Reads and writes values, lists, hashes and sets of a Redis or Valkey server, or publishes a message.",
    family: Family::Data,
    fields: &[
        Field::new("server", "Server", Input::Text)
            .required()
            .placeholder("rediss://cache.example.com:6379/0")
            .help("rediss:// is encrypted. The number behind the slash is that of the database."),
        Field::new("credential", "Login", Input::Credential(&[CredentialKind::RedisLogin])),
        Field::new("do", "Do", Input::Choice(COMMANDS)).required().default("get"),
        Field::new("key", "Key", Input::Text)
            .required()
            .placeholder("session:{{ input.id }}")
            .shown_when("do", WITH_KEY),
        Field::new("channel", "Channel", Input::Text).required().placeholder("orders").shown_when("do", &["publish"]),
        Field::new("value", "Value", Input::Expression)
            .required()
            .default("input")
            .help("A text is stored as it is, another value as JSON. For lists and sets a list stands for several.")
            .shown_when("do", WITH_VALUE),
        Field::new("message", "Message", Input::Expression).required().default("input").shown_when("do", &["publish"]),
        Field::new("members", "Fields", Input::Members).required().shown_when("do", &["hash_set"]),
        Field::new("member", "Field", Input::Text)
            .help("Empty: all of the hash.")
            .shown_when("do", &["hash_get", "hash_delete"]),
        Field::new("by", "By", Input::Number { min: -9e15, max: 9e15 }).default("1").shown_when("do", &["increment"]),
        Field::new("seconds", "Expires after, seconds", Input::Number { min: 0.0, max: 315_360_000.0 })
            .help("Empty: never.")
            .shown_when("do", &["set", "expire"]),
        Field::new("only", "Only if it", Input::Choice(ONLY)).default("any").shown_when("do", &["set"]),
        Field::new("end", "End", Input::Choice(ENDS)).default("right").shown_when("do", &["push", "pop"]),
        Field::new("count", "At most", Input::Number { min: 1.0, max: 10_000.0 })
            .default("100")
            .shown_when("do", &["range"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["cache", "valkey", "key", "value", "queue", "publish", "counter", "lock", "hash"],
    output: Output::Object(&[Part::new(
        "value",
        "",
        "What the server answered: a text, a number, a list, an object; null: nothing there. JSON is read as such.",
    )]),
    retries: "No connection, a server that is starting, short of memory or only for reading.",
    example: Example::new(
        r#"{"id":7}"#,
        r#"{ "server": "rediss://cache.example.com", "credential": "Cache", "do": "get", "key": "session:{{ input.id }}" }"#,
        r#"{"value":{"user":"ada"}}"#,
    ),
};

const COMMANDS: &[Choice] = &[
    Choice::new("get", "get a value"),
    Choice::new("set", "set a value"),
    Choice::new("delete", "delete a key"),
    Choice::new("increment", "add to a number"),
    Choice::new("expire", "let a key expire"),
    Choice::new("push", "put into a list"),
    Choice::new("pop", "take from a list"),
    Choice::new("range", "read a list"),
    Choice::new("hash_get", "read a hash"),
    Choice::new("hash_set", "write fields of a hash"),
    Choice::new("hash_delete", "delete a field of a hash"),
    Choice::new("set_add", "put into a set"),
    Choice::new("set_remove", "take out of a set"),
    Choice::new("set_members", "read a set"),
    Choice::new("publish", "publish a message"),
];
const ONLY: &[Choice] =
    &[Choice::new("any", "exists or not"), Choice::new("new", "does not exist"), Choice::new("existing", "exists")];
const ENDS: &[Choice] = &[Choice::new("right", "right, the last"), Choice::new("left", "left, the first")];

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
        Part::new("content", "", "What was read: a text, or { base64, content_type, file_name }."),
        Part::new("content_type", "string", "The object's type."),
        Part::new("size", "integer", "Bytes."),
        Part::new("etag", "string", "The version's mark."),
        Part::new("objects", "array", "What was listed, each { key, size, modified_at, etag }."),
        Part::new("more", "boolean", "Whether there is more than was listed."),
        Part::new("deleted", "boolean", "True: nothing is there any more."),
        Part::new("url", "string", "The link; whoever has it needs no key."),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        r#"{"month":"may","report":"a,b\r\n"}"#,
        r#"{ "credential": "Reports", "do": "write", "bucket": "reports", "key": "2026/{{ input.month }}.csv", "content": "input.report" }"#,
        r#"{"key":"2026/may.csv","size":5,"etag":"5d41402abc4b2a76b9719d911017c592"}"#,
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
