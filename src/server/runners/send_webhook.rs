//! Sends an event, signed as Standard Webhooks say: whoever gets it can tell who sent it, when, and that it is not a
//! second copy. The id is the same for all attempts.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::SecondsFormat;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Method, header};
use serde_json::json;
use sha2::Sha256;

use super::{
    Call, Outcome, RunError, answer,
    http_request::{self, headers},
};
use crate::server::egress::{Request, host_of};

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let iteration: String = call.run.path.iter().map(|index| format!("_{index}")).collect();
    let id = format!("msg_{}_{}{iteration}", call.execution.0.simple(), call.run.node);
    let request = request(call, &id)?;
    let answer = call.egress.send(request).await.map_err(|error| answer::unanswered(error, "url"))?;
    let answer = answer::accept(answer, call.now)?;
    Ok(Outcome::done(json!({ "id": id, "status": answer.status.as_u16(), "body": answer::body(&answer) })))
}

fn request(call: &Call, id: &str) -> Result<Request, RunError> {
    let url = http_request::url(&call.text("url")?, "url")?;
    let body = json!({
        "type": call.text("event")?.trim(),
        "timestamp": call.now.to_rfc3339_opts(SecondsFormat::Millis, true),
        "data": call.value("data"),
    })
    .to_string();
    let timestamp = call.now.timestamp().to_string();
    let mut headers = headers::all(call)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", headers::value(id, "url")?);
    headers.insert("webhook-timestamp", headers::value(&timestamp, "url")?);
    if let Some(secret) = &call.credential {
        let key = key(secret.value_for(&host_of(&url), "value")?)?;
        let signature = signature(&key, id, &timestamp, &body)?;
        headers.insert("webhook-signature", headers::value(&signature, "url")?);
    }
    Ok(Request { method: Method::POST, url, headers, body: Some(body.into()) })
}

/// `whsec_` and base64, as the specification writes keys; another text counts as it is.
fn key(secret: &str) -> Result<Vec<u8>, RunError> {
    match secret.strip_prefix("whsec_") {
        None => Ok(secret.as_bytes().to_vec()),
        Some(encoded) => BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| RunError::field("credential", "After whsec_, the secret has to be base64.")),
    }
}

fn signature(key: &[u8], id: &str, timestamp: &str, body: &str) -> Result<String, RunError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_| RunError::field("credential", "The secret cannot be a key. Choose another."))?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification at standardwebhooks.com.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
