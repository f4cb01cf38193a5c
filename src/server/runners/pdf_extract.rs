//! The text of a PDF by poppler's `pdftotext`, in the sandbox: PDFs come from strangers, and readers of them have had
//! every fault there is. No reader runs in this process.

use serde_json::{Value, json};

use super::{Call, Outcome, RunError, binary::Binary, code};
use crate::server::sandbox::{Job, Refusal, WayOut};

const MEMORY_BYTES: u64 = 1024 * 1024 * 1024;
/// What ends a page.
const FORM_FEED: char = '\u{c}';

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let pdf = Binary::read(&call.value("pdf"), "pdf")?.bytes;
    if !pdf.starts_with(b"%PDF-") && !pdf.iter().take(1024).collect::<Vec<_>>().windows(5).any(is_head) {
        return Err(RunError::field("pdf", "This is no PDF: it does not begin with %PDF-."));
    }
    let mut command = vec!["pdftotext", "-enc", "UTF-8"];
    if call.text("layout")? == "page" {
        command.push("-layout");
    }
    let password = call.optional_text("password")?;
    if let Some(password) = &password {
        command.extend(["-upw", password]);
    }
    command.extend(["-", "-"]);
    let job = Job {
        command: command.into_iter().map(str::to_owned).collect(),
        memory_bytes: MEMORY_BYTES,
        cpu_secs: call.timeout.as_secs() + 5,
        ..Job::default()
    };
    let finished = match call.sandbox.command(job, pdf, &call.output, WayOut::None).await {
        Err(Refusal::NotStarted(why)) => {
            return Err(RunError::fail(format!(
                "{why}. Whoever runs the server can install the package poppler-utils."
            )));
        }
        other => other.map_err(code::refused)?,
    };
    let complaint = code::last_line(&call.output.stderr.text()).unwrap_or_default();
    match finished.end.exit_code {
        Some(0) => {}
        Some(1 | 3) if complaint.contains("password") => {
            return Err(RunError::field("password", "The PDF needs a password, or another than this."));
        }
        Some(1) => return Err(RunError::field("pdf", format!("The PDF cannot be read: {complaint}."))),
        Some(3) => return Err(RunError::field("pdf", "Its author does not allow the text to be copied.")),
        _ => drop(code::ended(finished, &call.output, MEMORY_BYTES >> 20)?),
    }
    let text = call.output.stdout.text();
    // What is read is what is handed on: it is no log.
    call.output.stdout.forget();
    let mut pages: Vec<Value> = text.split(FORM_FEED).map(|page| page.trim_end().into()).collect();
    pages.pop();
    Ok(Outcome::done(json!({ "count": pages.len(), "pages": pages })))
}

fn is_head(five: &[&u8]) -> bool {
    five.iter().map(|byte| **byte).eq(*b"%PDF-")
}
