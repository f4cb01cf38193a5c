//! Leaves out what was there before.

use std::collections::HashSet;

use serde_json::Value;

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let items = call.items("items")?;
    let keys = call.per_item("by", items.len())?;
    let last = call.text("keep")? == "last";
    let mut pairs: Vec<_> = keys.iter().map(identity).zip(items).collect();
    if last {
        pairs.reverse();
    }
    let mut seen = HashSet::new();
    let mut kept: Vec<Value> = pairs.into_iter().filter_map(|(key, item)| seen.insert(key).then_some(item)).collect();
    if last {
        kept.reverse();
    }
    Ok(Outcome::done(kept.into()))
}

/// The same text for equal values: members in the order of their names, 1.0 as 1.
pub fn identity(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            text.push('{');
            for name in names {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(&members[name], text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Number(number) => match number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15) {
            Some(whole) => text.push_str(&(whole as i64).to_string()),
            None => text.push_str(&number.to_string()),
        },
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_have_one_identity_and_different_ones_have_two() {
        assert_eq!(identity(&json!({"a": 1, "b": [2.0]})), identity(&json!({"b": [2], "a": 1.0})));
        let different = [json!(1), json!("1"), json!([1]), json!({"1": 1}), json!(null), json!("null"), json!(1.5)];
        let identities: HashSet<_> = different.iter().map(identity).collect();
        assert_eq!(identities.len(), different.len());
        assert_ne!(identity(&json!(["a", "b"])), identity(&json!(["a\",\"b"])));
    }
}
