//! Rows of MySQL as objects.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};
use sqlx::{
    Column, Row, TypeInfo, ValueRef,
    mysql::{MySqlRow, types::MySqlTime},
};

use crate::server::runners::binary::Binary;

pub fn value(row: &MySqlRow) -> Result<Value, sqlx::Error> {
    let mut members = Map::new();
    for column in row.columns() {
        members.insert(column.name().to_owned(), cell(row, column.ordinal())?);
    }
    Ok(Value::Object(members))
}

fn cell(row: &MySqlRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "BOOLEAN" => match row.try_get_unchecked::<i64, _>(at)? {
            0 => false.into(),
            1 => true.into(),
            other => other.into(),
        },
        "TINYINT" | "SMALLINT" | "INT" | "MEDIUMINT" | "BIGINT" => row.try_get_unchecked::<i64, _>(at)?.into(),
        "YEAR" | "BIT" => row.try_get_unchecked::<u64, _>(at)?.into(),
        unsigned if unsigned.ends_with(" UNSIGNED") => row.try_get_unchecked::<u64, _>(at)?.into(),
        "FLOAT" => single(row.try_get_unchecked::<f32, _>(at)?),
        "DOUBLE" => row.try_get_unchecked::<f64, _>(at)?.into(),
        "DECIMAL" => number(row.try_get_unchecked::<String, _>(at)?),
        "DATE" => row.try_get_unchecked::<NaiveDate, _>(at)?.to_string().into(),
        "TIME" => row.try_get_unchecked::<MySqlTime, _>(at)?.to_string().into(),
        "DATETIME" => row.try_get_unchecked::<NaiveDateTime, _>(at)?.format("%Y-%m-%dT%H:%M:%S%.f").to_string().into(),
        "TIMESTAMP" => {
            row.try_get_unchecked::<DateTime<Utc>, _>(at)?.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
        }
        "JSON" => row.try_get_unchecked::<Value, _>(at)?,
        "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" | "GEOMETRY" => {
            // A text that is compared byte by byte, such as MariaDB's JSON, goes by the same names.
            match row.try_get::<String, _>(at) {
                Ok(text) => text.into(),
                Err(_) => Binary::value(row.try_get_unchecked::<&[u8], _>(at)?, "application/octet-stream", None),
            }
        }
        _ => row.try_get_unchecked::<String, _>(at)?.into(),
    })
}

/// As it is written: 0.1 and not 0.10000000149.
fn single(number: f32) -> Value {
    number.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// Decimals are numbers, as they are with Postgres.
fn number(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
