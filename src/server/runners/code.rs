//! What all code has in common: its limits, the way it is refused, how its end reads.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Call, RunError};
use crate::server::sandbox::{End, Finished, Job, Output, PROXY_PORT, Refusal, WayOut};

/// Of what a task printed, this much goes into an error.
const TOLD: usize = 4_000;
const MIB: u64 = 1024 * 1024;

impl Call {
    /// A job with this node's limits. The processor's time ends shortly after the attempt does.
    pub(super) fn job(&self, command: &[&str]) -> Result<Job, RunError> {
        let mut job = Job {
            command: command.iter().map(|part| (*part).to_owned()).collect(),
            memory_bytes: self.number("memory")? as u64 * MIB,
            cpu_secs: self.timeout.as_secs() + 5,
            network: self.wants_network(),
            ..Job::default()
        };
        if job.network {
            let proxy = format!("http://127.0.0.1:{PROXY_PORT}");
            let names = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
            job.env.extend(names.map(|name| (name.to_owned(), proxy.clone())));
        }
        Ok(job)
    }

    pub(super) fn wants_network(&self) -> bool {
        self.parameters.get("network").and_then(Value::as_str) == Some("on")
    }

    /// Where it may connect to, if it may at all.
    pub(super) fn way_out(&self) -> WayOut<'_> {
        if self.wants_network() { WayOut::Proxy(&self.egress) } else { WayOut::None }
    }

    /// What code gets: the input, and the values that the node adds.
    pub(super) fn given(&self) -> Value {
        let data = match self.value("data") {
            Value::Null => json!({}),
            data => data,
        };
        json!({ "input": self.input, "data": data })
    }

    /// Refuses where whoever runs the server does not let code run.
    pub(super) fn may_run_code(&self) -> Result<(), RunError> {
        if self.sandbox.takes_code() {
            return Ok(());
        }
        let label = self.kind.spec().label;
        Err(RunError::fail(format!(
            "{label} is off on this server. Whoever runs it can turn code on with FLOWPILOT_CODE=strict."
        )))
    }
}

/// Why nothing ran.
pub fn refused(refusal: Refusal) -> RunError {
    match refusal {
        Refusal::NotAllowed(why) => RunError::fail(format!("The task was not run: {why}.")),
        Refusal::NotStarted(why) => RunError::fail(format!("The task did not start: {why}.")),
        Refusal::Broken(why) => RunError::retry(format!("The sandbox broke off: {why}.")),
    }
}

/// The result of a program that ended well; why it did not.
pub fn ended(finished: Finished, output: &Output, memory_mib: u64) -> Result<Vec<u8>, RunError> {
    let End { exit_code, signal, out_of_memory, too_large, error } = finished.end;
    if let Some(error) = error {
        return Err(RunError::fail(error));
    }
    if out_of_memory {
        return Err(failed(format!("The task took more memory than its {memory_mib} MiB."), output, exit_code));
    }
    if too_large {
        return Err(RunError::fail("The result is larger than 1 MiB. Hand on less, or a reference to it."));
    }
    match (exit_code, signal) {
        (Some(0), _) => Ok(finished.result),
        (Some(code), _) => {
            let last = last_line(&output.stderr.text()).map(|line| format!(": {line}")).unwrap_or_default();
            Err(failed(format!("The program ended with exit code {code}{last}"), output, exit_code))
        }
        (None, signal) => {
            let number = signal.unwrap_or_default();
            Err(failed(format!("The program was ended by signal {number}{}.", meaning(number)), output, exit_code))
        }
    }
}

fn failed(message: String, output: &Output, exit_code: Option<i32>) -> RunError {
    let details = json!({ "exit_code": exit_code, "stderr": tail(&output.stderr.text()) });
    RunError::Retry { message, details, after: None::<Duration> }
}

fn meaning(signal: i32) -> &'static str {
    match signal {
        6 => ", as programs end themselves when they are lost",
        9 => ", as when memory runs out",
        11 => ", as when memory or stack run out",
        24 => ": it used up its time on the processor",
        25 => ": it wrote a file of more than 128 MiB",
        31 => ": it asked the system for what it may not",
        _ => "",
    }
}

pub fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?.trim();
    Some(line.chars().take(300).collect())
}

fn tail(text: &str) -> &str {
    let begin = text.len().saturating_sub(TOLD);
    let begin = (begin..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    &text[begin..]
}

/// JSON that code handed on.
pub fn json_of(bytes: &[u8]) -> Result<Value, RunError> {
    serde_json::from_slice(bytes).map_err(|error| RunError::fail(format!("The result is no JSON: {error}.")))
}
