//! Databases of the people's own.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, Spec, port};
use crate::domain::credential::CredentialKind;

pub const SQL: Spec = Spec {
    kind: Kind::Sql,
    name: "sql",
    label: "SQL",
    summary: "Runs a statement in your Postgres database.",
    family: Family::Data,
    fields: &[
        Field::new("server", "Database", Input::Text).required().placeholder("postgres://db.example.com:5432/shop"),
        Field::new("credential", "Login", Input::Credential(&[CredentialKind::SqlLogin])).required(),
        Field::new("statement", "Statement", Input::Source)
            .required()
            .placeholder("select * from orders where customer = $1 limit 100")
            .help("One statement. $1, $2 … stand for the parameters: data never becomes a part of the statement."),
        Field::new("runs", "Runs", Input::Choice(RUNS)).required().default("once"),
        Field::new("parameters", "Parameters", Input::Expression)
            .placeholder("[input.customer]")
            .help("A list, in the order of $1, $2 …")
            .shown_when("runs", &["once"]),
        Field::new("items", "Items", Input::Expression)
            .required()
            .default("input")
            .help("A list of up to 10,000. All of them are written, or none.")
            .shown_when("runs", &["per_item"]),
        Field::new("each", "Parameters of each", Input::ItemExpression)
            .required()
            .placeholder("[item.id, item.name]")
            .shown_when("runs", &["per_item"]),
        Field::new("access", "Access", Input::Choice(ACCESS)).required().default("read"),
        Field::new("encryption", "Encryption", Input::Choice(ENCRYPTION)).required().default("required"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["database", "postgres", "postgresql", "query", "select", "insert", "table", "bulk"],
    output: Output::Object(&[
        Part::new("rows", "array", "An object per row; up to 10,000 rows or 10 MiB."),
        Part::new("affected", "integer", "How many rows were read or written."),
    ]),
    retries: "No connection, conflicts with other transactions, taken locks, a server without room or shutting down. A statement \
              ends after 30 s, a wait for a lock after 5 s; the server keeps that also for attempts that were cancelled.",
    example: Example::new(
        r#"{"customer":"Ada"}"#,
        r#"{ "server": "postgres://db.example.com:5432/shop", "credential": "Shop", "statement": "select id, total from orders where customer = $1", "parameters": "[input.customer]" }"#,
        r#"{"rows":[{"id":7,"total":120}],"affected":1}"#,
    ),
};

const RUNS: &[Choice] = &[Choice::new("once", "once"), Choice::new("per_item", "once per item, in one transaction")];
const ACCESS: &[Choice] = &[Choice::new("read", "only read"), Choice::new("write", "read and write")];
const ENCRYPTION: &[Choice] = &[
    Choice::new("required", "required, with a valid certificate"),
    Choice::new("off", "none: within your own network only"),
];
