//! The command that a task comes to.

use redis::Cmd;
use serde_json::Value;

use crate::server::runners::{Call, RunError, kind_of};

/// Bytes that one command may bring.
const MAX_WRITTEN: usize = 10 * 1024 * 1024;
const LONGEST_SECONDS: f64 = 315_360_000.0;
const MOST_COUNTED: f64 = 10_000.0;

pub fn of(call: &Call, action: &str) -> Result<Cmd, RunError> {
    let mut command = Cmd::new();
    if action == "publish" {
        command.arg("PUBLISH").arg(call.text("channel")?).arg(written(&call.value("message"), "message")?);
        return Ok(command);
    }
    command.arg(verb(call, action)?).arg(call.text("key")?);
    match action {
        "set" => set(call, &mut command)?,
        "increment" => {
            command.arg(by(call)?);
        }
        "expire" => {
            if let Some(milliseconds) = milliseconds(call)? {
                command.arg(milliseconds);
            }
        }
        "push" | "set_add" | "set_remove" => several(call, &mut command)?,
        "range" => {
            command.arg(0_usize).arg(count(call)? - 1);
        }
        "hash_set" => members(call, &mut command)?,
        // An empty name must not empty the whole hash.
        "hash_delete" => {
            command.arg(call.text("member")?);
        }
        "hash_get" => {
            if let Some(member) = call.optional_text("member")? {
                command.arg(member);
            }
        }
        _ => {}
    }
    Ok(command)
}

fn verb(call: &Call, action: &str) -> Result<&'static str, RunError> {
    let is_given = |field: &str| call.optional_text(field).map(|text| text.is_some());
    let left = call.optional_text("end")?.as_deref() == Some("left");
    Ok(match action {
        "set" => "SET",
        "delete" => "DEL",
        "increment" => "INCRBY",
        "expire" if is_given("seconds")? => "PEXPIRE",
        "expire" => "PERSIST",
        "push" if left => "LPUSH",
        "push" => "RPUSH",
        "pop" if left => "LPOP",
        "pop" => "RPOP",
        "range" => "LRANGE",
        "hash_get" if is_given("member")? => "HGET",
        "hash_get" => "HGETALL",
        "hash_set" => "HSET",
        "hash_delete" => "HDEL",
        "set_add" => "SADD",
        "set_remove" => "SREM",
        "set_members" => "SMEMBERS",
        _ => "GET",
    })
}

fn set(call: &Call, command: &mut Cmd) -> Result<(), RunError> {
    command.arg(written(&call.value("value"), "value")?);
    if let Some(milliseconds) = milliseconds(call)? {
        command.arg("PX").arg(milliseconds);
    }
    match call.optional_text("only")?.as_deref() {
        Some("new") => command.arg("NX"),
        Some("existing") => command.arg("XX"),
        _ => command,
    };
    Ok(())
}

/// None: for ever.
fn milliseconds(call: &Call) -> Result<Option<i64>, RunError> {
    let Some(seconds) = call.optional_number("seconds")? else { return Ok(None) };
    if !(0.001..=LONGEST_SECONDS).contains(&seconds) {
        let message = format!("A key expires after 0.001 to 315,360,000 seconds, not {seconds}.");
        return Err(RunError::field("seconds", message));
    }
    Ok(Some((seconds * 1_000.0) as i64))
}

fn by(call: &Call) -> Result<i64, RunError> {
    let by = call.number("by")?;
    if by.fract() != 0.0 || by.abs() > 9e15 {
        return Err(RunError::field("by", format!("A number is added to by a whole number, not by {by}.")));
    }
    Ok(by as i64)
}

/// From 1.
pub fn count(call: &Call) -> Result<usize, RunError> {
    let count = call.number("count")?;
    if !(1.0..=MOST_COUNTED).contains(&count) {
        return Err(RunError::field("count", format!("1 to 10,000 are read at once, not {count}.")));
    }
    Ok(count as usize)
}

/// The items of a list, or the one value.
fn several(call: &Call, command: &mut Cmd) -> Result<(), RunError> {
    let values = match call.value("value") {
        Value::Array(values) if values.is_empty() => {
            return Err(RunError::field("value", "The list is empty: there is nothing to put or take."));
        }
        Value::Array(values) => values,
        one => vec![one],
    };
    let mut size = 0;
    for value in values {
        let text = written(&value, "value")?;
        size += text.len();
        command.arg(text);
    }
    check_size(size, "value")
}

fn members(call: &Call, command: &mut Cmd) -> Result<(), RunError> {
    let members = match call.value("members") {
        Value::Object(members) if !members.is_empty() => members,
        Value::Object(_) | Value::Null => {
            return Err(RunError::field("members", "There is no field to write: name at least one."));
        }
        other => {
            let message = format!("Fields are names with values, not {}.", kind_of(&other));
            return Err(RunError::field("members", message));
        }
    };
    let mut size = 0;
    for (name, value) in members {
        let text = written(&value, "members")?;
        size += name.len() + text.len();
        command.arg(name).arg(text);
    }
    check_size(size, "members")
}

/// A text as it is, anything else as JSON.
fn written(value: &Value, field: &str) -> Result<String, RunError> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    check_size(text.len(), field)?;
    Ok(text)
}

fn check_size(size: usize, field: &str) -> Result<(), RunError> {
    if size > MAX_WRITTEN {
        return Err(RunError::field(field, "These are more than 10 MiB, which is the limit."));
    }
    Ok(())
}
