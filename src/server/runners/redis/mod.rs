//! Reads and writes values of a Redis or Valkey server. Keys and values are arguments of one command each: none of them can
//! become a command.

mod connect;

use redis::{Cmd, RedisError, Value as Reply};
use serde_json::{Map, Value, json};

use super::{Call, Outcome, RunError, kind_of};

/// Bytes of one value that is written.
const MAX_VALUE: usize = 10 * 1024 * 1024;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let asked = call.text("do")?;
    let command = command(call, &asked)?;
    let mut open = connect::open(call).await?;
    let reply = command.query_async::<Reply>(&mut open.connection).await.map_err(told)?;
    let value = match (asked.as_str(), reply) {
        // RESP2 has hashes as lists.
        ("hash_get", Reply::Array(pairs)) if call.optional_text("member")?.is_none() => object(pairs),
        (_, reply) => value(reply),
    };
    Ok(Outcome::done(json!({ "value": value })))
}

fn command(call: &Call, asked: &str) -> Result<Cmd, RunError> {
    let mut command = Cmd::new();
    if asked == "publish" {
        let message = written(&call.value("message"), "message")?;
        command.arg("PUBLISH").arg(call.text("channel")?).arg(message);
        return Ok(command);
    }
    let key = call.text("key")?;
    let member = call.optional_text("member")?;
    let right = call.optional_text("end")?.as_deref() != Some("left");
    let mut of_key = |name: &str| {
        command.arg(name).arg(&key);
    };
    match (asked, &member) {
        ("set", _) => of_key("SET"),
        ("delete", _) | ("hash_delete", None) => of_key("DEL"),
        ("increment", _) => of_key("INCRBY"),
        ("expire", _) if call.optional_number("seconds")?.is_none() => of_key("PERSIST"),
        ("expire", _) => of_key("EXPIRE"),
        ("push", _) => of_key(if right { "RPUSH" } else { "LPUSH" }),
        ("pop", _) => of_key(if right { "RPOP" } else { "LPOP" }),
        ("range", _) => of_key("LRANGE"),
        ("hash_get", Some(_)) => of_key("HGET"),
        ("hash_get", None) => of_key("HGETALL"),
        ("hash_set", _) => of_key("HSET"),
        ("hash_delete", Some(_)) => of_key("HDEL"),
        ("set_add", _) => of_key("SADD"),
        ("set_remove", _) => of_key("SREM"),
        ("set_members", _) => of_key("SMEMBERS"),
        _ => of_key("GET"),
    }
    add_rest(call, asked, member, &mut command)?;
    Ok(command)
}

/// What comes after the command and its key.
fn add_rest(call: &Call, asked: &str, member: Option<String>, command: &mut Cmd) -> Result<(), RunError> {
    match (asked, member) {
        ("set", _) => set(call, command)?,
        ("increment", _) => {
            command.arg(call.number("by")? as i64);
        }
        ("expire", _) => {
            if let Some(seconds) = call.optional_number("seconds")? {
                command.arg(seconds as i64);
            }
        }
        ("push" | "set_add" | "set_remove", _) => several(call, command)?,
        ("range", _) => {
            command.arg(0).arg(call.number("count")? as i64 - 1);
        }
        ("hash_set", _) => members(call, command)?,
        ("hash_get" | "hash_delete", Some(member)) => {
            command.arg(member);
        }
        _ => {}
    }
    Ok(())
}

fn set(call: &Call, command: &mut Cmd) -> Result<(), RunError> {
    command.arg(written(&call.value("value"), "value")?);
    if let Some(seconds) = call.optional_number("seconds")?.filter(|seconds| *seconds > 0.0) {
        // Parts of a second count.
        command.arg("PX").arg((seconds * 1_000.0).max(1.0) as i64);
    }
    match call.optional_text("only")?.as_deref() {
        Some("new") => {
            command.arg("NX");
        }
        Some("existing") => {
            command.arg("XX");
        }
        _ => {}
    }
    Ok(())
}

fn several(call: &Call, command: &mut Cmd) -> Result<(), RunError> {
    match call.value("value") {
        Value::Array(values) if values.is_empty() => {
            Err(RunError::field("value", "The list is empty: there is nothing to put."))
        }
        Value::Array(values) => values.iter().try_for_each(|value| {
            command.arg(written(value, "value")?);
            Ok(())
        }),
        one => {
            command.arg(written(&one, "value")?);
            Ok(())
        }
    }
}

fn members(call: &Call, command: &mut Cmd) -> Result<(), RunError> {
    match call.value("members") {
        Value::Object(members) if !members.is_empty() => members.iter().try_for_each(|(name, value)| {
            command.arg(name).arg(written(value, "members")?);
            Ok(())
        }),
        other => {
            let message = format!("Fields are names and values, at least one, not {}.", kind_of(&other));
            Err(RunError::field("members", message))
        }
    }
}

/// A text as it is, anything else as JSON.
fn written(value: &Value, field: &str) -> Result<String, RunError> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.len() > MAX_VALUE {
        return Err(RunError::field(field, "The value has more than 10 MiB, which is the limit."));
    }
    Ok(text)
}

fn value(reply: Reply) -> Value {
    match reply {
        Reply::Nil => Value::Null,
        Reply::Int(number) => number.into(),
        Reply::BulkString(bytes) => text(bytes),
        Reply::SimpleString(text) => text.into(),
        Reply::Okay => true.into(),
        Reply::Boolean(flag) => flag.into(),
        Reply::Double(number) => super::number_of(number),
        Reply::Array(items) | Reply::Set(items) => items.into_iter().map(value).collect(),
        Reply::Map(pairs) => pairs.into_iter().map(|(name, reply)| (name_of(name), value(reply))).collect(),
        Reply::VerbatimString { text, .. } => text.into(),
        _ => Value::Null,
    }
}

fn object(pairs: Vec<Reply>) -> Value {
    let mut members = Map::new();
    let mut pairs = pairs.into_iter();
    while let (Some(name), Some(reply)) = (pairs.next(), pairs.next()) {
        members.insert(name_of(name), value(reply));
    }
    Value::Object(members)
}

fn name_of(name: Reply) -> String {
    match name {
        Reply::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        other => value(other).to_string(),
    }
}

/// Lists and objects were written as JSON by this task or another; a number stays the text that Redis has.
fn text(bytes: Vec<u8>) -> Value {
    match bytes.first() {
        Some(b'{' | b'[') => serde_json::from_slice(&bytes).unwrap_or_else(|_| plain(bytes)),
        _ => plain(bytes),
    }
}

fn plain(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => super::binary::Binary::value(error.as_bytes(), "application/octet-stream", None),
    }
}

fn told(error: RedisError) -> RunError {
    let code = error.code().unwrap_or_default().to_owned();
    if code.is_empty() {
        let is_ours = error.kind() == redis::ErrorKind::AuthenticationFailed;
        return match is_ours {
            true => RunError::field("credential", format!("The server does not accept the login: {error}.")),
            false => RunError::retry(format!("The server cannot be reached or broke off: {error}.")),
        };
    }
    let words = error.detail().unwrap_or_default().trim_end_matches('.');
    let message = format!("The server answered {code}: {words}.");
    let details = json!({ "code": code });
    let field = match code.as_str() {
        "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "OOM" | "READONLY" | "MISCONF"
        | "NOREPLICAS" => {
            return RunError::Retry { message, details, after: None };
        }
        "NOAUTH" | "WRONGPASS" | "NOPERM" => "credential",
        "WRONGTYPE" => "key",
        "MOVED" | "ASK" => "server",
        _ => "do",
    };
    RunError::Fail { message, field: Some(field.to_owned()), details }
}
