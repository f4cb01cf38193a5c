//! Reading of HTTP answers: what counts as success, what is worth another attempt, what a node hands on.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use super::RunError;
use crate::server::egress::{Answer, EgressError};

/// How much of an unwelcome answer is kept to explain it, in bytes.
const KEPT: usize = 4 * 1024;
/// The longest wait that the other side may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Passes 2xx. 408, 425, 429 and 5xx may be different next time, not before `Retry-After`; the rest stays as it is.
pub fn accept(answer: Answer, now: DateTime<Utc>) -> Result<Answer, RunError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let message = format!("{} answered {}.", answer.host, answer.status);
    let details = json!({ "status": answer.status.as_u16(), "body": beginning(&answer.body) });
    if is_passing(answer.status) {
        return Err(RunError::Retry { message, details, after: retry_after(&answer.headers, now) });
    }
    Err(RunError::Fail { message, field: None, details })
}

/// A request that got no answer.
pub fn unanswered(error: EgressError, field: &str) -> RunError {
    match error {
        EgressError::Refused(message) => RunError::field(field, message),
        EgressError::Unreachable(message) => RunError::retry(message),
    }
}

/// The body as a JSON value where it says that it is JSON and is; null where it is empty; else its text.
pub fn body(answer: &Answer) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    let parsed = is_json(&answer.headers).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
    parsed.unwrap_or_else(|| Value::from(String::from_utf8_lossy(&answer.body)))
}

/// By lower-case name; several of a name are joined with commas.
pub fn headers(headers: &HeaderMap) -> Value {
    let joined = headers.keys().map(|name| {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (name.to_string(), Value::from(values.join(", ")))
    });
    Value::Object(joined.collect::<Map<_, _>>())
}

fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error()
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(media_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return true;
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

fn beginning(body: &[u8]) -> String {
    let kept = &body[..body.len().min(KEPT)];
    String::from_utf8_lossy(kept).into_owned()
}

/// Seconds or a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_str(value).unwrap())
        });
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
            host: "crm.test".to_owned(),
        }
    }

    #[test]
    fn statuses_are_success_worth_another_attempt_or_final() {
        let now = DateTime::UNIX_EPOCH;
        for status in [200, 201, 202, 204, 299] {
            assert!(accept(answer(status, &[], ""), now).is_ok(), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert!(matches!(accept(answer(status, &[], ""), now), Err(RunError::Retry { .. })), "{status}");
        }
        for status in [300, 304, 400, 401, 403, 404, 409, 410, 418, 422, 451] {
            assert!(matches!(accept(answer(status, &[], ""), now), Err(RunError::Fail { .. })), "{status}");
        }
    }

    #[test]
    fn an_unwelcome_answer_is_quoted_up_to_four_kibibytes() {
        let error = accept(answer(400, &[], &"é".repeat(4_000)), DateTime::UNIX_EPOCH).unwrap_err();
        let RunError::Fail { message, details, .. } = error else { panic!("{error:?}") };
        assert_eq!(message, "crm.test answered 400 Bad Request.");
        assert_eq!(details["status"], 400);
        assert_eq!(details["body"].as_str().unwrap().len(), 4 * 1024);
    }

    #[test]
    fn the_wait_may_be_seconds_or_a_date_and_is_at_most_a_day() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let check = |text: &str, seconds: Option<u64>| {
            let headers = answer(429, &[("retry-after", text)], "").headers;
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        };
        check("7", Some(7));
        check("Fri, 20 Nov 2026 12:00:30 GMT", Some(30));
        check("Fri, 20 Nov 2020 12:00:30 GMT", Some(0));
        check("99999999", Some(86_400));
        check("soon", None);
        check("-1", None);
    }

    #[test]
    fn a_body_is_json_only_if_it_says_so_and_is() {
        let json_type = [("content-type", "application/problem+json; charset=utf-8")];
        assert_eq!(body(&answer(200, &json_type, r#"{"a":1}"#)), json!({"a": 1}));
        assert_eq!(body(&answer(200, &json_type, "{a")), json!("{a"));
        assert_eq!(body(&answer(200, &[("content-type", "text/plain")], "1")), json!("1"));
        assert_eq!(body(&answer(200, &json_type, &"[".repeat(100_000))), json!("[".repeat(100_000)));
        assert_eq!(body(&answer(204, &json_type, "")), Value::Null);
    }
}
