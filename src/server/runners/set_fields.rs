//! Sets and removes members of an object.

use serde_json::{Map, Value};

use super::{Call, Outcome, RunError, kind_of};

/// How deep a name with dots may lead.
const MAX_DEPTH: usize = 32;

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let mut object = match call.value("base") {
        _ if call.text("keep")? == "set" => Map::new(),
        Value::Object(object) => object,
        Value::Null => Map::new(),
        other => {
            let message =
                format!("“Of” has to be an object, not {}. For a list, put a “For each” before.", kind_of(&other));
            return Err(RunError::field("base", message));
        }
    };
    for path in call.optional_text("remove")?.unwrap_or_default().split(',') {
        remove(&mut object, &steps(path));
    }
    match call.value("set") {
        Value::Object(members) => {
            for (path, value) in members {
                set(&mut object, &path, value)?;
            }
        }
        Value::Null => {}
        other => {
            let message = format!("“Set” has to be names and values, not {}.", kind_of(&other));
            return Err(RunError::field("set", message));
        }
    }
    Ok(Outcome::done(Value::Object(object)))
}

fn steps(path: &str) -> Vec<&str> {
    path.split('.').map(str::trim).collect()
}

fn remove(object: &mut Map<String, Value>, steps: &[&str]) {
    match steps {
        [] => {}
        [last] => {
            object.shift_remove(*last);
        }
        [first, rest @ ..] => {
            if let Some(Value::Object(inner)) = object.get_mut(*first) {
                remove(inner, rest);
            }
        }
    }
}

/// Goes down the path, making objects where there is nothing.
fn set(object: &mut Map<String, Value>, path: &str, value: Value) -> Result<(), RunError> {
    let steps = steps(path);
    let is_readable = steps.iter().all(|name| !name.is_empty()) && steps.len() <= MAX_DEPTH;
    let Some((last, way)) = steps.split_last().filter(|_| is_readable) else {
        let message =
            format!("“{path}” cannot be set: write up to {MAX_DEPTH} names with dots between them, such as a.b.");
        return Err(RunError::field("set", message));
    };
    let mut here = object;
    for name in way {
        let inner = here.entry(*name).or_insert_with(|| Value::Object(Map::new()));
        if inner.is_null() {
            *inner = Value::Object(Map::new());
        }
        let found = kind_of(inner);
        here = inner.as_object_mut().ok_or_else(|| {
            RunError::field("set", format!("“{path}” cannot be set: “{name}” is {found}, not an object."))
        })?;
    }
    here.insert((*last).to_owned(), value);
    Ok(())
}
