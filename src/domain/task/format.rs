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

const TEXTS: &[Choice] = &[Choice::new("read", "read text"), Choice::new("write", "write text")];
const LAYOUTS: &[Choice] = &[
    Choice::new("compact", "on one line"),
    Choice::new("indented", "indented"),
    Choice::new("lines", "a line per item (JSON Lines)"),
];
const SHAPES: &[Choice] = &[Choice::new("json", "JSON"), Choice::new("lines", "JSON Lines")];

pub const JSON: Spec = Spec {
    kind: Kind::Json,
    name: "json",
    label: "JSON",
    summary: "Reads a value from JSON text, or writes one.",
    family: Family::Data,
    fields: &[
        Field::new("direction", "Do", Input::Choice(TEXTS)).required().default("read"),
        Field::new("text", "JSON", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.body")
            .help("A text, or bytes as { base64 }, in UTF-8.")
            .shown_when("direction", &["read"]),
        Field::new("shape", "Is", Input::Choice(SHAPES)).default("json").shown_when("direction", &["read"]),
        Field::new("path", "Take", Input::Text)
            .placeholder("data.items.0")
            .help("Names and numbers with dots. Empty: the whole.")
            .shown_when("direction", &["read"]),
        Field::new("value", "Value", Input::Expression).required().default("input").shown_when("direction", &["write"]),
        Field::new("layout", "Layout", Input::Choice(LAYOUTS)).default("compact").shown_when("direction", &["write"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["parse", "stringify", "decode", "encode", "jsonl", "ndjson", "path"],
    output: Output::Any("the value (read), or the JSON as a text (write)."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#""{\"order\":{\"id\":7}}""#,
        r#"{ "direction": "read", "text": "input", "path": "order.id" }"#,
        "7",
    ),
};

pub const XML: Spec = Spec {
    kind: Kind::Xml,
    name: "xml",
    label: "XML",
    summary: "Reads a value from XML, or writes one.",
    family: Family::Data,
    fields: &[
        Field::new("direction", "Do", Input::Choice(XMLS)).required().default("read"),
        Field::new("text", "XML", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.body")
            .help(
                "A text, or bytes as { base64 }, in UTF-8. Attributes become @name, text beside them #text, repeated \
                 elements a list. Entities of a document's own are refused.",
            )
            .shown_when("direction", &["read"]),
        Field::new("value", "Value", Input::Expression)
            .required()
            .default("input")
            .placeholder("{ order: { '@id': 7, line: ['a', 'b'] } }")
            .help("An object with one member, the root. @name becomes an attribute, #text a text, a list repeated elements.")
            .shown_when("direction", &["write"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["parse", "soap", "sitemap", "convert", "export", "import"],
    output: Output::Any("the value (read), or the XML as a text (write)."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#""<order id=\"7\"><line>a</line><line>b</line></order>""#,
        r#"{ "direction": "read", "text": "input" }"#,
        r#"{"order":{"@id":"7","line":["a","b"]}}"#,
    ),
};

const XMLS: &[Choice] = &[Choice::new("read", "read XML"), Choice::new("write", "write XML")];

pub const XLSX: Spec = Spec {
    kind: Kind::Xlsx,
    name: "xlsx",
    label: "Excel",
    summary: "Reads a table from an Excel file (xlsx), or writes one.",
    family: Family::Data,
    fields: &[
        Field::new("direction", "Do", Input::Choice(BOOKS)).required().default("read"),
        Field::new("file", "File", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.body")
            .help("Bytes as { base64 }. Up to 100,000 rows.")
            .shown_when("direction", &["read"]),
        Field::new("rows", "Rows", Input::Expression)
            .required()
            .default("input")
            .help("Objects, whose names make the head, or lists.")
            .shown_when("direction", &["write"]),
        Field::new("sheet", "Sheet", Input::Text).placeholder("Orders").help("Its name. Empty: the first one."),
        Field::new("head", "First row", Input::Choice(HEADS)).required().default("yes"),
        Field::new("file_name", "File name", Input::Text)
            .default("table.xlsx")
            .help("What the file is called where it is attached or stored.")
            .shown_when("direction", &["write"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["excel", "spreadsheet", "table", "xls", "workbook", "export", "import"],
    output: Output::Any("the rows as a list (read), or the file as { base64, content_type, file_name } (write)."),
    retries: RETRIES_NONE,
    example: Example::new("", r#"{ "direction": "write", "rows": "input", "sheet": "Orders" }"#, ""),
};

const BOOKS: &[Choice] = &[Choice::new("read", "read a file"), Choice::new("write", "write a file")];

pub const ZIP: Spec = Spec {
    kind: Kind::Zip,
    name: "zip",
    label: "Zip",
    summary: "Packs files into a zip archive, or unpacks one.",
    family: Family::Data,
    fields: &[
        Field::new("direction", "Do", Input::Choice(ARCHIVES)).required().default("unpack"),
        Field::new("archive", "Archive", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.body")
            .help("Bytes as { base64 }. Up to 10,000 files and 25 MiB unpacked; links and passwords are refused.")
            .shown_when("direction", &["unpack"]),
        Field::new("files", "Files", Input::Expression)
            .required()
            .default("input")
            .placeholder("[{ file_name: 'a.txt', text: 'Hello' }]")
            .help("A list of { file_name, base64 } or { file_name, text }. A name may hold folders: reports/may.csv.")
            .shown_when("direction", &["pack"]),
        Field::new("file_name", "File name", Input::Text)
            .default("files.zip")
            .help("What the archive is called where it is attached or stored.")
            .shown_when("direction", &["pack"]),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["archive", "compress", "unzip", "extract", "pack"],
    output: Output::Any(
        "a list of { file_name, base64, content_type } (unpack), or the archive in the same form (pack).",
    ),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"base64":"UEsDBBQAAAAAAAAAIQCsKpPYAgAAAAIAAAAFAAAAYS50eHRoaVBLAQIUAxQAAAAAAAAAIQCsKpPYAgAAAAIAAAAFAAAAAAAAAAAAAACAAQAAAABhLnR4dFBLBQYAAAAAAQABADMAAAAlAAAAAAA="}"#,
        r#"{ "direction": "unpack", "archive": "input" }"#,
        r#"[{"base64":"aGk=","content_type":"text/plain","file_name":"a.txt"}]"#,
    ),
};

const ARCHIVES: &[Choice] = &[Choice::new("unpack", "unpack"), Choice::new("pack", "pack")];
