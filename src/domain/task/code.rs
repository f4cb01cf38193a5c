//! People's own code, and programs that read what may be hostile: each in a sandboxed process of its own.

use super::{Choice, Example, Family, Field, Input, Kind, Language, Output, Part, RETRIES_NONE, Spec, port};

const RETRIES_CODE: &str =
    "An exit code other than 0, an exception, too much memory. Not tried again: code that does not parse.";

pub const SHELL: Spec = Spec {
    kind: Kind::Shell,
    name: "shell",
    label: "Shell",
    summary: "Runs a bash script in a sandbox.",
    family: Family::Code,
    fields: &[
        Field::new("code", "Script", Input::Code(Language::Shell))
            .required()
            .placeholder("jq -r '.name' | tr a-z A-Z\necho \"for $CUSTOMER\" >&2")
            .help("Reads the input as JSON from standard input. Ends at the first command that fails. Data comes in as variables and is never a part of the script."),
        Field::new("env", "Variables", Input::Pairs).help("Environment variables, such as CUSTOMER = {{ input.customer }}."),
        Field::new("format", "Standard output is", Input::Choice(FORMATS)).required().default("text"),
        MEMORY.default("512"),
        NETWORK,
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["bash", "sh", "script", "command", "code", "terminal"],
    output: Output::Object(&[
        Part::new("stdout", "string", "What it printed; of more than 1 MiB the begin and the end."),
        Part::new("stderr", "string", "The same of standard error."),
        Part::new("json", "", "Standard output as JSON, where that was asked for; else null."),
        Part::new("exit_code", "integer", "0: any other fails."),
    ]),
    retries: RETRIES_CODE,
    example: Example::new(
        r#"{"name":"Ada"}"#,
        r#"{ "code": "echo \"Hello $NAME\"", "env": { "NAME": "{{ input.name }}" } }"#,
        r#"{"stdout":"Hello Ada\n","stderr":"","json":null,"exit_code":0}"#,
    ),
};

pub const PYTHON: Spec = Spec {
    kind: Kind::Python,
    name: "python",
    label: "Python",
    summary: "Runs Python in a sandbox.",
    family: Family::Code,
    fields: &[
        Field::new("code", "Code", Input::Code(Language::Python))
            .required()
            .placeholder("return [row for row in input if row[\"total\"] > 100]")
            .help("input and data hold what came in. Return a value, or define main(input). A main with type hints, such as main(customer: str, days: int = 7), becomes a form. What it prints goes to the log."),
        DATA,
        MEMORY.default("1024"),
        NETWORK,
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["py", "script", "code", "function"],
    output: Output::Any("what the code returns, up to 1 MiB of JSON."),
    retries: RETRIES_CODE,
    example: Example::new(r#"[1,2,3]"#, r#"{ "code": "return sum(input)" }"#, "6"),
};

pub const JAVASCRIPT: Spec = Spec {
    kind: Kind::Javascript,
    name: "javascript",
    label: "JavaScript",
    summary: "Runs JavaScript in a sandbox, without files or network.",
    family: Family::Code,
    fields: &[
        Field::new("code", "Code", Input::Code(Language::JavaScript))
            .required()
            .placeholder("return items.filter(row => row.total > 100)")
            .help("input, items (the input as a list) and data hold what came in. Return a value. console.log goes to the log."),
        DATA,
        Field::new("memory", "Memory", Input::Number { min: 8.0, max: 1024.0 }).required().default("64").help("In MiB."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["js", "script", "code", "function", "quickjs", "node"],
    output: Output::Any("what the code returns, up to 1 MiB of JSON."),
    retries: RETRIES_NONE,
    example: Example::new(r#"[1,2,3]"#, r#"{ "code": "return items.reduce((a, b) => a + b)" }"#, "6"),
};

pub const PDF_EXTRACT: Spec = Spec {
    kind: Kind::PdfExtract,
    name: "pdf_extract",
    label: "PDF text",
    summary: "Reads the text of a PDF, page by page.",
    family: Family::Data,
    fields: &[
        Field::new("pdf", "PDF", Input::Expression)
            .required()
            .default("input")
            .placeholder("input.body")
            .help("Bytes as { base64 }, up to 15 MiB."),
        Field::new("layout", "Layout", Input::Choice(LAYOUTS)).required().default("reading"),
        Field::new("password", "Password", Input::Text).help("Where the PDF needs one to be read."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["document", "invoice", "text", "extract", "pages"],
    output: Output::Object(&[
        Part::new("pages", "array", "The text of each page."),
        Part::new("count", "integer", "How many pages there are."),
    ]),
    retries: "Nothing but a machine that is short of memory.",
    example: Example::new("", r#"{ "pdf": "input.body" }"#, r#"{"pages":["Invoice 7\n\nTotal 120"],"count":1}"#),
};

pub const PLUGIN: Spec = Spec {
    kind: Kind::Plugin,
    name: "plugin",
    label: "Plug-in",
    summary: "Runs a task that was added to this server as WebAssembly.",
    family: Family::Code,
    fields: &[
        Field::new("plugin", "Plug-in", Input::Plugin).required(),
        Field::new("settings", "Settings", Input::Members)
            .help("What the plug-in asks for, by the names of its fields."),
        Field::new("outputs", "Outputs", Input::Hidden)
            .help("Outputs of the plug-in besides out, as its description names them."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["wasm", "webassembly", "extension", "custom"],
    output: Output::Any("what the plug-in hands on."),
    retries: "What the plug-in says may pass.",
    example: Example::new(
        r#"{"title":"Hello, World"}"#,
        r#"{ "plugin": "slug@1", "settings": { "text": "{{ input.title }}" } }"#,
        r#""hello-world""#,
    ),
};

const DATA: Field = Field::new("data", "Data", Input::Members)
    .help("Further values for the code, such as order = {{ nodes[\"Order\"].output }}, which it reads as data.");
const MEMORY: Field =
    Field::new("memory", "Memory", Input::Number { min: 64.0, max: 4096.0 }).required().help("In MiB.");
const NETWORK: Field = Field::new("network", "Network", Input::Choice(NETWORKS))
    .required()
    .default("off")
    .help("On: HTTP and HTTPS to where tasks may connect, by a proxy that HTTP_PROXY and HTTPS_PROXY name.");

const FORMATS: &[Choice] = &[Choice::new("text", "text"), Choice::new("json", "JSON")];
const NETWORKS: &[Choice] = &[Choice::new("off", "off"), Choice::new("on", "on")];
const LAYOUTS: &[Choice] =
    &[Choice::new("reading", "in the order of reading"), Choice::new("page", "as it stands on the page")];
