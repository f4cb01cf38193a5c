//! What came of a draft on recorded inputs.

use serde_json::{Value, json};

use super::{anything, id, list_of, members, number, object, or_null, reference, text, time};

pub fn all() -> Value {
    json!({
        "Backtest": object(
            "A draft on the last recorded inputs.",
            json!({
                "tested": list_of("Tested"),
                "left_out": number("Recorded inputs that there was no time for."),
            }),
            &[],
        ),
        "Tested": object(
            "One recorded input.",
            json!({
                "execution": id("Where it was recorded."),
                "started_at": time("When."),
                "was": reference("ExecutionStatus"),
                "verdict": verdict(),
                "changed_calls": list_of("ChangedCall"),
            }),
            &[],
        ),
        "ChangedCall": object(
            "A task that acts outside and would be asked for something else. It was answered as it was then.",
            json!({
                "run": text("The node's id, inside of loops with the index of the item."),
                "differences": list_of("Difference"),
            }),
            &[],
        ),
        "Difference": object(
            "A place in which two values differ.",
            json!({
                "path": text("`items[3].price`; empty: the whole value."),
                "before": anything("What stood there; missing: nothing."),
                "after": anything("What stands there; missing: nothing."),
            }),
            &["before", "after"],
        ),
    })
}

/// One schema per verdict.
fn verdict() -> Value {
    let is = |word: &str, description: &str, more: Value| {
        let mut properties = members(json!({ "is": { "type": "string", "const": word } }));
        properties.extend(members(more));
        object(description, Value::Object(properties), &[])
    };
    let node = |description: &str| or_null(text(description));
    json!({
        "description": "What came of it.",
        "oneOf": [
            is("same", "The same as was recorded.", json!({})),
            is("differs", "Something else.", json!({
                "node": node("The first node that hands something else on; null: only the result differs."),
                "differences": list_of("Difference"),
            })),
            is("fails", "It fails, and did not or for another reason.", json!({
                "node": node("The node that fails."), "message": text("Why."),
            })),
            is("unknown", "It asks for what nobody recorded.", json!({
                "node": node("The node that does."), "reason": text("What is missing."),
            })),
        ],
    })
}
