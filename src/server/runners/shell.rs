//! A bash script in the sandbox. Data reaches it as standard input and environment; never as a part of its text.

use serde_json::{Value, json};

use super::{Call, Outcome, RunError, code};

/// Names that lead programs astray or say where they are.
const OURS: [&str; 9] =
    ["PATH", "HOME", "LANG", "TMPDIR", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "ENV"];
/// The kernel takes no longer ones.
const MAX_VALUE: usize = 128 * 1024 - 1;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    call.may_run_code()?;
    let mut job = call.job(&["bash", "-eo", "pipefail", "script"])?;
    job.files.push(("script".to_owned(), call.text("code")?));
    job.env.extend(variables(call)?);
    let memory = job.memory_bytes >> 20;
    let input = call.input.to_string().into_bytes();
    let finished = call.sandbox.command(job, input, &call.output, call.way_out()).await.map_err(code::refused)?;
    code::ended(finished, &call.output, memory)?;
    let (stdout, stderr) = (call.output.stdout.text(), call.output.stderr.text());
    let json = match call.text("format")?.as_str() {
        "json" => serde_json::from_str(&stdout)
            .map_err(|error| RunError::field("format", format!("Standard output is no JSON: {error}.")))?,
        _ => Value::Null,
    };
    let stdout = if json.is_null() { stdout } else { String::new() };
    Ok(Outcome::done(json!({ "stdout": stdout, "stderr": stderr, "json": json, "exit_code": 0 })))
}

fn variables(call: &Call) -> Result<Vec<(String, String)>, RunError> {
    let variables = call.pairs("env")?;
    for (name, value) in &variables {
        let mut letters = name.chars();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
        if !begins || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') || OURS.contains(&name.as_str()) {
            let message =
                format!("“{name}” cannot name a variable: use letters, digits and _, and none of {}.", OURS.join(", "));
            return Err(RunError::field("env", message));
        }
        if value.contains('\0') || value.len() > MAX_VALUE {
            let message =
                format!("The value of “{name}” is longer than 128 KiB or holds U+0000. Read it from standard input.");
            return Err(RunError::field("env", message));
        }
    }
    Ok(variables)
}
