//! Python in the sandbox. `python.py` stands around the code: it hands data in and the result out.

use serde::Deserialize;
use serde_json::Value;

use super::{Call, Outcome, RunError, code};

const AROUND: &str = include_str!("python.py");

/// What came of the code.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    value: Value,
    #[serde(default)]
    error: Option<String>,
    /// Another attempt would fail the same way.
    #[serde(default)]
    hopeless: bool,
    /// The field that the error is about; none: the code.
    #[serde(default)]
    field: Option<String>,
}

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    call.may_run_code()?;
    let mut job = call.job(&["python3", "-I", "-S", "-B", "-c", AROUND])?;
    job.files.push(("code.py".to_owned(), call.text("code")?));
    job.has_result = true;
    let memory = job.memory_bytes >> 20;
    let input = call.given().to_string().into_bytes();
    let finished = call.sandbox.command(job, input, &call.output, call.way_out()).await.map_err(code::refused)?;
    let result = code::ended(finished, &call.output, memory)?;
    if result.is_empty() {
        return Err(RunError::retry("The code ended the interpreter before it returned a value."));
    }
    let told: Told =
        serde_json::from_slice(&result).map_err(|error| RunError::fail(format!("The result is no JSON: {error}.")))?;
    match told.error {
        None => Ok(Outcome::done(told.value)),
        Some(error) if told.hopeless => Err(RunError::field(told.field.as_deref().unwrap_or("code"), error)),
        Some(error) => Err(RunError::retry(error)),
    }
}
