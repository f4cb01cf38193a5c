//! Asks a language model behind an OpenAI-compatible API, such as OpenAI's own, OpenRouter's or a local server's.

use http::{Method, header};
use serde_json::{Map, Value, json};

use super::{
    Call, Outcome, RunError, answer,
    authorize::authorize,
    http_request::{self, headers},
    kind_of, number_of,
};
use crate::server::egress::Request;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let format = call.optional_text("format")?.unwrap_or_default();
    let request = request(call, &format)?;
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "server"))?;
    let answer = answer::accept(answer, call.now).map_err(explained)?;
    let said = answer::body(&answer);
    let choice = &said["choices"][0];
    let Some(text) = choice["message"]["content"].as_str() else {
        let message = format!("{} answered without a text.", answer.host);
        let refusal =
            choice["message"]["refusal"].as_str().map(|words| format!("{message} The model refused: {words}"));
        return Err(RunError::Fail {
            message: refusal.unwrap_or(message),
            field: None,
            details: json!({ "answer": said }),
        });
    };
    let finish = choice["finish_reason"].as_str().unwrap_or("stop");
    let value = if format == "text" || format.is_empty() { Value::Null } else { json_of(text, finish)? };
    Ok(Outcome::done(json!({
        "text": text,
        "json": value,
        "model": said["model"],
        "finish_reason": finish,
        "usage": usage(&said["usage"]),
    })))
}

fn request(call: &Call, format: &str) -> Result<Request, RunError> {
    let base = call.text("server")?;
    let mut url = http_request::url(&format!("{}/chat/completions", base.trim().trim_end_matches('/')), "server")?;
    let mut headers = headers::own(call);
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    authorize(call, &mut url, &mut headers)?;
    let body = body(call, format)?.to_string();
    Ok(Request { method: Method::POST, url, headers, body: Some(body.into()) })
}

fn body(call: &Call, format: &str) -> Result<Value, RunError> {
    let mut messages = Vec::new();
    if let Some(system) = call.optional_text("system")? {
        messages.push(json!({ "role": "system", "content": system }));
    }
    messages.push(json!({ "role": "user", "content": call.text("prompt")? }));
    let mut body = Map::new();
    body.insert("model".to_owned(), call.text("model")?.trim().into());
    body.insert("messages".to_owned(), messages.into());
    for (field, name) in [("temperature", "temperature"), ("max_tokens", "max_tokens")] {
        if let Some(number) = call.optional_number(field)? {
            body.insert(name.to_owned(), number_of(number));
        }
    }
    match format {
        "json" => {
            body.insert("response_format".to_owned(), json!({ "type": "json_object" }));
        }
        "schema" => {
            let schema = match call.value("schema") {
                schema @ Value::Object(_) => schema,
                other => {
                    let message = format!("“Schema” has to be a JSON Schema, an object, not {}.", kind_of(&other));
                    return Err(RunError::field("schema", message));
                }
            };
            let format = json!({ "name": "answer", "strict": true, "schema": schema });
            body.insert("response_format".to_owned(), json!({ "type": "json_schema", "json_schema": format }));
        }
        _ => {}
    }
    Ok(Value::Object(body))
}

/// Models like to put JSON between fences. An answer that is none may be one next time.
fn json_of(text: &str, finish: &str) -> Result<Value, RunError> {
    let bare = text.trim();
    let bare = bare.strip_prefix("```json").or_else(|| bare.strip_prefix("```")).unwrap_or(bare);
    let bare = bare.strip_suffix("```").unwrap_or(bare).trim();
    serde_json::from_str(bare).map_err(|error| {
        let details = json!({ "text": text.chars().take(2_000).collect::<String>(), "finish_reason": finish });
        if finish == "length" {
            let message = "The answer was cut off by “Longest answer”. Allow more tokens.".to_owned();
            return RunError::Fail { message, field: Some("max_tokens".to_owned()), details };
        }
        RunError::Retry { message: format!("The model's answer is not JSON: {error}."), details, after: None }
    })
}

/// Tokens, and what they cost where the provider tells it.
fn usage(usage: &Value) -> Value {
    json!({
        "prompt_tokens": usage["prompt_tokens"],
        "completion_tokens": usage["completion_tokens"],
        "total_tokens": usage["total_tokens"],
        "cost": usage["cost"],
    })
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
