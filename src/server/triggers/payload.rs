//! What a webhook call carries, as JSON: its body as the execution's input, the rest as details of the cause.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header, request::Parts};
use serde_json::{Map, Value, json};

use crate::api::ApiError;

const DEPTH: usize = 64;
const KEY_LENGTH: usize = 255;

/// Headers that give a delivery its name, first come first served.
const KEYS: [&str; 3] = ["idempotency-key", "x-github-delivery", "webhook-id"];

/// Headers that never stay with an execution.
const SECRET_HEADERS: [HeaderName; 3] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE];

/// The body as JSON: a form becomes an object, nothing becomes null.
pub fn input(headers: &HeaderMap, body: &[u8]) -> Result<Value, ApiError> {
    let form = media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if body.is_empty() {
        return Ok(Value::Null);
    }
    if form {
        return Ok(object(body));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        malformed(format!("The body is not JSON: {error}. Send JSON, or a form as application/x-www-form-urlencoded."))
    })?;
    if is_deeper_than(&value, DEPTH) {
        return Err(malformed(format!("The body is nested deeper than {DEPTH} levels.")));
    }
    Ok(value)
}

/// Method, query and headers, without those that carry a secret.
pub fn details(call: &Parts, secret: Option<&HeaderName>) -> Value {
    let mut headers = Map::new();
    for (name, value) in &call.headers {
        if !SECRET_HEADERS.contains(name) && secret != Some(name) {
            add(&mut headers, name.as_str().into(), String::from_utf8_lossy(value.as_bytes()));
        }
    }
    let query = object(call.uri.query().unwrap_or_default().as_bytes());
    json!({ "method": call.method.as_str(), "query": query, "headers": headers })
}

/// Where a sender names its deliveries, besides the headers that everybody may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// This header and no other: it is signed, the others are not.
    Signed(&'static str),
    /// This field of the body, which is signed.
    Field(&'static str),
    Usual,
}

/// The sender's name for this delivery; the same name again is the same delivery.
pub fn delivery(by: Delivery, headers: &HeaderMap, input: &Value) -> Result<Option<String>, ApiError> {
    let usual = || KEYS.iter().find_map(|name| Some((*name, headers.get(*name)?)));
    let found = match by {
        Delivery::Signed(name) => headers.get(name).map(|value| (name, value)),
        Delivery::Usual => usual(),
        Delivery::Field(name) => match input.get(name).and_then(Value::as_str) {
            Some(id) if (1..=KEY_LENGTH).contains(&id.len()) => return Ok(Some(id.to_owned())),
            _ => usual(),
        },
    };
    let Some((name, value)) = found else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=KEY_LENGTH).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::new(
            400,
            "malformed",
            format!("The header {name} must hold 1 to {KEY_LENGTH} ASCII characters. Shorten it or leave it out."),
        )),
    }
}

fn malformed(detail: String) -> ApiError {
    ApiError::new(400, "malformed", detail)
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn object(urlencoded: &[u8]) -> Value {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(urlencoded) {
        add(&mut fields, name, value);
    }
    Value::Object(fields)
}

/// A name that comes again turns its value into a list.
fn add(fields: &mut Map<String, Value>, name: Cow<'_, str>, value: Cow<'_, str>) {
    let value = Value::from(value);
    match fields.get_mut(name.as_ref()) {
        None => _ = fields.insert(name.into_owned(), value),
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// The parser itself stops at 128 levels.
fn is_deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(|value| is_deeper_than(value, levels - 1)),
        Value::Object(fields) => levels == 0 || fields.values().any(|value| is_deeper_than(value, levels - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_body_is_json_whatever_its_type_says() {
        assert_eq!(input(&headers(&[]), b" {\"a\": [1, null]} "), Ok(json!({"a": [1, null]})));
        assert_eq!(input(&headers(&[("content-type", "text/plain")]), b"\"text\""), Ok(json!("text")));
        assert_eq!(input(&headers(&[]), b""), Ok(Value::Null));
    }

    #[test]
    fn a_form_becomes_an_object() {
        let form = headers(&[("content-type", "application/x-www-form-urlencoded; charset=utf-8")]);
        let body = b"name=Ada+L&tag=a&tag=b&tag=c&empty=";
        assert_eq!(input(&form, body), Ok(json!({"name": "Ada L", "tag": ["a", "b", "c"], "empty": ""})));
        assert_eq!(input(&form, b""), Ok(Value::Null));
    }

    #[test]
    fn malformed_json_is_refused_with_its_place() {
        for (body, place) in [
            (&b"{\"a\": 1,\n \"b\": }"[..], "line 2 column 7"),
            (b"{", "line 1 column 1"),
            (b"{} {}", "line 1 column 4"),
            (b"1e999", "line 1 column 5"),
            (b"\xff", "line 1 column 1"),
            (b"\"\xc3\x28\"", "line 1 column"),
            (b"NaN", "line 1 column 1"),
        ] {
            let error = input(&headers(&[]), body).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.detail.contains(place), "{}", error.detail);
        }
    }

    #[test]
    fn a_body_may_be_nested_64_levels_deep() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(input(&headers(&[]), nested(64).as_bytes()).is_ok());
        assert_eq!(input(&headers(&[]), nested(65).as_bytes()).unwrap_err().status, 400);
        assert_eq!(input(&headers(&[]), nested(100_000).as_bytes()).unwrap_err().status, 400);
        let objects = "{\"a\":".repeat(65) + "1" + &"}".repeat(65);
        assert_eq!(input(&headers(&[]), objects.as_bytes()).unwrap_err().status, 400);
    }

    #[test]
    fn secrets_do_not_stay_with_the_execution() {
        let (call, ()) = Request::post("/hooks/x?plan=free&tag=a&tag=b")
            .header("Authorization", "Bearer canary")
            .header("Cookie", "session=canary")
            .header("X-Token", "canary")
            .header("X-Event", "signup")
            .header("X-Many", "1")
            .header("X-Many", "2")
            .body(())
            .unwrap()
            .into_parts();
        let kept = details(&call, Some(&HeaderName::from_static("x-token")));
        assert_eq!(
            kept,
            json!({
                "method": "POST",
                "query": {"plan": "free", "tag": ["a", "b"]},
                "headers": {"x-event": "signup", "x-many": ["1", "2"]},
            })
        );
    }

    #[test]
    fn a_delivery_is_named_by_the_first_header_that_can() {
        let github = ("x-github-delivery", "72d3162e");
        let name = |pairs: &[(&'static str, &str)]| delivery(Delivery::Usual, &headers(pairs), &Value::Null);
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(name(&[]), Ok(None));
        assert_eq!(name(&[github, ("webhook-id", "msg_1")]), some("72d3162e"));
        assert_eq!(name(&[github, ("idempotency-key", "k")]), some("k"));
        for bad in ["", "é", &"k".repeat(256)] {
            assert_eq!(name(&[("idempotency-key", bad)]).unwrap_err().status, 400, "{bad}");
        }
    }

    #[test]
    fn what_is_signed_names_a_delivery_before_what_is_not() {
        let sent = headers(&[("idempotency-key", "new"), ("webhook-id", "msg_1")]);
        assert_eq!(delivery(Delivery::Signed("webhook-id"), &sent, &Value::Null), Ok(Some("msg_1".to_owned())));
        let event = json!({"id": "evt_1"});
        assert_eq!(delivery(Delivery::Field("id"), &sent, &event), Ok(Some("evt_1".to_owned())));
        assert_eq!(delivery(Delivery::Field("id"), &sent, &json!([1])), Ok(Some("new".to_owned())));
    }
}
