//! Redis.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, Spec, port};
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

pub const REDIS: Spec = Spec {
    kind: Kind::Redis,
    name: "redis",
    label: "Redis",
    summary: "Reads and writes values, lists, hashes and sets of a Redis or Valkey server, finds keys, publishes messages.",
    family: Family::Data,
    fields: &[
        Field::new("server", "Server", Input::Text)
            .required()
            .placeholder("rediss://cache.example.com:6379/0")
            .help(
                "rediss:// is encrypted; redis:// is not, and reaches your own network only. The number behind the slash is \
                 that of the database.",
            ),
        Field::new("credential", "Login", Input::Credential(&[CredentialKind::RedisLogin])),
        Field::new("do", "Do", Input::Choice(COMMANDS)).required().default("get"),
        Field::new("key", "Key", Input::Text)
            .required()
            .placeholder("session:{{ input.id }}")
            .shown_when("do", WITH_KEY),
        Field::new("pattern", "Keys like", Input::Text)
            .required()
            .placeholder("session:*")
            .help("* stands for anything, ? for one character, [ab] for one of these.")
            .shown_when("do", &["find"]),
        Field::new("channel", "Channel", Input::Text).required().placeholder("orders").shown_when("do", &["publish"]),
        Field::new("value", "Value", Input::Expression)
            .required()
            .default("input")
            .help("A text is stored as it is, another value as JSON. For lists and sets a list stands for several.")
            .shown_when("do", &["set", "push", "set_add", "set_remove"]),
        Field::new("message", "Message", Input::Expression)
            .required()
            .default("input")
            .help("A text is sent as it is, another value as JSON.")
            .shown_when("do", &["publish"]),
        Field::new("members", "Fields", Input::Members).required().shown_when("do", &["hash_set"]),
        Field::new("member", "Field", Input::Text)
            .help("Reading, an empty one stands for the whole hash.")
            .shown_when("do", &["hash_get", "hash_delete"]),
        Field::new("by", "By", Input::Number { min: -9e15, max: 9e15 })
            .default("1")
            .help("A whole number; a negative one takes away.")
            .shown_when("do", &["increment"]),
        Field::new("seconds", "Expires after, seconds", Input::Number { min: 0.001, max: 315_360_000.0 })
            .help("Empty: never.")
            .shown_when("do", &["set", "expire"]),
        Field::new("only", "Only if the key", Input::Choice(ONLY)).default("any").shown_when("do", &["set"]),
        Field::new("end", "End", Input::Choice(ENDS)).default("right").shown_when("do", &["push", "pop"]),
        Field::new("count", "At most", Input::Number { min: 1.0, max: 10_000.0 })
            .default("100")
            .shown_when("do", &["range", "find"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["cache", "valkey", "key", "value", "queue", "publish", "counter", "lock", "hash", "scan"],
    output: Output::Object(&[Part::new(
        "value",
        "",
        "What the server answered, up to 10 MiB: a text, a number, a list, an object; null: nothing there. Lists and objects \
         in JSON are read as such.",
    )]),
    retries: "No connection, a server that is starting, busy, short of memory or only for reading. What was sent before the \
              connection broke may have been done: counting and pushing may then happen twice.",
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
    Choice::new("find", "find keys"),
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
