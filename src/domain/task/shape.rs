//! What the catalogue tells beyond the fields: what a kind hands on, which failures are tried again, an example.

use serde_json::{Map, Value, json};

/// What leaves a node of this kind.
#[derive(Clone, Copy, Debug)]
pub enum Output {
    /// Nothing: the path ends here.
    Nothing,
    /// Its input, as it came.
    Input,
    /// Whatever the words say.
    Any(&'static str),
    /// A list of what the words say.
    List(&'static str),
    Object(&'static [Part]),
}

/// One member of an output.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub name: &'static str,
    /// A type of JSON Schema; empty: any.
    pub kind: &'static str,
    pub help: &'static str,
}

/// An input, parameters, and what then leaves through which port, all as JSON. A test runs each that needs no peer.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    pub input: &'static str,
    pub parameters: &'static str,
    pub output: &'static str,
}

/// Failures that another attempt may turn to the better; the others end the task run at once.
pub const RETRIES_NONE: &str = "Nothing: the same data fails the same way.";
pub const RETRIES_HTTP: &str =
    "No connection, an answer that broke off, 408, 425, 429 and 5xx; not before Retry-After.";

impl Part {
    pub const fn new(name: &'static str, kind: &'static str, help: &'static str) -> Self {
        Self { name, kind, help }
    }
}

impl Example {
    pub const fn new(input: &'static str, parameters: &'static str, output: &'static str) -> Self {
        Self { input, parameters, output }
    }
}

impl Output {
    /// As JSON Schema.
    pub fn schema(&self) -> Value {
        match self {
            Self::Nothing => json!({ "not": {} }),
            Self::Input => json!({ "description": "The input, as it came." }),
            Self::Any(words) => json!({ "description": words }),
            Self::List(words) => json!({ "type": "array", "items": { "description": words } }),
            Self::Object(parts) => {
                let properties: Map<_, _> = parts.iter().map(|part| (part.name.to_owned(), part.schema())).collect();
                json!({ "type": "object", "properties": properties })
            }
        }
    }
}

impl Part {
    fn schema(&self) -> Value {
        match self.kind {
            "" => json!({ "description": self.help }),
            kind => json!({ "type": kind, "description": self.help }),
        }
    }
}
