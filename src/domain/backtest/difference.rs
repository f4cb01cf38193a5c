//! In which places two JSON values differ.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::event::written;

/// Places that are named, at most.
const MOST: usize = 20;
/// Of a value that is longer as JSON, its beginning is shown.
const SHOWN_CHARS: usize = 300;

/// A place and what stood and stands there; none: nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// `items[3].price`; empty: the whole value.
    pub path: String,
    #[serde(default, deserialize_with = "written", skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(default, deserialize_with = "written", skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// The first places in which they differ; none: they are equal.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if found.len() == MOST || before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            for name in was.keys().chain(is.keys().filter(|name| !was.contains_key(*name))) {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&inner, was.get(name), is.get(name), found);
            }
        }
        (Some(Value::Array(was)), Some(Value::Array(is))) => {
            for index in 0..was.len().max(is.len()) {
                compare(&format!("{path}[{index}]"), was.get(index), is.get(index), found);
            }
        }
        _ => found.push(Difference { path: path.to_owned(), before: before.map(brief), after: after.map(brief) }),
    }
}

fn brief(value: &Value) -> Value {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARS) {
        None => value.clone(),
        Some((end, _)) => Value::from(format!("{}…", &text[..end])),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(before: Value, after: Value, expected: &[(&str, Option<Value>, Option<Value>)]) {
        let found = differences(&before, &after);
        let found: Vec<_> = found.iter().map(|at| (at.path.as_str(), at.before.clone(), at.after.clone())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_place_is_named_with_what_stood_and_stands_there() {
        check(json!({ "a": [1, 2] }), json!({ "a": [1, 2] }), &[]);
        check(json!(1), json!("1"), &[("", Some(json!(1)), Some(json!("1")))]);
        let (before, after) = (json!({ "to": { "n": 1, "old": null } }), json!({ "to": { "n": 2, "new": [] } }));
        let expected = [
            ("to.n", Some(json!(1)), Some(json!(2))),
            ("to.old", Some(Value::Null), None),
            ("to.new", None, Some(json!([]))),
        ];
        check(before, after, &expected);
        check(
            json!([{ "x": 1 }, 2]),
            json!([{ "x": 3 }]),
            &[("[0].x", Some(json!(1)), Some(json!(3))), ("[1]", Some(json!(2)), None)],
        );
    }

    #[test]
    fn of_many_places_and_long_values_a_part_is_told() {
        let many = |offset: i32| (0..100).map(|n| n + offset).collect::<Vec<_>>();
        assert_eq!(differences(&json!(many(0)), &json!(many(1))).len(), MOST);
        let long = differences(&json!("ä".repeat(1_000)), &json!(1));
        let told = long[0].before.as_ref().and_then(Value::as_str).expect("a text");
        assert_eq!(told.chars().count(), SHOWN_CHARS + 1);
    }

    #[test]
    fn a_null_that_stood_there_is_told_from_nothing_on_its_way() {
        let sent = serde_json::to_string(&differences(&json!({ "a": null }), &json!({}))).expect("JSON");
        assert_eq!(sent, r#"[{"path":"a","before":null}]"#);
        let read: Vec<Difference> = serde_json::from_str(&sent).expect("it is read");
        assert_eq!((read[0].before.clone(), read[0].after.clone()), (Some(Value::Null), None));
    }
}
