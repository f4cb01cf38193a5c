//! Big payloads on their way to the browser: a value over the limit travels as a marker with its size and its
//! beginning. The journal keeps it whole; `api::executions::get_output` hands it out.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::{Change, Event};

/// A value whose JSON is longer travels cut.
pub const LIMIT_BYTES: usize = 16 * 1024;
const PREVIEW_CHARS: usize = 1_000;
const MARKER: &str = "$flowpilot_cut";

/// What a cut value still tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The length of the whole value's JSON.
    pub bytes: usize,
    /// How its JSON begins.
    pub preview: String,
}

/// What is left of a value that was cut; none: the value is whole.
pub fn cut(value: &Value) -> Option<Cut> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    serde_json::from_value(object.get(MARKER)?.clone()).ok()
}

/// The length of the whole value's JSON, if it or a member of it was cut: an input of several sources holds their outputs.
pub fn cut_bytes(value: &Value) -> Option<usize> {
    let members = value.as_object().into_iter().flat_map(|object| object.values());
    std::iter::once(value).chain(members).filter_map(cut).map(|cut| cut.bytes).reduce(|sum, bytes| sum + bytes)
}

/// Cuts every payload of the event that is over the limit.
pub fn shorten(event: &mut Event) {
    match &mut event.change {
        Change::Started { cause } => {
            shorten_value(&mut cause.input);
            shorten_value(&mut cause.details);
        }
        Change::Kept { output, .. } | Change::AttemptSucceeded { output, .. } | Change::WaitStarted { output, .. } => {
            shorten_value(output)
        }
        Change::AttemptFailed { error, .. } => shorten_value(&mut error.details),
        Change::Finished { output: Some(output), .. } => shorten_value(output),
        _ => {}
    }
}

/// A size as people write it: 1 MiB, 512 KiB.
pub fn readable(bytes: usize) -> String {
    match bytes {
        mebi if mebi >= 1 << 20 && mebi % (1 << 20) == 0 => format!("{} MiB", mebi >> 20),
        kibi => format!("{} KiB", kibi >> 10),
    }
}

fn shorten_value(value: &mut Value) {
    let text = value.to_string();
    if text.len() > LIMIT_BYTES {
        let cut = Cut { bytes: text.len(), preview: text.chars().take(PREVIEW_CHARS).collect() };
        *value = json!({ MARKER: cut });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn succeeded(output: Value) -> Event {
        let change = Change::AttemptSucceeded { node: "a".into(), attempt: 1, output, port: "out".to_owned() };
        Event { seq: 1, at: chrono::DateTime::UNIX_EPOCH, change }
    }

    fn output(event: &Event) -> &Value {
        match &event.change {
            Change::AttemptSucceeded { output, .. } => output,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_small_payload_stays_as_it_is() {
        let mut event = succeeded(json!({ "email": "ada@example.com" }));
        shorten(&mut event);
        assert_eq!(event, succeeded(json!({ "email": "ada@example.com" })));
        assert_eq!(cut(output(&event)), None);
    }

    #[test]
    fn a_big_payload_leaves_its_size_and_its_beginning() {
        let mut event = succeeded(json!({ "text": "ä".repeat(LIMIT_BYTES) }));
        shorten(&mut event);
        let cut = cut(output(&event)).expect("cut");
        assert_eq!(cut.bytes, 2 * LIMIT_BYTES + r#"{"text":""}"#.len());
        assert_eq!(cut_bytes(output(&event)), Some(cut.bytes));
        assert_eq!(cut_bytes(&json!({ "Fetch list": output(&event), "Other": 1 })), Some(cut.bytes));
        assert_eq!(cut_bytes(&json!({ "Other": 1 })), None);
        assert!(cut.preview.starts_with(r#"{"text":"ää"#), "{}", cut.preview);
        assert!(output(&event).to_string().len() < LIMIT_BYTES);
    }

    #[test]
    fn sizes_are_told_as_people_write_them() {
        assert_eq!([readable(1 << 20), readable(10 << 20), readable(512 << 10)], ["1 MiB", "10 MiB", "512 KiB"]);
    }
}
