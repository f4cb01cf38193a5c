//! What the server answered: a value, or why there is none.

use redis::{ErrorKind, RedisError, Value as Reply};
use serde_json::{Map, Value, json};

use crate::server::runners::{RunError, binary::Binary, number_of};

pub fn value(reply: Reply) -> Value {
    match reply {
        Reply::Int(number) => number.into(),
        Reply::BulkString(bytes) => read(bytes),
        Reply::SimpleString(text) | Reply::VerbatimString { text, .. } => text.into(),
        Reply::Okay => true.into(),
        Reply::Boolean(flag) => flag.into(),
        Reply::Double(number) => number_of(number),
        Reply::Array(items) | Reply::Set(items) => items.into_iter().map(value).collect(),
        Reply::Map(pairs) => {
            let members = pairs.into_iter().map(|(name, reply)| (self::name(name), value(reply)));
            Value::Object(members.collect())
        }
        _ => Value::Null,
    }
}

/// Of names and values by turns.
pub fn object(pairs: Vec<Reply>) -> Value {
    let mut members = Map::new();
    let mut pairs = pairs.into_iter();
    while let (Some(name), Some(reply)) = (pairs.next(), pairs.next()) {
        members.insert(self::name(name), value(reply));
    }
    Value::Object(members)
}

/// A key or a member's name as text. Bytes that are none are replaced by marks.
pub fn name(reply: Reply) -> String {
    match reply {
        Reply::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Reply::SimpleString(text) => text,
        other => value(other).to_string(),
    }
}

/// Lists and objects were written as JSON, by this task or another; a number stays the text that Redis has.
fn read(bytes: Vec<u8>) -> Value {
    let parsed = matches!(bytes.first(), Some(b'{' | b'[')).then(|| serde_json::from_slice(&bytes).ok()).flatten();
    parsed.unwrap_or_else(|| match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => Binary::value(error.as_bytes(), "application/octet-stream", None),
    })
}

/// `field` is what the command was about.
pub fn refused(error: &RedisError, field: &str) -> RunError {
    let Some(code) = error.code().map(str::to_owned) else {
        return match error.kind() {
            // Whatever it said is no answer of Redis, and may be long.
            ErrorKind::Parse => unknown(),
            _ => RunError::retry(format!("The server broke off: {error}.")),
        };
    };
    let words = error.detail().unwrap_or_default().trim_end_matches('.');
    let (message, details) = (format!("The server answered {code}: {words}."), json!({ "code": code }));
    let field = match code.as_str() {
        "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "OOM" | "READONLY" | "MISCONF"
        | "NOREPLICAS" => return RunError::Retry { message, details, after: None },
        "ERR" if words.contains("max number of clients") => {
            return RunError::Retry { message, details, after: None };
        }
        "NOAUTH" | "WRONGPASS" | "NOPERM" => "credential",
        "WRONGTYPE" | "CROSSSLOT" => "key",
        "MOVED" | "ASK" => "server",
        _ => field,
    };
    RunError::Fail { message, field: Some(field.to_owned()), details }
}

pub fn unknown() -> RunError {
    RunError::field("server", "This does not answer as Redis does. Check the host and the port.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_objects_are_read_as_json_and_the_rest_as_text_or_bytes() {
        for (bytes, expected) in [
            (b"{\"a\":[1]}".as_slice(), json!({"a": [1]})),
            (b"[1,", json!("[1,")),
            (b"12", json!("12")),
            (b"", json!("")),
            ("Löwe".as_bytes(), json!("Löwe")),
            (b"\xff", json!({"base64": "/w==", "content_type": "application/octet-stream"})),
        ] {
            assert_eq!(value(Reply::BulkString(bytes.to_vec())), expected);
        }
        assert_eq!(value(Reply::Nil), Value::Null);
        assert_eq!(value(Reply::Okay), json!(true));
        assert_eq!(value(Reply::Array(vec![Reply::Int(1), Reply::Nil])), json!([1, null]));
    }

    #[test]
    fn a_hash_is_an_object_of_its_names_and_values() {
        let text = |text: &str| Reply::BulkString(text.into());
        assert_eq!(object(vec![text("a"), text("1"), text("b"), text("[2]")]), json!({"a": "1", "b": [2]}));
        assert_eq!(object(vec![]), json!({}));
    }
}
