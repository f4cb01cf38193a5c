//! Reads a table from an Excel file, or writes one. What is written is text or numbers, never a formula.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use serde_json::{Map, Value};

use super::{
    Call, Outcome, RunError,
    binary::{Binary, XLSX},
    csv, kind_of, number_of, zip,
};

const MAX_ROWS: usize = 100_000;
const MAX_COLUMNS: usize = 1_000;
/// Cells of a table, the empty ones between filled ones counted.
const MAX_CELLS: usize = 2_000_000;
/// Whole numbers beyond it are not exact in a spreadsheet, so they are written as text.
const EXACT: u64 = 1 << 53;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    match call.text("direction")?.as_str() {
        "write" => write(call).map(Outcome::done),
        _ => read(call).map(Outcome::done),
    }
}

fn read(call: &Call) -> Result<Value, RunError> {
    let file = Binary::read(&call.value("file"), "file")?;
    zip::measure(&file.bytes, "file")?;
    let unreadable =
        |error: calamine::XlsxError| RunError::field("file", format!("This is not an Excel file: {error}."));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.bytes.as_slice())).map_err(unreadable)?;
    let sheet = sheet(call, &book.sheet_names())?;
    let rows = rows(&mut book, &sheet)?;
    if call.text("head")? != "yes" {
        return Ok(rows.into_iter().map(Value::from).collect());
    }
    with_names(rows)
}

fn sheet(call: &Call, names: &[String]) -> Result<String, RunError> {
    let wanted = call.optional_text("sheet")?.map(|name| name.trim().to_owned());
    let found = match &wanted {
        Some(name) => names.iter().find(|known| *known == name),
        None => names.first(),
    };
    found.cloned().ok_or_else(|| {
        let (wanted, names) = (wanted.unwrap_or_default(), names.join(", "));
        RunError::field("sheet", format!("There is no sheet “{wanted}”. The file has {names}."))
    })
}

/// The filled cells one by one: a table as large as its corners say could be without end.
fn rows(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Vec<Vec<Value>>, RunError> {
    let unreadable =
        |error: calamine::XlsxError| RunError::field("file", format!("The sheet cannot be read: {error}."));
    let mut cells = book.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let (mut rows, mut count) = (Vec::<Vec<Value>>::new(), 0);
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        let value = value(cell.get_value());
        if value.is_null() {
            continue;
        }
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            let message = "The table has more than 100,000 rows or 1,000 columns. Split it first.";
            return Err(RunError::field("file", message));
        }
        rows.resize_with(rows.len().max(row + 1), Vec::new);
        let cells = &mut rows[row];
        count += (column + 1).saturating_sub(cells.len());
        if count > MAX_CELLS {
            return Err(RunError::field("file", "The table has more than 2,000,000 cells. Split it first."));
        }
        cells.resize(cells.len().max(column + 1), Value::Null);
        cells[column] = value;
    }
    Ok(rows)
}

fn value(cell: &DataRef<'_>) -> Value {
    match cell {
        DataRef::Int(number) => (*number).into(),
        DataRef::Float(number) => number_of(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Bool(flag) => (*flag).into(),
        DataRef::DateTime(time) => moment(time),
        DataRef::Error(error) => error.to_string().into(),
        DataRef::Empty => Value::Null,
    }
}

/// `2026-11-20`, or `2026-11-20T12:30:00`; a duration in seconds.
fn moment(time: &ExcelDateTime) -> Value {
    if time.is_duration() {
        return number_of((time.as_f64() * 86_400.0).round());
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
    }
    .into()
}

/// Objects by the names in the first row. Rows without any value are left out.
fn with_names(rows: Vec<Vec<Value>>) -> Result<Value, RunError> {
    let mut rows = rows.into_iter().filter(|row| !row.is_empty());
    let head = rows.next().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let names = head.iter().enumerate().map(|(index, name)| match name {
        Value::Null => format!("column_{}", index + 1),
        name => text(name),
    });
    let names = csv::names(names.collect(), "file")?;
    let objects = rows.map(|mut row| {
        row.resize(names.len().max(row.len()), Value::Null);
        Value::Object(names.iter().cloned().zip(row).collect::<Map<_, _>>())
    });
    Ok(objects.collect())
}

fn write(call: &Call) -> Result<Value, RunError> {
    let rows = call.items("rows")?;
    if rows.len() > MAX_ROWS {
        return Err(RunError::field("rows", "These are more than 100,000 rows. Split them first."));
    }
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    if let Some(name) = call.optional_text("sheet")? {
        sheet.set_name(name.trim()).map_err(|error| RunError::field("sheet", format!("{error}.")))?;
    }
    let failed = |error: XlsxError| RunError::field("rows", format!("The table cannot be written: {error}."));
    let columns = csv::columns(&rows)?;
    let mut next = 0;
    if call.text("head")? == "yes" && !columns.is_empty() {
        let names: Vec<_> = columns.iter().map(|name| Value::from(name.as_str())).collect();
        line(sheet, next, names.iter()).map_err(failed)?;
        next += 1;
    }
    for row in &rows {
        match row {
            Value::Array(cells) => line(sheet, next, cells.iter()),
            Value::Object(object) => {
                line(sheet, next, columns.iter().map(|name| object.get(name).unwrap_or(&Value::Null)))
            }
            other => {
                let message = format!("Rows are objects or lists, not {}.", kind_of(other));
                return Err(RunError::field("rows", message));
            }
        }
        .map_err(failed)?;
        next += 1;
    }
    let bytes = book.save_to_buffer().map_err(failed)?;
    let name = call.optional_text("file_name")?;
    Ok(Binary::value(&bytes, XLSX, Some(name.as_deref().unwrap_or("table.xlsx").trim())))
}

fn line<'a>(sheet: &mut Worksheet, row: u32, cells: impl Iterator<Item = &'a Value>) -> Result<(), XlsxError> {
    for (column, value) in cells.enumerate() {
        // Beyond the last column the writer refuses by itself.
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        match value {
            Value::Null => continue,
            Value::Bool(flag) => sheet.write_boolean(row, column, *flag)?,
            Value::Number(number) if is_exact(number) => {
                sheet.write_number(row, column, number.as_f64().unwrap_or_default())?
            }
            Value::String(text) => sheet.write_string(row, column, text)?,
            other => sheet.write_string(row, column, other.to_string())?,
        };
    }
    Ok(())
}

fn is_exact(number: &serde_json::Number) -> bool {
    number.is_f64() || number.as_i64().is_some_and(|whole| whole.unsigned_abs() <= EXACT)
}
