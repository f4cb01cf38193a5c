//! Asks a GraphQL service. Data travels as variables: the query itself is never made from data.

use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{
    Call, Outcome, RunError, answer,
    http_request::{self, headers},
    kind_of,
};
use crate::server::egress::Request;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let request = request(call)?;
    let answer = http_request::send(call, request).await?;
    let host = answer.host.clone();
    let Value::Object(mut body) = answer::body(&answer) else {
        return Err(RunError::fail(format!("{host} answered something else than a GraphQL response.")));
    };
    let errors = body.remove("errors").filter(|errors| errors.as_array().is_none_or(|errors| !errors.is_empty()));
    let data = body.remove("data").unwrap_or_default();
    let takes_part = call.optional_text("on_errors")?.as_deref() == Some("hand_on") && !data.is_null();
    match errors {
        Some(errors) if !takes_part => {
            let words = errors.pointer("/0/message").and_then(Value::as_str).unwrap_or("no reason given");
            let message = format!("{host} answered with an error: {}", words.chars().take(300).collect::<String>());
            Err(RunError::Fail { message, field: Some("query".to_owned()), details: json!({ "errors": errors }) })
        }
        errors => Ok(Outcome::done(json!({ "data": data, "errors": errors.unwrap_or_else(|| json!([])) }))),
    }
}

fn request(call: &Call) -> Result<Request, RunError> {
    let url = http_request::url(&call.text("url")?, "url")?;
    let mut headers = headers::all(call)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut body = json!({ "query": call.text("query")? });
    match call.value("variables") {
        Value::Null => {}
        Value::Object(variables) => body["variables"] = Value::Object(variables),
        other => {
            return Err(RunError::field(
                "variables",
                format!("“Variables” has to be an object, not {}.", kind_of(&other)),
            ));
        }
    }
    if let Some(name) = call.optional_text("operation")? {
        body["operationName"] = name.trim().into();
    }
    Ok(Request { method: Method::POST, url, headers, body: Some(body.to_string().into()) })
}
