//! XML as values and back: attributes are members `@name`, text beside them is `#text`, elements of one name are a list.

mod read;
mod write;

use serde_json::Value;

use super::{Call, Outcome, RunError, binary::text_of};

/// Elements inside of each other.
const MAX_DEPTH: usize = 64;
const MAX_ELEMENTS: usize = 500_000;
const TEXT: &str = "#text";

/// The document as a value; none: it is no XML.
pub fn value(text: &str) -> Option<Value> {
    read::document(text).ok()
}

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    match call.text("direction")?.as_str() {
        "write" => write::document(&call.value("value")).map(|xml| Outcome::done(xml.into())),
        _ => read::document(&text_of(&call.value("text"), "text")?).map(Outcome::done),
    }
}
