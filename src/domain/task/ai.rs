//! Language models.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, Spec, port, web::LOGINS};

const SERVER: Field = Field::new("server", "API", Input::Text)
    .required()
    .default("https://api.openai.com/v1")
    .help("OpenAI, OpenRouter (https://openrouter.ai/api/v1), or a server of your own.");
const CREDENTIAL: Field = Field::new("credential", "Credential", Input::Credential(LOGINS)).help("A bearer token.");
const MODEL: Field = Field::new("model", "Model", Input::Text).required().placeholder("gpt-4o-mini").models();
const TEXT: Field = Field::new("text", "Text", Input::LongText)
    .required()
    .placeholder("{{ input.text }}")
    .help("Instructions in it are not followed: it is told to be data.");
const TEMPERATURE: Field = Field::new("temperature", "Temperature", Input::Number { min: 0.0, max: 2.0 })
    .help("0 answers much the same each time. Empty: the model's own.");
const MAX_TOKENS: Field = Field::new("max_tokens", "Longest answer", Input::Number { min: 1.0, max: 1_000_000.0 })
    .help("In tokens. Empty: the model's own.");
const ANSWERED_BY: Part = Part::new("model", "", "The model that answered.");
const USAGE: Part = Part::new(
    "usage",
    "object",
    "prompt_tokens, completion_tokens, total_tokens, and cost where the provider tells it.",
);
const RETRIES_MODEL: &str =
    "No connection, 408, 425, 429 and 5xx, not before Retry-After; an answer that is not what was asked for.";

pub const LLM_CHAT: Spec = Spec {
    kind: Kind::LlmChat,
    name: "llm_chat",
    label: "LLM chat",
    summary: "Asks a language model behind an OpenAI-compatible API.",
    family: Family::Ai,
    fields: &[
        SERVER,
        CREDENTIAL,
        MODEL,
        Field::new("system", "Instructions", Input::LongText)
            .placeholder("You sort customer mail. Answer with one word.")
            .help("What holds for every question. Keep data out of it: it belongs into the question."),
        Field::new("prompt", "Question", Input::LongText).required().placeholder("{{ input.text }}"),
        Field::new("format", "Answer", Input::Choice(FORMATS)).required().default("text"),
        Field::new("schema", "Schema", Input::Json)
            .required()
            .placeholder("{ \"type\": \"object\", \"properties\": { \"mood\": { \"type\": \"string\" } } }")
            .help("A JSON Schema that the answer keeps to, where the model can.")
            .shown_when("format", &["schema"]),
        TEMPERATURE,
        MAX_TOKENS,
        Field::new("stream", "While it answers", Input::Choice(STREAMING))
            .required()
            .default("off")
            .help("The log shows the answer as it comes; what the node hands on is the same."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["ai", "gpt", "openai", "openrouter", "model", "prompt", "summarize", "classify", "extract"],
    output: Output::Object(&[
        Part::new("text", "string", "The answer."),
        Part::new("json", "", "The answer as JSON, where that was asked for; else null."),
        ANSWERED_BY,
        Part::new("finish_reason", "string", "stop, or length where the answer was cut off."),
        USAGE,
    ]),
    retries: RETRIES_MODEL,
    example: Example::new(
        r#"{"text":"Where is my parcel?"}"#,
        r#"{ "model": "gpt-4o-mini", "credential": "OpenAI", "system": "Answer as JSON: { \"topic\": … }", "prompt": "{{ input.text }}", "format": "json" }"#,
        r#"{"text":"{\"topic\":\"delivery\"}","json":{"topic":"delivery"},"model":"gpt-4o-mini","finish_reason":"stop","usage":{"prompt_tokens":21,"completion_tokens":6,"total_tokens":27,"cost":null}}"#,
    ),
};

const FORMATS: &[Choice] =
    &[Choice::new("text", "text"), Choice::new("json", "JSON"), Choice::new("schema", "JSON that keeps to a schema")];

const STREAMING: &[Choice] = &[Choice::new("off", "wait for the whole"), Choice::new("on", "show it in the log")];

pub const SUMMARIZE_TEXT: Spec = Spec {
    kind: Kind::SummarizeText,
    name: "summarize_text",
    label: "Summarize text",
    summary: "Has a language model say in few words what a text says.",
    family: Family::Ai,
    fields: &[
        TEXT,
        Field::new("style", "As", Input::Choice(STYLES)).required().default("paragraph"),
        Field::new("words", "Longest summary", Input::Number { min: 5.0, max: 5_000.0 })
            .default("100")
            .help("In words, about."),
        Field::new("language", "Language", Input::Text).placeholder("English").help("Empty: that of the text."),
        Field::new("focus", "Pay attention to", Input::Text).placeholder("deadlines and amounts"),
        SERVER,
        CREDENTIAL,
        MODEL,
        MAX_TOKENS,
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["ai", "gpt", "openai", "openrouter", "shorten", "abstract"],
    output: Output::Object(&[Part::new("summary", "string", "The summary."), ANSWERED_BY, USAGE]),
    retries: RETRIES_MODEL,
    example: Example::new(
        r#"{"text":"Dear team, the parcel that I ordered on Monday has not come yet. Please look into it."}"#,
        r#"{ "text": "{{ input.text }}", "style": "sentence", "model": "gpt-4o-mini", "credential": "OpenAI" }"#,
        r#"{"summary":"A customer misses a parcel ordered on Monday.","model":"gpt-4o-mini","usage":{"prompt_tokens":74,"completion_tokens":10,"total_tokens":84,"cost":null}}"#,
    ),
};

const STYLES: &[Choice] = &[
    Choice::new("paragraph", "a paragraph"),
    Choice::new("bullets", "short points"),
    Choice::new("sentence", "one sentence"),
];

pub const EXTRACT_DATA: Spec = Spec {
    kind: Kind::ExtractData,
    name: "extract_data",
    label: "Extract data",
    summary: "Has a language model find data in a text: an object that keeps to a schema.",
    family: Family::Ai,
    fields: &[
        TEXT,
        Field::new("schema", "Schema", Input::Json)
            .required()
            .placeholder("{ \"type\": \"object\", \"properties\": { \"name\": { \"type\": \"string\" } }, \"required\": [\"name\"] }")
            .help("A JSON Schema. What the model answers is checked against it, and it may put one mistake right."),
        Field::new("instructions", "Hints", Input::LongText).placeholder("Amounts are in euros."),
        SERVER,
        CREDENTIAL,
        MODEL,
        TEMPERATURE,
        MAX_TOKENS,
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["ai", "gpt", "openai", "openrouter", "parse", "structured", "entities"],
    output: Output::Object(&[
        Part::new("data", "", "What was found; it keeps to the schema."),
        Part::new("repaired", "boolean", "Whether it took a second answer."),
        ANSWERED_BY,
        USAGE,
    ]),
    retries: RETRIES_MODEL,
    example: Example::new(
        r#"{"text":"Invoice 17 of Example Ltd: 120.50 EUR"}"#,
        r#"{ "text": "{{ input.text }}", "schema": { "type": "object", "properties": { "number": { "type": "integer" }, "total": { "type": "number" } }, "required": ["number"] }, "model": "gpt-4o-mini", "credential": "OpenAI" }"#,
        r#"{"data":{"number":17,"total":120.5},"repaired":false,"model":"gpt-4o-mini","usage":{"prompt_tokens":110,"completion_tokens":14,"total_tokens":124,"cost":null}}"#,
    ),
};

pub const CLASSIFY: Spec = Spec {
    kind: Kind::Classify,
    name: "classify",
    label: "Classify",
    summary: "Has a language model choose one of your labels for a text.",
    family: Family::Ai,
    fields: &[
        TEXT,
        Field::new("labels", "Labels", Input::Pairs)
            .required()
            .help("Each with what it stands for. A switch behind this node can tell them apart by input.label."),
        SERVER,
        CREDENTIAL,
        MODEL,
        TEMPERATURE,
        MAX_TOKENS,
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["ai", "gpt", "openai", "openrouter", "category", "label", "sentiment", "route"],
    output: Output::Object(&[
        Part::new("label", "string", "One of the labels."),
        Part::new("confidence", "", "From 0 to 1, as the model sees it; null where it does not say."),
        Part::new("reason", "", "One sentence, or null."),
        ANSWERED_BY,
        USAGE,
    ]),
    retries: RETRIES_MODEL,
    example: Example::new(
        r#"{"text":"Where is my parcel?"}"#,
        r#"{ "text": "{{ input.text }}", "labels": { "delivery": "where a parcel is", "billing": "invoices and payments" }, "model": "gpt-4o-mini", "credential": "OpenAI" }"#,
        r#"{"label":"delivery","confidence":0.97,"reason":"It asks for a parcel.","model":"gpt-4o-mini","usage":{"prompt_tokens":95,"completion_tokens":22,"total_tokens":117,"cost":null}}"#,
    ),
};
