//! JSON as the parameters of a statement, by the types that Postgres asks for.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;
use sqlx::{Arguments, postgres::PgArguments};
use uuid::Uuid;

/// Adds the value; the error goes on after “Parameter $1”.
pub fn add(arguments: &mut PgArguments, kind: &str, value: &Value) -> Result<(), String> {
    let unfit = || format!("is {kind} in the statement, which {} is not.", shown(value));
    let text = || match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(_) | Value::Bool(_) => Ok(Some(value.to_string())),
        _ => Err(unfit()),
    };
    let parsed = |text: Option<String>| text.map(|text| text.trim().to_owned());
    let added = match kind {
        "BOOL" => arguments.add(optional(value, Value::as_bool).ok_or_else(unfit)?),
        "INT2" => arguments.add(whole::<i16>(value).ok_or_else(unfit)?),
        "INT4" => arguments.add(whole::<i32>(value).ok_or_else(unfit)?),
        "INT8" => arguments.add(whole::<i64>(value).ok_or_else(unfit)?),
        "FLOAT4" => arguments.add(optional(value, |value| number(value).map(|n| n as f32)).ok_or_else(unfit)?),
        "FLOAT8" => arguments.add(optional(value, number).ok_or_else(unfit)?),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "unknown" => arguments.add(text()?),
        "JSON" | "JSONB" => arguments.add(value.clone()),
        "UUID" => arguments.add(read::<Uuid>(parsed(text()?)).ok_or_else(unfit)?),
        "DATE" => arguments.add(read::<NaiveDate>(parsed(text()?)).ok_or_else(unfit)?),
        "TIME" => arguments.add(read::<NaiveTime>(parsed(text()?)).ok_or_else(unfit)?),
        "TIMESTAMP" => arguments.add(read::<NaiveDateTime>(parsed(text()?)).ok_or_else(unfit)?),
        "TIMESTAMPTZ" => arguments.add(read::<DateTime<Utc>>(parsed(text()?)).ok_or_else(unfit)?),
        "TEXT[]" | "VARCHAR[]" => arguments.add(many(value, |v| v.as_str().map(str::to_owned)).ok_or_else(unfit)?),
        "INT4[]" => arguments.add(many(value, |v| v.as_i64()?.try_into().ok().map(|n: i32| n)).ok_or_else(unfit)?),
        "INT8[]" => arguments.add(many(value, Value::as_i64).ok_or_else(unfit)?),
        "UUID[]" => arguments.add(many(value, |v| v.as_str()?.parse::<Uuid>().ok()).ok_or_else(unfit)?),
        other => {
            let other = other.to_lowercase();
            return Err(format!("is {other}, which cannot be sent. Write $1::text::{other} in the statement."));
        }
    };
    added.map_err(|error| format!("cannot be sent: {error}."))
}

/// None inside: null. None outside: another type.
fn optional<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn whole<T: TryFrom<i64>>(value: &Value) -> Option<Option<T>> {
    optional(value, |value| {
        let number = match value {
            Value::String(text) => text.trim().parse().ok()?,
            value => value.as_i64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64))?,
        };
        T::try_from(number).ok()
    })
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn read<T: std::str::FromStr>(text: Option<String>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => text.parse().ok().map(Some),
    }
}

fn many<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Option<Vec<T>>> {
    optional(value, |value| value.as_array()?.iter().map(&read).collect())
}

fn shown(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}
