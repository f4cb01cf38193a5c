//! Names of tables and columns: letters, digits and _, quoted all the same. Rows by their columns.

use serde_json::{Map, Value};

use super::plan::Insert;
use crate::server::runners::RunError;

/// `orders` or `shop.orders`.
pub struct Table(Vec<String>);

pub struct Columns(Vec<String>);

const MAX_COLUMNS: usize = 200;
/// As long as Postgres has them; the others allow as much.
const MAX_NAME: usize = 63;

impl Table {
    pub fn read(text: &str) -> Result<Self, RunError> {
        let names: Vec<_> = text.trim().split('.').map(str::to_owned).collect();
        if names.len() > 2 || !names.iter().all(|name| is_name(name)) {
            let message = format!("“{}” cannot be a table here: it looks like orders or shop.orders.", text.trim());
            return Err(RunError::field("table", message));
        }
        Ok(Self(names))
    }

    pub fn quoted(&self, quote: char) -> String {
        self.0.iter().map(|name| format!("{quote}{name}{quote}")).collect::<Vec<_>>().join(".")
    }
}

impl Columns {
    pub fn read(text: &str) -> Result<Self, RunError> {
        let names: Vec<_> =
            text.split([',', '\n']).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        let wrong = |message: String| Err(RunError::field("columns", message));
        if let Some(odd) = names.iter().find(|name| !is_name(name)) {
            return wrong(format!("“{odd}” cannot be a column here: letters, digits and _."));
        }
        if names.is_empty() || names.len() > MAX_COLUMNS {
            return wrong("Name 1 to 200 columns, with commas: id, name.".to_owned());
        }
        if let Some(twice) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            return wrong(format!("The column “{}” is named twice.", twice.1));
        }
        Ok(Self(names))
    }

    pub fn quoted(&self, quote: char) -> Vec<String> {
        self.0.iter().map(|name| format!("{quote}{name}{quote}")).collect()
    }
}

fn is_name(name: &str) -> bool {
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins && name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Insert {
    /// The values of a row, in the order of the columns; what it has not is null.
    pub fn values(&self, row: &Map<String, Value>) -> Vec<Value> {
        self.columns.0.iter().map(|name| row.get(name).cloned().unwrap_or_default()).collect()
    }

    /// The row with the members that are columns.
    pub fn members(&self, row: &Map<String, Value>) -> Value {
        self.columns.0.iter().cloned().zip(self.values(row)).collect::<Map<_, _>>().into()
    }

    /// The beginning of the statement, up to the values.
    pub fn head(&self, quote: char) -> String {
        format!("insert into {} ({})", self.table.quoted(quote), self.columns.quoted(quote).join(", "))
    }

    /// `(?, ?), (?, ?)` for so many rows.
    pub fn places(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.0.len()].join(", "));
        vec![row; rows].join(", ")
    }

    /// How many rows one statement may take that has at most so many parameters.
    pub fn rows_at_once(&self, parameters: usize) -> usize {
        (parameters / self.columns.0.len().max(1)).clamp(1, 500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_tables_and_columns() {
        let table = |text: &str| Table::read(text).map(|table| table.quoted('"'));
        assert_eq!(table(" shop.orders "), Ok("\"shop\".\"orders\"".to_owned()));
        for text in ["", "a.b.c", "a b", "a\"b", "a;drop table b", "a--", "1a", "a.", "ä", &"x".repeat(64)] {
            assert_eq!(Table::read(text).err().map(|_| ()), Some(()), "{text}");
        }
        assert_eq!(
            Columns::read("id, name,\n at").map(|c| c.quoted('`')),
            Ok(vec!["`id`".into(), "`name`".into(), "`at`".into()])
        );
        for text in ["", ",", "id, id", "id) select 1 --", "a b", "id`"] {
            assert!(Columns::read(text).is_err(), "{text}");
        }
    }
}
