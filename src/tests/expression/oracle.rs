//! A JavaScript engine that says what an expression means.

use flowpilot::domain::expression::Scope;
use rquickjs::{CatchResultExt, Context, Runtime};
use serde_json::Value;

pub struct Oracle {
    context: Context,
    _runtime: Runtime,
}

impl Oracle {
    pub fn new(scope: &Scope) -> Self {
        let runtime = Runtime::new().expect("a JavaScript engine");
        runtime.set_memory_limit(256 * 1024 * 1024);
        runtime.set_max_stack_size(1024 * 1024);
        let context = Context::full(&runtime).expect("a context");
        let data = serde_json::json!({
            "input": scope.input, "trigger": scope.trigger, "nodes": scope.nodes,
            "execution": scope.execution, "workflow": scope.workflow, "now": scope.now,
        });
        let source = format!("globalThis.data = {}; 0", Value::from(data.to_string()));
        context.with(|ctx| ctx.eval::<i32, _>(source)).expect("the data is JSON");
        Self { context, _runtime: runtime }
    }

    /// The expression's value as JSON text, none for undefined; or what the engine throws.
    pub fn evaluate(&self, expression: &str) -> Result<Option<String>, String> {
        let source = format!(
            "(() => {{ 'use strict'; const {{ input, trigger, nodes, execution, workflow, now }} = JSON.parse(data);
            return JSON.stringify((\n{expression}\n)); }})()"
        );
        self.context.with(|ctx| ctx.eval(source).catch(&ctx).map_err(|error| error.to_string()))
    }
}

/// Whether two values are the same JSON: numbers by value, members in any order. Lenient in the last digit, because
/// `serde_json` is when it reads long fractions.
pub fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
            left == right || (left - right).abs() <= left.abs() * 4e-16
        }
        // As text the same, where the numbers are too big to have every digit.
        (Value::String(left), Value::String(right)) if left != right => {
            let big = |text: &str| text.parse::<f64>().ok().filter(|number| number.abs() > 9.1e15);
            big(left).zip(big(right)).is_some_and(|(left, right)| (left - right).abs() <= left.abs() * 4e-16)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| is_same(left, right)))
        }
        _ => left == right,
    }
}
