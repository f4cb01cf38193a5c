//! Formats of files, as values.

use super::{Choice, Example, Family, Field, Input, Kind, Output, RETRIES_NONE, Spec, port};

pub const CSV: Spec = Spec {
    kind: Kind::Csv,
    name: "csv",
    label: "CSV",
    summary: "Reads a table from CSV, or writes one.",
    family: Family::Data,
    fields: &[
        Field::new("direction", "Do", Input::Choice(DIRECTIONS)).required().default("read"),
        Field::new("text", "CSV", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.body")
            .help("A text, or bytes as { base64 }, in UTF-8. Up to 100,000 rows.")
            .shown_when("direction", &["read"]),
        Field::new("rows", "Rows", Input::Expression)
            .required()
            .default("input")
            .help("A list of objects, whose names become the head, or of lists.")
            .shown_when("direction", &["write"]),
        Field::new("separator", "Separator", Input::Choice(SEPARATORS)).required().default("comma"),
        Field::new("head", "First line", Input::Choice(HEADS)).required().default("yes"),
        Field::new("formulas", "Formulas", Input::Choice(FORMULAS))
            .required()
            .default("escape")
            .help("A text that begins with = + - or @ would be run by a spreadsheet.")
            .shown_when("direction", &["write"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["table", "spreadsheet", "excel", "parse", "export", "import", "tsv"],
    output: Output::Any("the rows as a list (read), or the CSV as a text (write)."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#""name,n\nAda,1\n""#,
        r#"{ "direction": "read", "text": "input" }"#,
        r#"[{"name":"Ada","n":"1"}]"#,
    ),
};

const DIRECTIONS: &[Choice] = &[Choice::new("read", "read CSV"), Choice::new("write", "write CSV")];
const SEPARATORS: &[Choice] =
    &[Choice::new("comma", "comma"), Choice::new("semicolon", "semicolon"), Choice::new("tab", "tab")];
const HEADS: &[Choice] = &[Choice::new("yes", "names the columns"), Choice::new("no", "is a row like the others")];
const FORMULAS: &[Choice] = &[Choice::new("escape", "make them text"), Choice::new("keep", "leave them as they are")];
