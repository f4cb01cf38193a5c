//! Puts a list in order.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Call, Outcome, RunError};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let items = call.items("items")?;
    let keys = call.per_item("by", items.len())?;
    let descending = call.text("order")? == "descending";
    let mut pairs: Vec<_> = keys.into_iter().zip(items).collect();
    pairs.sort_by(|(a, _), (b, _)| in_order(a, b, descending));
    Ok(Outcome::done(pairs.into_iter().map(|(_, item)| item).collect()))
}

/// Null is last in either direction; of two lists, the first difference decides.
fn in_order(a: &Value, b: &Value, descending: bool) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Array(a), Value::Array(b)) => {
            let first = a.iter().zip(b).map(|(a, b)| in_order(a, b, descending)).find(|order| order.is_ne());
            first.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ if descending => compare(b, a),
        _ => compare(a, b),
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().unwrap_or(f64::NAN).total_cmp(&b.as_f64().unwrap_or(f64::NAN)),
        },
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Which type comes first where types are mixed.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sorted(values: Value, descending: bool) -> Value {
        let mut values = values.as_array().cloned().unwrap_or_default();
        values.sort_by(|a, b| in_order(a, b, descending));
        Value::Array(values)
    }

    #[test]
    fn numbers_come_before_texts_and_null_comes_last_in_either_order() {
        let mixed = json!([null, "b", 10, 9.5, "a", true, 9_007_199_254_740_993_i64, 9_007_199_254_740_992_i64]);
        assert_eq!(
            sorted(mixed.clone(), false),
            json!([true, 9.5, 10, 9_007_199_254_740_992_i64, 9_007_199_254_740_993_i64, "a", "b", null])
        );
        assert_eq!(
            sorted(mixed, true),
            json!(["b", "a", 9_007_199_254_740_993_i64, 9_007_199_254_740_992_i64, 10, 9.5, true, null])
        );
    }

    #[test]
    fn lists_sort_by_their_first_difference() {
        let pairs = json!([["b", 1], ["a", 2], ["a", 1], ["a"], ["a", null]]);
        assert_eq!(sorted(pairs, false), json!([["a"], ["a", 1], ["a", 2], ["a", null], ["b", 1]]));
    }
}
