//! Reading. Entities that a document defines itself are refused: they blow up, or open files.

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, MAX_ELEMENTS, TEXT};
use crate::server::runners::RunError;

/// An element that is not over.
#[derive(Default)]
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

pub fn document(text: &str) -> Result<Value, RunError> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Open::default()];
    let mut count = 0;
    loop {
        let place = reader.buffer_position();
        let wrong = |what: String| {
            let line =
                text.as_bytes()[..(place as usize).min(text.len())].iter().filter(|byte| **byte == b'\n').count();
            RunError::field("text", format!("This is not XML that can be read, line {}: {what}.", line + 1))
        };
        match reader.read_event().map_err(|error| wrong(error.to_string()))? {
            Event::Start(tag) => {
                open.push(begin(&tag).map_err(wrong)?);
                count += 1;
            }
            Event::Empty(tag) => {
                let element = begin(&tag).map_err(wrong)?;
                count += 1;
                end(&mut open, element);
            }
            Event::End(_) => {
                // The reader has checked that the names match, so one is open besides the document.
                if let Some(element) = open.pop() {
                    end(&mut open, element);
                }
            }
            Event::Text(piece) => add(&mut open, &piece.xml10_content()).map_err(wrong)?,
            Event::CData(piece) => add(&mut open, &piece.xml10_content()).map_err(wrong)?,
            Event::GeneralRef(entity) => add(&mut open, &resolved(&entity).map_err(wrong)?).map_err(wrong)?,
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(wrong(format!("elements are nested more than {MAX_DEPTH} deep")));
        }
        if count > MAX_ELEMENTS {
            return Err(wrong("there are more than 500,000 elements".to_owned()));
        }
    }
    match (open.pop(), open.len()) {
        (Some(whole), 0) if whole.members.len() == 1 => Ok(Value::Object(whole.members)),
        (Some(unclosed), 1..) => {
            Err(RunError::field("text", format!("The XML ends before </{}>. Is it cut off?", unclosed.name)))
        }
        _ => Err(RunError::field("text", "This is not XML: it has to hold one element with everything else inside.")),
    }
}

fn begin(tag: &BytesStart<'_>) -> Result<Open, String> {
    let mut members = Map::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        members.insert(format!("@{}", attribute.key.into_inner()), value.into_owned().into());
    }
    Ok(Open { name: tag.name().into_inner().to_owned(), members, text: String::new() })
}

/// Puts the element into the one around it.
fn end(open: &mut [Open], element: Open) {
    let Open { name, mut members, text } = element;
    let text = text.trim();
    let value = match (members.is_empty(), text.is_empty()) {
        (true, true) => Value::Null,
        (true, false) => text.into(),
        (false, true) => Value::Object(members),
        (false, false) => {
            members.insert(TEXT.to_owned(), text.into());
            Value::Object(members)
        }
    };
    let Some(around) = open.last_mut() else { return };
    match around.members.get_mut(&name) {
        None => drop(around.members.insert(name, value)),
        // No element's own value is a list, so this one was made here.
        Some(Value::Array(all)) => all.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

fn add(open: &mut [Open], piece: &str) -> Result<(), String> {
    let at_the_top = open.len() == 1;
    match open.last_mut() {
        Some(_) if at_the_top && !piece.trim().is_empty() => {
            Err("there is text outside of the root element".to_owned())
        }
        Some(element) => {
            element.text.push_str(piece);
            Ok(())
        }
        None => Ok(()),
    }
}

fn resolved(entity: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = entity.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = entity.xml10_content();
    resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| format!("the entity &{name}; is not one of XML's own"))
}
