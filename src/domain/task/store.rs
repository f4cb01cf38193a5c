//! Databases of the people's own.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, Spec, port};
use crate::domain::credential::CredentialKind;

pub const SQL: Spec = Spec {
    kind: Kind::Sql,
    name: "sql",
    label: "SQL",
    summary: "Runs statements in your Postgres, MySQL or MariaDB database, or in a SQLite file.",
    family: Family::Data,
    fields: &[
        Field::new("server", "Database", Input::Text)
            .required()
            .placeholder("postgres://db.example.com:5432/shop")
            .help("postgres://…, mysql://… or sqlite:shop.db, a file of the workspace; sqlite::memory: is empty at first."),
        Field::new("credential", "Login", Input::Credential(&[CredentialKind::SqlLogin]))
            .help("Every database but SQLite wants one."),
        Field::new("runs", "Runs", Input::Choice(RUNS)).required().default("once"),
        Field::new("statement", "Statement", Input::Source)
            .required()
            .placeholder("select * from orders where customer = $1 limit 100")
            .help(
                "$1, $2 … stand for the parameters, in MySQL ?: data never becomes a part of the statement. Between several \
                 statements stands a line ---.",
            )
            .shown_when("runs", &["once", "several", "per_item"]),
        Field::new("parameters", "Parameters", Input::Expression)
            .placeholder("[input.customer]")
            .help("A list, in the order of $1, $2 …; for several statements a list of such lists.")
            .shown_when("runs", &["once", "several"]),
        Field::new("table", "Table", Input::Source)
            .required()
            .placeholder("shop.orders")
            .shown_when("runs", &["insert"]),
        Field::new("columns", "Columns", Input::Source)
            .required()
            .placeholder("id, customer, total")
            .help("Each is filled from the member of the same name; what an item has not becomes null.")
            .shown_when("runs", &["insert"]),
        Field::new("items", "Items", Input::Expression)
            .required()
            .default("input")
            .help("A list of up to 10,000. All of them are written, or none.")
            .shown_when("runs", &["per_item", "insert"]),
        Field::new("conflicts", "Rows that exist", Input::Choice(CONFLICTS))
            .default("fail")
            .shown_when("runs", &["insert"]),
        Field::new("each", "Parameters of each", Input::ItemExpression)
            .required()
            .placeholder("[item.id, item.name]")
            .shown_when("runs", &["per_item"]),
        Field::new("access", "Access", Input::Choice(ACCESS)).required().default("read"),
        Field::new("encryption", "Encryption", Input::Choice(ENCRYPTION)).required().default("required"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["database", "postgres", "postgresql", "query", "select", "insert", "table", "bulk", "mysql", "mariadb", "sqlite", "transaction"],
    output: Output::Object(&[
        Part::new("rows", "array", "An object per row; up to 10,000 rows or 10 MiB."),
        Part::new("affected", "integer", "How many rows were read or written."),
        Part::new("results", "array", "With several statements: { rows, affected } of each. `rows` are those of the last."),
    ]),
    retries: "No connection, conflicts with other transactions, taken locks, a server without room or shutting down. A statement \
              ends after 30 s, a wait for a lock after 5 s; the server keeps that also for attempts that were cancelled.",
    example: Example::new(
        r#"{"customer":"Ada"}"#,
        r#"{ "server": "postgres://db.example.com:5432/shop", "credential": "Shop", "statement": "select id, total from orders where customer = $1", "parameters": "[input.customer]" }"#,
        r#"{"rows":[{"id":7,"total":120}],"affected":1}"#,
    ),
};

const RUNS: &[Choice] = &[
    Choice::new("once", "one statement"),
    Choice::new("per_item", "one statement per item, in one transaction"),
    Choice::new("several", "several statements, in one transaction"),
    Choice::new("insert", "items into a table, in one transaction"),
];
const CONFLICTS: &[Choice] = &[Choice::new("fail", "make it fail"), Choice::new("skip", "are left out")];
const ACCESS: &[Choice] = &[Choice::new("read", "only read"), Choice::new("write", "read and write")];
const ENCRYPTION: &[Choice] = &[
    Choice::new("required", "required, with a valid certificate"),
    Choice::new("off", "none: within your own network only"),
];
