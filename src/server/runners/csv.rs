//! Reads and writes tables as CSV (RFC 4180). What spreadsheets would take for a formula is written as text.

use csv::{ReaderBuilder, Terminator, Trim, WriterBuilder};
use serde_json::{Map, Value};

use super::{Call, Outcome, RunError, binary::text_of, kind_of};

const MAX_ROWS: usize = 100_000;
const MAX_COLUMNS: usize = 1_000;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let delimiter = match call.text("separator")?.as_str() {
        "semicolon" => b';',
        "tab" => b'\t',
        _ => b',',
    };
    let with_head = call.text("head")? == "yes";
    match call.text("direction")?.as_str() {
        "write" => write(call, delimiter, with_head).map(Outcome::done),
        _ => read(call, delimiter, with_head).map(Outcome::done),
    }
}

/// Objects by the names in the first line, or lists.
fn read(call: &Call, delimiter: u8, with_head: bool) -> Result<Value, RunError> {
    let text = text_of(&call.value("text"), "text")?;
    let mut lines = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(!with_head)
        .trim(Trim::None)
        .from_reader(text.as_bytes());
    let mut head: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for line in lines.records() {
        let line = line.map_err(|error| RunError::field("text", explained(&error)))?;
        let cells = line.iter().map(str::to_owned);
        match (&head, with_head) {
            (None, true) => head = Some(names(cells.collect(), "text")?),
            (Some(names), _) => rows.push(Value::Object(names.iter().cloned().zip(cells.map(Value::from)).collect())),
            (None, false) => rows.push(cells.map(Value::from).collect()),
        }
        if rows.len() > MAX_ROWS {
            return Err(RunError::field("text", "The table has more than 100,000 rows. Split it first."));
        }
    }
    Ok(rows.into())
}

/// Each column needs a name of its own.
pub fn names(head: Vec<String>, field: &str) -> Result<Vec<String>, RunError> {
    if head.len() > MAX_COLUMNS {
        return Err(RunError::field(field, "The table has more than 1,000 columns."));
    }
    for (index, name) in head.iter().enumerate() {
        if head[..index].contains(name) {
            let message = format!("Two columns are called “{name}”. Rename one, or read the table without a head.");
            return Err(RunError::field(field, message));
        }
    }
    Ok(head)
}

fn explained(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("Line {line} has {len} cells, the head has {expected_len}. Check the separator and the quotes.")
        }
        _ => format!("This is not CSV: {error}."),
    }
}

/// Objects (their names make the head) or lists.
fn write(call: &Call, delimiter: u8, with_head: bool) -> Result<Value, RunError> {
    let rows = call.items("rows")?;
    let escape = call.optional_text("formulas")?.as_deref() != Some("keep");
    let columns = columns(&rows)?;
    let mut lines =
        WriterBuilder::new().delimiter(delimiter).terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    let failed = |error: csv::Error| RunError::field("rows", format!("The table cannot be written: {error}."));
    if with_head && !columns.is_empty() {
        lines.write_record(columns.iter().map(|name| cell(&Value::from(name.as_str()), escape))).map_err(failed)?;
    }
    for row in &rows {
        let cells: Vec<String> = match row {
            Value::Array(cells) => cells.iter().map(|value| cell(value, escape)).collect(),
            Value::Object(object) => columns
                .iter()
                .map(|name| object.get(name).map_or_else(String::new, |value| cell(value, escape)))
                .collect(),
            other => {
                let message = format!("Rows are objects or lists, not {}.", kind_of(other));
                return Err(RunError::field("rows", message));
            }
        };
        lines.write_record(cells).map_err(failed)?;
    }
    let bytes = lines.into_inner().map_err(|error| RunError::fail(format!("The table cannot be written: {error}.")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// The names of all members, in the order in which they first come up.
pub fn columns(rows: &[Value]) -> Result<Vec<String>, RunError> {
    let mut columns = Map::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        columns.insert(name.clone(), Value::Null);
        if columns.len() > MAX_COLUMNS {
            return Err(RunError::field("rows", "The rows have more than 1,000 different members. Pick some first."));
        }
    }
    Ok(columns.into_iter().map(|(name, _)| name).collect())
}

/// A text that begins like a formula gets a ' in front, which spreadsheets do not show (ASVS 1.2.10). Numbers stay.
fn cell(value: &Value, escape: bool) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if escape && text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
