//! The journal in words: a sentence and a colour for every event.

use crate::{
    domain::{
        event::{Cause, Change, Event, Release, WaitsFor},
        execution::{ExecutionStatus, Phase},
        id::{NodeId, RunId},
        task::port,
        workflow::Workflow,
    },
    ui::components::{Tone, face},
};

use super::clock::span;

/// An event as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub tone: Tone,
    pub text: String,
    /// The node it is about.
    pub node: Option<NodeId>,
}

impl Sentence {
    pub fn of(event: &Event, workflow: &Workflow) -> Self {
        let (tone, text) = match &event.change {
            Change::Started { cause } => (Tone::Run, started(cause)),
            Change::PhaseEntered { phase } => (Tone::Idle, phase_entered(*phase).to_owned()),
            Change::Debounced { until, .. } => {
                (Tone::Wait, format!("Begins in {} unless another start comes", span(*until - event.at)))
            }
            Change::Queued { key } if key.is_empty() => (Tone::Wait, "Waits for other executions to end".to_owned()),
            Change::Queued { key } => (Tone::Wait, format!("Waits for its concurrency key “{key}”")),
            Change::Admitted => (Tone::Run, "Its turn has come".to_owned()),
            Change::Refused { reason } => (Tone::Idle, reason.clone()),
            Change::CancelRequested { by } => (Tone::Idle, format!("{by} asked to cancel")),
            Change::Paused { by } => (Tone::Wait, format!("{by} paused it")),
            Change::Resumed { by } => (Tone::Run, format!("{by} resumed it")),
            Change::Stepped { by } => (Tone::Run, format!("{by} let one more attempt start")),
            Change::Finished { status, error, .. } => (face(*status).tone, finished(*status, error.as_deref())),
            about_a_node => of_node(about_a_node, event, &name_of(workflow, about_a_node)),
        };
        Self { tone, text, node: node(&event.change).cloned() }
    }
}

fn of_node(change: &Change, event: &Event, name: &str) -> (Tone, String) {
    match change {
        Change::Kept { status, .. } => {
            (face(*status).tone, format!("{name}: kept from an earlier execution ({})", status.name()))
        }
        Change::Held { .. } => (Tone::Wait, format!("{name} is held at a breakpoint")),
        Change::Released { release, .. } => (Tone::Run, format!("{} let {name} go on{}", release.by, how(release))),
        Change::AttemptStarted { attempt: 1, .. } => (Tone::Run, format!("{name} started")),
        Change::AttemptStarted { attempt, .. } => (Tone::Run, format!("{name}: attempt {attempt} started")),
        Change::AttemptBegan { .. } => (Tone::Run, format!("{name}: its turn has come")),
        Change::AttemptLogged { log, .. } => {
            let lines = log.stdout.lines().count() + log.stderr.lines().count();
            (Tone::Idle, format!("{name} printed {lines} {}", if lines == 1 { "line" } else { "lines" }))
        }
        Change::AttemptSucceeded { port, .. } if port == port::OUT => (Tone::Ok, format!("{name} succeeded")),
        Change::AttemptSucceeded { port, .. } => (Tone::Ok, format!("{name}: {port}")),
        Change::AttemptFailed { error, retry_at: Some(at), .. } => {
            (Tone::Wait, format!("{name}: {} Next attempt in {}", sentence_end(&error.message), span(*at - event.at)))
        }
        Change::AttemptFailed { error, .. } => (Tone::Bad, format!("{name} failed: {}", error.message)),
        Change::AttemptLost { attempt, .. } => {
            (Tone::Wait, format!("{name}: attempt {attempt} ended with its server; another follows"))
        }
        Change::WaitStarted { until: Some(until), waits_for: WaitsFor::Time, .. } => {
            (Tone::Wait, format!("{name} waits {}", span(*until - event.at)))
        }
        Change::WaitStarted { waits_for, .. } => (Tone::Wait, format!("{name} waits for {}", awaited(waits_for))),
        Change::WaitEnded { answer: Some(answer), .. } if answer.port != port::OUT => {
            (Tone::Ok, format!("{name}: {} by {}", answer.port, answer.by))
        }
        Change::WaitEnded { .. } => (Tone::Ok, format!("{name}: the wait is over")),
        Change::LoopStarted { items, .. } if items.len() == 1 => (Tone::Run, format!("{name} goes over 1 item")),
        Change::LoopStarted { items, .. } => (Tone::Run, format!("{name} goes over {} items", items.len())),
        Change::IterationEnded { index, error: Some(error), .. } => {
            (Tone::Bad, format!("{name}: item {index} failed: {error}"))
        }
        Change::IterationEnded { index, .. } => (Tone::Ok, format!("{name}: item {index} is done")),
        Change::LoopEnded { .. } => (Tone::Ok, format!("{name}: every item is done")),
        Change::Skipped { reason, .. } => (Tone::Idle, format!("{name} skipped: {reason}")),
        Change::Started { .. }
        | Change::PhaseEntered { .. }
        | Change::Debounced { .. }
        | Change::Queued { .. }
        | Change::Admitted
        | Change::Refused { .. }
        | Change::Paused { .. }
        | Change::Resumed { .. }
        | Change::Stepped { .. }
        | Change::CancelRequested { .. }
        | Change::Finished { .. } => (Tone::Idle, String::new()),
    }
}

/// The node that a change is about; none: the execution as a whole.
pub fn node(change: &Change) -> Option<&NodeId> {
    change.run().map(|run| &run.node)
}

/// What else came with the release.
fn how(release: &Release) -> &'static str {
    match (release.payload.is_some(), release.step) {
        (false, false) => "",
        (true, false) => " with another payload",
        (false, true) => ", one step",
        (true, true) => " with another payload, one step",
    }
}

fn awaited(waits_for: &WaitsFor) -> String {
    match waits_for {
        WaitsFor::Time => "its time".to_owned(),
        WaitsFor::Approval { .. } => "an approval".to_owned(),
        WaitsFor::Event { name, key: None } => format!("the event “{name}”"),
        WaitsFor::Event { name, key: Some(key) } => format!("the event “{name}” with the key {key}"),
        WaitsFor::Call => "a call of its resume URL".to_owned(),
        WaitsFor::Execution { .. } => "the execution that it started".to_owned(),
    }
}

fn name_of(workflow: &Workflow, change: &Change) -> String {
    change.run().map(|run| name(workflow, run)).unwrap_or_default()
}

/// The node's name; inside of loops with the numbers of the items.
pub fn name(workflow: &Workflow, run: &RunId) -> String {
    let name = workflow.node(&run.node).map_or_else(|| run.node.to_string(), |node| node.name.clone());
    match run.path.as_slice() {
        [] => name,
        path => format!("{name} {}", path.iter().map(|index| format!("#{index}")).collect::<Vec<_>>().join(" ")),
    }
}

/// How an execution was started, for lists.
pub fn via(started_via: &str) -> &str {
    match started_via {
        "manual" => "By hand",
        "webhook" => "Webhook",
        "schedule" => "Schedule",
        "api" => "API",
        "cli" => "Command line",
        "rerun" => "Run again",
        "restart" => "Restart",
        "replay" => "Replay",
        "backfill" => "Backfill",
        other => other,
    }
}

fn started(cause: &Cause) -> String {
    let what = match cause.via.as_str() {
        "manual" => "Started by hand",
        "webhook" => "Webhook accepted",
        "schedule" => "Schedule fired",
        "api" => "Started by API",
        "cli" => "Started from the command line",
        "rerun" => "Started again",
        "restart" => "Restarted from a node",
        "replay" => "Replayed after it failed",
        "backfill" => "Backfilled",
        other => return format!("Started by {other}"),
    };
    match &cause.by {
        Some(by) => format!("{what} ({by})"),
        None => what.to_owned(),
    }
}

fn phase_entered(phase: Phase) -> &'static str {
    match phase {
        Phase::Init => "Accepted",
        Phase::Prepare => "Preparing",
        Phase::Execute => "Executing",
        Phase::Validate => "Validating the result",
        Phase::Complete => "Completing",
    }
}

fn finished(status: ExecutionStatus, error: Option<&str>) -> String {
    match (status, error) {
        (ExecutionStatus::Failed, Some(error)) => format!("Execution failed: {error}"),
        (status, _) => format!("Execution {}", status.name()),
    }
}

/// The message as a whole sentence, so that another may follow.
fn sentence_end(message: &str) -> String {
    let ends = message.ends_with(['.', '!', '?', '…']);
    if ends { message.to_owned() } else { format!("{message}.") }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::Value;

    use super::*;
    use crate::domain::{
        event::TaskError,
        task::Kind,
        workflow::{Edge, Node, Point},
    };

    fn check(change: Change, expected: &str) {
        let node = Node::new("crm".into(), "Create CRM entry", Kind::HttpRequest, Point::default());
        let workflow = Workflow { nodes: vec![node], ..Workflow::default() };
        let event = Event { seq: 1, at: DateTime::UNIX_EPOCH, change };
        assert_eq!(Sentence::of(&event, &workflow).text, expected);
    }

    fn failed(retry_in_ms: Option<i64>) -> Change {
        let error = TaskError {
            message: "crm.example.com answered 503".to_owned(),
            field: None,
            retryable: true,
            details: Value::Null,
        };
        let retry_at = retry_in_ms.map(|ms| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms));
        Change::AttemptFailed { node: "crm".into(), attempt: 1, error, retry_at }
    }

    #[test]
    fn an_attempt_is_told_with_the_name_of_its_node() {
        check(Change::AttemptStarted { node: "crm".into(), attempt: 1 }, "Create CRM entry started");
        check(Change::AttemptStarted { node: "crm".into(), attempt: 3 }, "Create CRM entry: attempt 3 started");
        check(Change::AttemptStarted { node: "gone".into(), attempt: 1 }, "gone started");
    }

    #[test]
    fn a_failed_attempt_says_why_and_what_follows() {
        check(failed(Some(2_100)), "Create CRM entry: crm.example.com answered 503. Next attempt in 2.1 s");
        check(failed(None), "Create CRM entry failed: crm.example.com answered 503");
    }

    #[test]
    fn the_end_says_how_it_ended() {
        let finished =
            |status, error: Option<&str>| Change::Finished { status, output: None, error: error.map(str::to_owned) };
        check(finished(ExecutionStatus::Succeeded, None), "Execution succeeded");
        check(finished(ExecutionStatus::Failed, Some("It took too long.")), "Execution failed: It took too long.");
        check(Change::CancelRequested { by: "ada@example.com".to_owned() }, "ada@example.com asked to cancel");
    }

    #[test]
    fn a_breakpoint_says_who_let_it_go_on_and_how() {
        let edge = Edge::between("start", "crm");
        check(Change::Held { node: "crm".into(), edge }, "Create CRM entry is held at a breakpoint");
        let released = |payload, step| Change::Released {
            node: "crm".into(),
            release: Release { by: "ada@example.com".to_owned(), payload, step },
        };
        check(released(None, false), "ada@example.com let Create CRM entry go on");
        let expected = "ada@example.com let Create CRM entry go on with another payload, one step";
        check(released(Some(Value::Null), true), expected);
    }

    #[test]
    fn the_start_says_who_or_what_started_it() {
        let cause = Cause {
            trigger: None,
            via: "manual".to_owned(),
            by: Some("ada@example.com".to_owned()),
            input: Value::Null,
            ..Cause::default()
        };
        check(Change::Started { cause }, "Started by hand (ada@example.com)");
    }
}
