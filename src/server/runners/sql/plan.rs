//! What is to be done in one transaction, read from the node's parameters.

use serde_json::{Map, Value};

use super::insert::{Columns, Table};
use crate::server::runners::{Call, RunError, kind_of};

const MAX_ITEMS: usize = 10_000;
const MAX_STATEMENTS: usize = 50;

pub struct Plan {
    pub writes: bool,
    pub work: Work,
}

pub enum Work {
    Statements(Vec<Statement>),
    Insert(Insert),
}

/// A statement with the parameters of each time that it runs.
pub struct Statement {
    pub text: String,
    pub turns: Vec<Vec<Value>>,
}

/// Objects as rows of a table.
pub struct Insert {
    pub table: Table,
    pub columns: Columns,
    pub rows: Vec<Map<String, Value>>,
    /// Rows whose key is taken are left out.
    pub skips: bool,
}

impl Plan {
    pub fn of(call: &Call) -> Result<Self, RunError> {
        let work = match call.optional_text("runs")?.as_deref() {
            Some("per_item") => Work::Statements(vec![per_item(call)?]),
            Some("several") => Work::Statements(several(call)?),
            Some("insert") => Work::Insert(Insert::of(call)?),
            _ => {
                let turns = vec![list(call.value("parameters"), "parameters")?];
                Work::Statements(vec![Statement { text: whole(&call.text("statement")?), turns }])
            }
        };
        let writes = call.text("access")? == "write";
        if matches!(work, Work::Insert(_)) && !writes {
            return Err(RunError::field("access", "Rows can be inserted only with the access “read and write”."));
        }
        Ok(Self { writes, work })
    }

    pub fn is_several(&self) -> bool {
        matches!(&self.work, Work::Statements(statements) if statements.len() > 1)
    }
}

fn whole(statement: &str) -> String {
    statement.trim().trim_end_matches(';').trim_end().to_owned()
}

fn per_item(call: &Call) -> Result<Statement, RunError> {
    let items = items(call)?;
    let turns = call.per_item("each", items.len())?.into_iter().map(|turn| list(turn, "each"));
    Ok(Statement { text: whole(&call.text("statement")?), turns: turns.collect::<Result<_, _>>()? })
}

fn items(call: &Call) -> Result<Vec<Value>, RunError> {
    let items = call.items("items")?;
    if items.len() > MAX_ITEMS {
        let message = format!("These are {} items; 10,000 is the most in one transaction.", items.len());
        return Err(RunError::field("items", message));
    }
    Ok(items)
}

/// Divided by lines of dashes, which are comments to every database.
fn several(call: &Call) -> Result<Vec<Statement>, RunError> {
    let text = call.text("statement")?;
    let is_line = |line: &str| line.trim().len() >= 3 && line.trim().bytes().all(|byte| byte == b'-');
    let mut texts = vec![String::new()];
    for line in text.lines() {
        match (is_line(line), texts.last_mut()) {
            (true, _) | (_, None) => texts.push(String::new()),
            (false, Some(last)) => {
                last.push_str(line);
                last.push('\n');
            }
        }
    }
    let texts: Vec<_> = texts.iter().map(|text| whole(text)).filter(|text| !text.is_empty()).collect();
    if texts.len() > MAX_STATEMENTS {
        return Err(RunError::field("statement", format!("These are {} statements; 50 is the most.", texts.len())));
    }
    let lists = list(call.value("parameters"), "parameters")?;
    if !lists.is_empty() && lists.len() != texts.len() {
        let (wanted, given) = (texts.len(), lists.len());
        let message = format!(
            "There are {wanted} statements and {given} lists of parameters. Write a list per statement: [[input.id], []]."
        );
        return Err(RunError::field("parameters", message));
    }
    let mut lists = lists.into_iter();
    let with_turn = |text| {
        let turn = list(lists.next().unwrap_or_default(), "parameters")?;
        Ok(Statement { text, turns: vec![turn] })
    };
    texts.into_iter().map(with_turn).collect()
}

fn list(value: Value, field: &str) -> Result<Vec<Value>, RunError> {
    match value {
        Value::Array(values) => Ok(values),
        Value::Null => Ok(Vec::new()),
        other => {
            let message = format!("Parameters are a list, such as [input.id, input.name], not {}.", kind_of(&other));
            Err(RunError::field(field, message))
        }
    }
}

impl Insert {
    fn of(call: &Call) -> Result<Self, RunError> {
        let rows = items(call)?.into_iter().map(|item| match item {
            Value::Object(members) => Ok(members),
            other => {
                let message = format!("Rows are objects such as {{ id: 7, name: 'Ada' }}, not {}.", kind_of(&other));
                Err(RunError::field("items", message))
            }
        });
        Ok(Self {
            table: Table::read(&call.text("table")?)?,
            columns: Columns::read(&call.text("columns")?)?,
            rows: rows.collect::<Result<_, _>>()?,
            skips: call.optional_text("conflicts")?.as_deref() == Some("skip"),
        })
    }
}

/// A statement has as many parameters as it names.
pub fn check_count(wanted: usize, given: usize, written: &str) -> Result<(), RunError> {
    if wanted == given {
        return Ok(());
    }
    let message = format!("The statement has {wanted} parameters ({written}), but {given} values were given.");
    Err(RunError::field("parameters", message))
}
