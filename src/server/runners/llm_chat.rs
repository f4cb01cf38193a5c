//! Asks a language model whatever the node asks.

use serde_json::{Value, json};

use super::{
    Call, Outcome, RunError, kind_of,
    model::{self, Question},
};

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let format = call.optional_text("format")?.unwrap_or_default();
    let question = Question {
        system: call.optional_text("system")?,
        turns: vec![call.text("prompt")?],
        format: response_format(call, &format)?,
    };
    let answer = model::ask(call, &question).await?;
    let value = if question.format.is_null() {
        Value::Null
    } else {
        model::json_in(&answer.text)
            .map_err(|error| model::unusable(&answer, format!("The model's answer is not JSON: {error}.")))?
    };
    Ok(Outcome::done(json!({
        "text": answer.text,
        "json": value,
        "model": answer.model,
        "finish_reason": answer.finish,
        "usage": answer.usage.json(),
    })))
}

fn response_format(call: &Call, format: &str) -> Result<Value, RunError> {
    Ok(match format {
        "json" => json!({ "type": "json_object" }),
        "schema" => match call.value("schema") {
            schema @ Value::Object(_) => model::schema_format(&schema),
            other => {
                let message = format!("“Schema” has to be a JSON Schema, an object, not {}.", kind_of(&other));
                return Err(RunError::field("schema", message));
            }
        },
        _ => Value::Null,
    })
}
