//! n8n's lists of conditions as one expression.

use serde_json::Value;

use super::words::Words;

/// `conditions` of an If, a Filter or a rule of a Switch. None: there is nothing to compare. The second says which
/// comparisons could not be carried over.
pub fn read(conditions: &Value, words: &Words<'_>) -> (Option<String>, Vec<String>) {
    let mut left = Vec::new();
    let (parts, all) = match conditions["conditions"].as_array() {
        Some(list) => {
            let one = |condition: &Value| {
                let operator = &condition["operator"];
                let operation = operator["operation"].as_str().unwrap_or("equals");
                compare(operation, &condition["leftValue"], &condition["rightValue"], words)
            };
            (list.iter().map(one).collect::<Vec<_>>(), conditions["combinator"] != "or")
        }
        // The older form: lists by type.
        None => {
            let lists = conditions.as_object().into_iter().flatten().filter_map(|(_, list)| list.as_array());
            let one = |condition: &Value| {
                let operation = condition["operation"].as_str().unwrap_or("equal");
                compare(operation, &condition["value1"], &condition["value2"], words)
            };
            (lists.flatten().map(one).collect(), true)
        }
    };
    let mut known = Vec::new();
    for part in parts {
        match part {
            Ok(text) => known.push(text),
            Err(operation) => left.push(format!("the comparison “{operation}” could not be carried over.")),
        }
    }
    let joined = match known.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => {
            let several: Vec<String> = several.iter().map(|part| format!("({part})")).collect();
            Some(several.join(if all { " && " } else { " || " }))
        }
    };
    (joined, left)
}

fn compare(operation: &str, left: &Value, right: &Value, words: &Words<'_>) -> Result<String, String> {
    let (a, b) = (words.operand(left), words.operand(right));
    Ok(match operation {
        "equals" | "equal" => format!("{a} === {b}"),
        "notEquals" | "notEqual" => format!("{a} !== {b}"),
        "contains" => format!("{a}.includes({b})"),
        "notContains" => format!("!{a}.includes({b})"),
        "startsWith" => format!("{a}.startsWith({b})"),
        "endsWith" => format!("{a}.endsWith({b})"),
        "gt" | "larger" | "after" => format!("{a} > {b}"),
        "gte" | "largerEqual" | "afterOrEquals" => format!("{a} >= {b}"),
        "lt" | "smaller" | "before" => format!("{a} < {b}"),
        "lte" | "smallerEqual" | "beforeOrEquals" => format!("{a} <= {b}"),
        "exists" => format!("({a} ?? null) !== null"),
        "notExists" => format!("({a} ?? null) === null"),
        "empty" | "isEmpty" => format!("({a} ?? \"\").length === 0"),
        "notEmpty" | "isNotEmpty" => format!("({a} ?? \"\").length > 0"),
        "true" => format!("{a} === true"),
        "false" => format!("{a} === false"),
        other => return Err(other.to_owned()),
    })
}
