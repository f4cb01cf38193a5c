//! Big payloads on their way to the browser: a value over the limit travels as a marker with its size and its
//! beginning. The journal keeps it whole; `api::executions::get_output` hands it out.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::{Answer, Change, Event, Release};

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

/// What stands for a value of about so many bytes that nobody read.
pub fn stub(bytes: usize) -> Value {
    json!({ MARKER: Cut { bytes, preview: String::new() } })
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
        Change::Released { release: Release { payload: Some(payload), .. }, .. } => shorten_value(payload),
        _ => {}
    }
}

/// How much of payloads somebody is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Whole,
    /// What is there, but not what it says: members, lengths and kinds of values.
    Shape,
}

impl Sight {
    /// Takes out of the event what is not to be seen.
    pub fn limit(self, event: &mut Event) {
        if self == Self::Shape {
            payloads(&mut event.change).into_iter().for_each(blur);
            if let Change::AttemptLogged { log, .. } = &mut event.change {
                let printed = [&mut log.stdout, &mut log.stderr].into_iter().filter(|text| !text.is_empty());
                printed.for_each(|text| *text = BLURRED[0].to_owned());
            }
        }
    }

    pub fn limit_value(self, value: &mut Value) {
        if self == Self::Shape {
            blur(value);
        }
    }
}

/// What stands for a text, a number, true or false in a shape.
pub const BLURRED: [&str; 3] = ["‹text›", "‹number›", "‹true or false›"];

fn blur(value: &mut Value) {
    match value {
        Value::Null => {}
        Value::String(_) => *value = json!(BLURRED[0]),
        Value::Number(_) => *value = json!(BLURRED[1]),
        Value::Bool(_) => *value = json!(BLURRED[2]),
        Value::Array(items) => items.iter_mut().for_each(blur),
        Value::Object(members) => members.values_mut().for_each(blur),
    }
}

/// All the data in an event.
fn payloads(change: &mut Change) -> Vec<&mut Value> {
    match change {
        Change::Started { cause } => vec![&mut cause.input, &mut cause.details],
        Change::Kept { output, .. }
        | Change::AttemptSucceeded { output, .. }
        | Change::WaitStarted { output, .. }
        | Change::IterationEnded { output, .. }
        | Change::WaitEnded { answer: Some(Answer { output, .. }), .. }
        | Change::Released { release: Release { payload: Some(output), .. }, .. }
        | Change::Finished { output: Some(output), .. } => vec![output],
        Change::AttemptFailed { error, .. } => vec![&mut error.details],
        Change::LoopStarted { items, .. } => items.iter_mut().collect(),
        _ => Vec::new(),
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
    use crate::domain::{
        event::{Cause, Log, TaskError},
        execution::ExecutionStatus,
    };

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
    fn a_shape_tells_what_is_there_and_not_what_it_says() {
        let order =
            json!({ "id": 17, "paid": true, "to": { "email": "ada@example.com" }, "lines": ["a", "b"], "note": null });
        let mut event = succeeded(order.clone());
        Sight::Whole.limit(&mut event);
        assert_eq!(output(&event), &order);
        Sight::Shape.limit(&mut event);
        let [text, number, truth] = BLURRED;
        let shape =
            json!({ "id": number, "paid": truth, "to": { "email": text }, "lines": [text, text], "note": null });
        assert_eq!(output(&event), &shape);
    }

    #[test]
    fn no_event_keeps_a_value_in_its_shape() {
        let canary = || json!({ "secret": "canary" });
        let error = TaskError { message: String::new(), field: None, retryable: false, details: canary() };
        let answer = Answer { output: canary(), port: "out".to_owned(), by: "ada".to_owned() };
        let log = Log { stdout: "a canary".to_owned(), stderr: "another canary".to_owned() };
        for change in [
            Change::Started { cause: Cause { input: canary(), details: canary(), ..Cause::default() } },
            Change::AttemptFailed { node: "a".into(), attempt: 1, error, retry_at: None },
            Change::AttemptLogged { node: "a".into(), attempt: 1, log },
            Change::WaitEnded { node: "a".into(), answer: Some(answer) },
            Change::Released {
                node: "a".into(),
                release: Release { by: "ada".to_owned(), payload: Some(canary()), step: false },
            },
            Change::IterationEnded { node: "a".into(), index: 0, output: canary(), error: None },
            Change::Finished { status: ExecutionStatus::Succeeded, output: Some(canary()), error: None },
            Change::LoopStarted {
                node: "a".into(),
                attempt: 1,
                items: vec![canary()],
                body: Vec::new(),
                max_parallel: 1,
                go_on: false,
            },
        ] {
            let mut event = Event { seq: 1, at: chrono::DateTime::UNIX_EPOCH, change };
            assert!(serde_json::to_string(&event).unwrap().contains("canary"));
            Sight::Shape.limit(&mut event);
            assert!(!serde_json::to_string(&event).unwrap().contains("canary"), "{event:?}");
        }
    }

    #[test]
    fn sizes_are_told_as_people_write_them() {
        assert_eq!([readable(1 << 20), readable(10 << 20), readable(512 << 10)], ["1 MiB", "10 MiB", "512 KiB"]);
    }
}
