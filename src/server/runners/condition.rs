//! Goes one way or the other.

use serde_json::Value;

use super::{Call, Outcome, RunError};
use crate::domain::task::port;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let port = if is_truthy(&call.value("if")) { port::TRUE } else { port::FALSE };
    Ok(Outcome::Done { output: call.input.clone(), port: port.into() })
}

/// As in JavaScript: false, null, 0, -0 and "" are not; JSON has no NaN.
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64().is_none_or(|number| number != 0.0 && !number.is_nan()),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn truth_is_that_of_javascript() {
        for value in [json!(null), json!(false), json!(0), json!(0.0), json!(-0.0), json!("")] {
            assert!(!is_truthy(&value), "{value}");
        }
        for value in [json!(true), json!(1), json!(-0.5), json!("0"), json!("false"), json!(" "), json!([]), json!({})]
        {
            assert!(is_truthy(&value), "{value}");
        }
    }
}
