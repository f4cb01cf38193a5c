//! Writing: everything is escaped, names are checked, so that no value becomes markup.

use std::fmt::Write;

use quick_xml::escape::escape;
use serde_json::{Map, Value};

use super::{MAX_DEPTH, TEXT};
use crate::server::runners::{RunError, kind_of};

pub fn document(value: &Value) -> Result<String, RunError> {
    let root = match value {
        Value::Object(members) if members.len() == 1 => members.iter().next(),
        _ => None,
    };
    let Some((name, content)) = root.filter(|(_, content)| !content.is_array()) else {
        let found = kind_of(value);
        return Err(wrong(format!(
            "XML is written from an object with one member, its root, not from {found} like this."
        )));
    };
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(&mut xml, name, content, 1)?;
    Ok(xml)
}

fn wrong(message: String) -> RunError {
    RunError::field("value", message)
}

fn element(xml: &mut String, name: &str, content: &Value, depth: usize) -> Result<(), RunError> {
    if depth > MAX_DEPTH {
        return Err(wrong(format!("The value is nested more than {MAX_DEPTH} deep.")));
    }
    check_name(name)?;
    match content {
        Value::Array(items) => items.iter().try_for_each(|item| match item {
            Value::Array(_) => {
                Err(wrong(format!("“{name}” holds a list inside of a list, for which XML has no form.")))
            }
            item => element(xml, name, item, depth),
        }),
        Value::Object(members) => parts(xml, name, members, depth),
        Value::Null => {
            let _ = write!(xml, "<{name}/>");
            Ok(())
        }
        other => {
            let _ = write!(xml, "<{name}>{}</{name}>", text(other, name)?);
            Ok(())
        }
    }
}

fn parts(xml: &mut String, name: &str, members: &Map<String, Value>, depth: usize) -> Result<(), RunError> {
    let _ = write!(xml, "<{name}");
    for (key, value) in members {
        if let Some(attribute) = key.strip_prefix('@') {
            check_name(attribute)?;
            let _ = write!(xml, " {attribute}=\"{}\"", text(value, key)?);
        }
    }
    if members.keys().all(|key| key.starts_with('@')) {
        xml.push_str("/>");
        return Ok(());
    }
    xml.push('>');
    for (key, value) in members.iter().filter(|(key, _)| !key.starts_with('@')) {
        match key.as_str() {
            TEXT => xml.push_str(&text(value, key)?),
            child => element(xml, child, value, depth + 1)?,
        }
    }
    let _ = write!(xml, "</{name}>");
    Ok(())
}

/// As it stands between tags or quotes.
fn text(value: &Value, name: &str) -> Result<String, RunError> {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        other => return Err(wrong(format!("“{name}” has to be a text, not {}.", kind_of(other)))),
    };
    let is_sayable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    if !text.chars().all(is_sayable) {
        return Err(wrong(format!("“{name}” holds a control character, for which XML has no form.")));
    }
    Ok(escape(text.as_str()).into_owned())
}

/// Names of XML, without the rarest letters.
fn check_name(name: &str) -> Result<(), RunError> {
    let begins = |c: char| c.is_alphabetic() || c == '_';
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let mut letters = name.chars();
    if letters.next().is_some_and(begins) && letters.all(goes_on) {
        return Ok(());
    }
    Err(wrong(format!("“{name}” cannot be the name of an element: letters, digits, - _ . : and no blank.")))
}
