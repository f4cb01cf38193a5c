//! One question to a language model behind an OpenAI-compatible API, such as OpenAI's own, OpenRouter's or a local
//! server's. The kinds of the family “AI” say what is asked.

mod offer;
mod stream;
mod tally;

use std::time::Instant;

use http::{Method, header};
use serde_json::{Map, Value, json};
use url::Url;

use self::stream::Heard;
pub use self::{
    offer::{Offer, offered},
    tally::used,
};
use super::{
    Call, RunError, answer,
    authorize::authorize,
    http_request::{self, headers},
    number_of,
};
use crate::server::egress::{self, Request, is_event_stream};

/// What is asked, beside the server and the model that the node names.
pub struct Question {
    pub system: Option<String>,
    /// What the person asks first; then answers and questions by turns.
    pub turns: Vec<String>,
    /// As `response_format`; null: text.
    pub format: Value,
}

/// What came back.
pub struct Answer {
    pub text: String,
    pub model: Value,
    pub finish: String,
    pub usage: Usage,
}

/// Tokens, and what they cost where the provider tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    prompt: Option<f64>,
    completion: Option<f64>,
    total: Option<f64>,
    cost: Option<f64>,
}

impl Usage {
    fn of(usage: &Value) -> Self {
        let number = |name: &str| usage[name].as_f64();
        Self {
            prompt: number("prompt_tokens"),
            completion: number("completion_tokens"),
            total: number("total_tokens"),
            cost: number("cost"),
        }
    }

    /// Of two questions together.
    pub fn and(self, other: Self) -> Self {
        let sum = |a: Option<f64>, b: Option<f64>| a.or(b).map(|_| a.unwrap_or(0.0) + b.unwrap_or(0.0));
        Self {
            prompt: sum(self.prompt, other.prompt),
            completion: sum(self.completion, other.completion),
            total: sum(self.total, other.total),
            cost: sum(self.cost, other.cost),
        }
    }

    pub fn json(self) -> Value {
        let number = |number: Option<f64>| number.map_or(Value::Null, number_of);
        json!({
            "prompt_tokens": number(self.prompt),
            "completion_tokens": number(self.completion),
            "total_tokens": number(self.total),
            "cost": number(self.cost),
        })
    }
}

pub async fn ask(call: &Call, question: &Question) -> Result<Answer, RunError> {
    let (request, began) = (request(call, question)?, Instant::now());
    let asked = put(call, request).await;
    tally::count(call, &call.text("server")?, began.elapsed(), &asked);
    asked
}

async fn put(call: &Call, request: Request) -> Result<Answer, RunError> {
    let (host, said) = match call.optional_text("stream")?.as_deref() {
        Some("on") => listen(call, request).await?,
        _ => {
            let answer = accepted(call, call.egress.send(request).await)?;
            (answer.host.clone(), answer::body(&answer))
        }
    };
    read(&host, &said)
}

/// Hears the answer word by word; what the model says goes into the log at once.
async fn listen(call: &Call, request: Request) -> Result<(String, Value), RunError> {
    let mut heard = Heard::default();
    let hear = |piece: &[u8]| call.output.stdout.push(heard.hear(piece).as_bytes());
    let answer = accepted(call, call.egress.listen(request, hear).await)?;
    if !is_event_stream(&answer.headers) {
        // It does not stream.
        return Ok((answer.host.clone(), answer::body(&answer)));
    }
    heard.end();
    let host = answer.host;
    if !heard.error().is_null() {
        let words: String = heard.error()["message"].as_str().unwrap_or_default().chars().take(300).collect();
        let message = format!("{host} broke off its answer. It says: {words}");
        return Err(RunError::Retry { message, details: json!({ "error": heard.error() }), after: None });
    }
    if !heard.is_complete() {
        return Err(RunError::retry(format!("The answer of {host} broke off before its end.")));
    }
    Ok((host, heard.completion()))
}

fn accepted(call: &Call, answer: Result<egress::Answer, egress::EgressError>) -> Result<egress::Answer, RunError> {
    let answer = answer.map_err(|error| answer::unanswered(error, "server"))?;
    answer::accept(answer, call.now).map_err(explained)
}

fn read(host: &str, said: &Value) -> Result<Answer, RunError> {
    let choice = &said["choices"][0];
    let Some(text) = choice["message"]["content"].as_str() else {
        let message = format!("{host} answered without a text.");
        let refusal =
            choice["message"]["refusal"].as_str().map(|words| format!("{message} The model refused: {words}"));
        return Err(RunError::Fail {
            message: refusal.unwrap_or(message),
            field: None,
            details: json!({ "answer": said }),
        });
    };
    Ok(Answer {
        text: text.to_owned(),
        model: said["model"].clone(),
        finish: choice["finish_reason"].as_str().unwrap_or("stop").to_owned(),
        usage: Usage::of(&said["usage"]),
    })
}

/// A `response_format` by which the answer keeps to a schema, where the model can.
pub fn schema_format(schema: &Value) -> Value {
    json!({ "type": "json_schema", "json_schema": { "name": "answer", "strict": true, "schema": schema } })
}

fn request(call: &Call, question: &Question) -> Result<Request, RunError> {
    let mut url = address(call, "chat/completions")?;
    let mut headers = headers::own(call);
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    authorize(call, &mut url, &mut headers)?;
    let body = body(call, question)?.to_string();
    Ok(Request { method: Method::POST, url, headers, body: Some(body.into()) })
}

fn address(call: &Call, path: &str) -> Result<Url, RunError> {
    http_request::url(&format!("{}/{path}", base(&call.text("server")?)), "server")
}

/// The address of a provider as it is called.
fn base(server: &str) -> &str {
    server.trim().trim_end_matches('/')
}

fn body(call: &Call, question: &Question) -> Result<Value, RunError> {
    let system = question.system.iter().map(|system| json!({ "role": "system", "content": system }));
    let turns = question.turns.iter().enumerate().map(
        |(index, content)| json!({ "role": if index % 2 == 0 { "user" } else { "assistant" }, "content": content }),
    );
    let mut body = Map::new();
    body.insert("model".to_owned(), call.text("model")?.trim().into());
    body.insert("messages".to_owned(), system.chain(turns).collect());
    for name in ["temperature", "max_tokens"] {
        if let Some(number) = call.optional_number(name)? {
            body.insert(name.to_owned(), number_of(number));
        }
    }
    if call.optional_text("stream")?.as_deref() == Some("on") {
        body.insert("stream".to_owned(), true.into());
        // Else nobody would tell the tokens.
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    if !question.format.is_null() {
        body.insert("response_format".to_owned(), question.format.clone());
    }
    Ok(Value::Object(body))
}

/// Models like to put JSON between fences.
pub fn json_in(text: &str) -> serde_json::Result<Value> {
    let bare = text.trim();
    let bare = bare.strip_prefix("```json").or_else(|| bare.strip_prefix("```")).unwrap_or(bare);
    serde_json::from_str(bare.strip_suffix("```").unwrap_or(bare).trim())
}

/// An answer that is not what was asked for may be one next time, unless it was cut off.
pub fn unusable(answer: &Answer, message: String) -> RunError {
    let text: String = answer.text.chars().take(2_000).collect();
    let details = json!({ "text": text, "finish_reason": answer.finish, "usage": answer.usage.json() });
    if answer.finish == "length" {
        let message = "The answer was cut off by “Longest answer”. Allow more tokens.".to_owned();
        return RunError::Fail { message, field: Some("max_tokens".to_owned()), details };
    }
    RunError::Retry { message, details, after: None }
}

/// Providers say in the body what they did not like.
fn explained(error: RunError) -> RunError {
    let words = |details: &Value| {
        let said: Value = serde_json::from_str(details["body"].as_str()?).ok()?;
        Some(said["error"]["message"].as_str()?.chars().take(300).collect::<String>())
    };
    match error {
        RunError::Fail { message, field, details } => {
            let field = match details["status"].as_u64() {
                Some(401 | 403) => Some("credential".to_owned()),
                Some(404) => Some("model".to_owned()),
                _ => field,
            };
            let message =
                words(&details).map_or_else(|| message.clone(), |words| format!("{message} It says: {words}"));
            RunError::Fail { message, field, details }
        }
        other => other,
    }
}
