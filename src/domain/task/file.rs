//! The workspace's own files.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, Spec, port};

pub const FILE: Spec = Spec {
    kind: Kind::File,
    name: "file",
    label: "File",
    summary: "Reads, writes, lists, moves and deletes files of the workspace.",
    family: Family::Data,
    fields: &[
        Field::new("do", "Do", Input::Choice(ACTIONS)).required().default("read"),
        Field::new("path", "Path", Input::Text)
            .required()
            .placeholder("reports/{{ input.month }}.csv")
            .help("Below the workspace's own folder.")
            .shown_when("do", &["read", "write", "move", "delete"]),
        Field::new("as", "As", Input::Choice(FORMS)).default("text").shown_when("do", &["read"]),
        Field::new("content", "Content", Input::Expression)
            .required()
            .default("input")
            .help("A text, or bytes as { base64 }; another value is written as JSON. A file has 100 MiB at most.")
            .shown_when("do", &["write"]),
        Field::new("folder", "Folder", Input::Text)
            .placeholder("reports")
            .help("Empty: the workspace's own.")
            .shown_when("do", &["list"]),
        Field::new("to", "To", Input::Text)
            .required()
            .placeholder("done/{{ input.month }}.csv")
            .help("The new path, which has to be free. Folders on the way are made.")
            .shown_when("do", &["move"]),
        Field::new("existing", "A file that exists", Input::Choice(EXISTING))
            .default("replace")
            .shown_when("do", &["write"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["read", "write", "save", "folder", "directory", "disk", "list", "move", "rename", "delete", "append"],
    output: Output::Object(&[
        Part::new("path", "string", "The file's path."),
        Part::new("kind", "string", "file or folder."),
        Part::new("size", "integer", "Bytes."),
        Part::new("modified_at", "string", "When it was written last."),
        Part::new("content", "", "What was read: a text, or { base64, content_type, file_name }."),
        Part::new("files", "array", "What is in the folder, each { path, kind, size, modified_at }."),
        Part::new("deleted", "boolean", "Whether there was something to delete."),
    ]),
    retries: "A full or broken disk of the server.",
    example: Example::new(
        r#"{"month":"may","report":"a,b\r\n"}"#,
        r#"{ "do": "write", "path": "reports/{{ input.month }}.csv", "content": "input.report" }"#,
        r#"{"path":"reports/may.csv","size":5}"#,
    ),
};

const ACTIONS: &[Choice] = &[
    Choice::new("read", "read a file"),
    Choice::new("write", "write a file"),
    Choice::new("list", "list a folder"),
    Choice::new("move", "move a file or folder"),
    Choice::new("delete", "delete a file or empty folder"),
];
const FORMS: &[Choice] = &[Choice::new("text", "text"), Choice::new("bytes", "bytes")];
const EXISTING: &[Choice] = &[
    Choice::new("replace", "is replaced"),
    Choice::new("append", "goes on with the content"),
    Choice::new("keep", "is kept, and the task fails"),
];
