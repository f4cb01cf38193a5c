//! JavaScript in the sandbox: QuickJS in a child that has no other way to the outside than its value.

use super::{Call, Outcome, RunError, code};

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    call.may_run_code()?;
    let mut job = call.job(&[])?;
    job.code = call.text("code")?;
    let memory = job.memory_bytes >> 20;
    let data = call.given().to_string().into_bytes();
    let finished = call.sandbox.javascript(job, data, &call.output).await.map_err(code::refused)?;
    let result = code::ended(finished, &call.output, memory)?;
    Ok(Outcome::done(code::json_of(&result)?))
}
