//! Language models.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, Spec, port, web::LOGINS};

pub const LLM_CHAT: Spec = Spec {
    kind: Kind::LlmChat,
    name: "llm_chat",
    label: "LLM chat",
    summary: "Asks a language model behind an OpenAI-compatible API.",
    family: Family::Ai,
    fields: &[
        Field::new("server", "API", Input::Text)
            .required()
            .default("https://api.openai.com/v1")
            .help("OpenAI, OpenRouter (https://openrouter.ai/api/v1), or a server of your own."),
        Field::new("credential", "Credential", Input::Credential(LOGINS)).help("A bearer token."),
        Field::new("model", "Model", Input::Text).required().placeholder("gpt-4o-mini"),
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
        Field::new("temperature", "Temperature", Input::Number { min: 0.0, max: 2.0 })
            .help("0 answers much the same each time. Empty: the model's own."),
        Field::new("max_tokens", "Longest answer", Input::Number { min: 1.0, max: 1_000_000.0 })
            .help("In tokens. Empty: the model's own."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["ai", "gpt", "openai", "openrouter", "model", "prompt", "summarize", "classify", "extract"],
    output: Output::Object(&[
        Part::new("text", "string", "The answer."),
        Part::new("json", "", "The answer as JSON, where that was asked for; else null."),
        Part::new("model", "", "The model that answered."),
        Part::new("finish_reason", "string", "stop, or length where the answer was cut off."),
        Part::new(
            "usage",
            "object",
            "prompt_tokens, completion_tokens, total_tokens, and cost where the provider tells it.",
        ),
    ]),
    retries: "No connection, 408, 425, 429 and 5xx, not before Retry-After; an answer that is not the JSON that was asked for.",
    example: Example::new(
        r#"{"text":"Where is my parcel?"}"#,
        r#"{ "model": "gpt-4o-mini", "credential": "OpenAI", "system": "Answer as JSON: { \"topic\": … }", "prompt": "{{ input.text }}", "format": "json" }"#,
        r#"{"text":"{\"topic\":\"delivery\"}","json":{"topic":"delivery"},"model":"gpt-4o-mini","finish_reason":"stop","usage":{"prompt_tokens":21,"completion_tokens":6,"total_tokens":27,"cost":null}}"#,
    ),
};

const FORMATS: &[Choice] =
    &[Choice::new("text", "text"), Choice::new("json", "JSON"), Choice::new("schema", "JSON that keeps to a schema")];
