//! Waits for a person's yes or no, and for what its form asks for.

use serde_json::Value;

use super::{Call, Outcome, RunError};
use crate::domain::{contract, event::WaitsFor};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let (message, form) = (call.text("message")?, form(call.value("form"))?);
    let waits_for = WaitsFor::Approval { message, form };
    Ok(Outcome::Wait { until: call.within()?, output: call.input.clone(), waits_for })
}

/// None: nothing is to be filled in.
fn form(schema: Value) -> Result<Option<Value>, RunError> {
    if schema.is_null() {
        return Ok(None);
    }
    match contract::schema_problem(&schema) {
        Some(wrong) => Err(RunError::field("form", wrong)),
        None => Ok(Some(schema)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_a_schema_or_nothing() {
        let schema = json!({ "type": "object", "properties": { "reason": { "type": "string" } } });
        assert_eq!(form(schema.clone()), Ok(Some(schema)));
        assert_eq!(form(Value::Null), Ok(None));
        for wrong in [json!("text"), json!({ "type": "objekt" }), json!({ "oneOf": [] })] {
            assert!(matches!(form(wrong), Err(RunError::Fail { field: Some(field), .. }) if field == "form"));
        }
    }
}
