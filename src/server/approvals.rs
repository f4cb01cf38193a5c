//! A person's answer to a task run that asks for one: yes or no, a comment, and what its form asks for.

use serde_json::{Value, json};

use super::{Caller, Result, live, workflows};
use crate::{
    api::ApiError,
    domain::{
        contract,
        event::{Answer, WaitsFor},
        id::{ExecutionId, RunId},
        role::Action,
        task::port,
    },
};

#[derive(Clone, Debug)]
pub struct Decision {
    pub run: RunId,
    pub approved: bool,
    pub comment: String,
    /// What was filled in; null: nothing.
    pub values: Value,
}

/// Lets the task run go on with the decision. Fails where what was filled in does not keep to its form.
pub async fn decide(caller: &Caller, id: ExecutionId, decision: Decision) -> Result<()> {
    caller.require_of(Action::RunExecutions, id).await?;
    workflows::input_depth(&decision.values)?;
    let state = live::state(&mut *caller.begin().await?, caller.workspace, id).await?;
    let asked = state.task_runs.get(&decision.run).and_then(|run| match &run.waits_for {
        Some(WaitsFor::Approval { form, .. }) => Some((run, form.as_ref())),
        _ => None,
    });
    let Some((run, form)) = asked else {
        let detail = format!("“{}” waits for no approval, or somebody was faster.", decision.run);
        return Err(ApiError::conflict("not_waiting", detail).into());
    };
    if let Some(wrong) = mismatch(form, &decision) {
        return Err(ApiError::invalid("values", wrong).into());
    }
    let output = json!({
        "approved": decision.approved,
        "by": caller.email,
        "comment": decision.comment,
        "values": decision.values,
        "input": run.output,
    });
    let port = if decision.approved { port::APPROVED } else { port::REJECTED };
    let answer = Answer { output, port: port.to_owned(), by: caller.email.clone() };
    caller.app.engine.answer(caller.workspace, id, decision.run, answer).await
}

/// How what was filled in differs from the form. Whoever rejects may leave it blank.
fn mismatch(form: Option<&Value>, Decision { approved, values, .. }: &Decision) -> Option<String> {
    match form {
        None => (!values.is_null()).then(|| "Nothing is to be filled in here.".to_owned()),
        Some(_) if !approved && values.is_null() => None,
        Some(form) => contract::mismatch(form, values, "values"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_keeps_to_the_form_and_a_rejection_may_leave_it_blank() {
        let form = json!({
            "type": "object", "required": ["amount"], "additionalProperties": false,
            "properties": { "amount": { "type": "number", "minimum": 1 } },
        });
        let fits = |form: Option<&Value>, approved, values| {
            let (run, comment) = ("ask".into(), String::new());
            mismatch(form, &Decision { run, approved, comment, values }).is_none()
        };
        for (approved, values, expected) in [
            (true, json!({ "amount": 5 }), true),
            (true, json!({ "amount": 0 }), false),
            (true, json!({}), false),
            (true, json!({ "amount": 5, "more": 1 }), false),
            (true, Value::Null, false),
            (false, Value::Null, true),
            (false, json!({ "amount": 5 }), true),
            (false, json!({ "amount": "5" }), false),
        ] {
            assert_eq!(fits(Some(&form), approved, values.clone()), expected, "{approved}, {values}");
        }
        assert!(fits(None, true, Value::Null) && !fits(None, true, json!({})), "nothing was asked for");
    }
}
