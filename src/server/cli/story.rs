//! An execution's journal as a story: one line per event, with its time, the time since the start, and how long what
//! ended took.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    audit,
    event::{Change, Event, WaitsFor},
    execution::Phase,
    state::{ExecutionState, TaskRun},
};

/// The lines, first to last; then what is wrong with the journal, if anything.
pub fn lines(events: &[Event]) -> Vec<String> {
    let mut state = ExecutionState::default();
    let began = events.first().map(|event| event.at);
    let mut lines: Vec<String> = events
        .iter()
        .map(|event| {
            let text = sentence(&state, event);
            state.apply(event);
            let since = began.map_or_else(TimeDelta::zero, |began| event.at - began);
            format!("{}  {:>10}  {text}", event.at.format("%T%.3f"), format!("+{}", length(since)))
        })
        .collect();
    lines.extend(audit::faults(events).iter().map(|fault| format!("The journal is damaged: {fault}.")));
    lines
}

/// What happened, told by what was before.
fn sentence(before: &ExecutionState, event: &Event) -> String {
    let at = event.at;
    match &event.change {
        Change::Started { cause } => {
            let by = cause.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
            let trigger = cause.trigger.as_ref().map_or_else(String::new, |trigger| format!(" through {trigger}"));
            format!("accepted: {}{by}{trigger}", cause.via)
        }
        Change::Kept { node, from, status, .. } => format!("{node} is kept from {from}: {}", status.name()),
        Change::PhaseEntered { phase } => phase_sentence(*phase).to_owned(),
        Change::Held { node, edge } => format!("{node} is held at the breakpoint after {}", edge.from.node),
        Change::Released { node, release } => {
            let payload = if release.payload.is_some() { " with another payload" } else { "" };
            let step = if release.step { ", one step" } else { "" };
            format!("{} lets {node} go on{payload}{step}", release.by)
        }
        Change::AttemptStarted { node, attempt: 1 } => format!("{node} starts"),
        Change::AttemptStarted { node, attempt } => format!("{node} starts again, attempt {attempt}"),
        Change::AttemptBegan { node, .. } => format!("{node} got its turn{}", after(before.task_runs.get(node), at)),
        Change::AttemptLogged { node, log, .. } => {
            let lines = log.stdout.lines().count() + log.stderr.lines().count();
            format!("{node} printed {lines} lines")
        }
        Change::AttemptSucceeded { node, port, .. } => {
            let through = if port == "out" { String::new() } else { format!(", on through “{port}”") };
            format!("{node} succeeded{}{through}", after(before.task_runs.get(node), at))
        }
        Change::AttemptFailed { node, error, retry_at, .. } => {
            let next = retry_at.map_or_else(
                || "no attempt is left".to_owned(),
                |retry_at| format!("another attempt in {}", length(retry_at - at)),
            );
            format!("{node} failed{}: {} ({next})", after(before.task_runs.get(node), at), one_line(&error.message))
        }
        Change::AttemptLost { node, attempt, stopped } => {
            let how = if *stopped { "because its replica was stopped" } else { "with the replica that made it" };
            format!("{node} lost attempt {attempt}{} {how}", after(before.task_runs.get(node), at))
        }
        Change::WaitStarted { node, until, waits_for, .. } => {
            let time = |until: DateTime<Utc>| format!(", until {}", until.format("%F %T UTC"));
            let long = until.filter(|_| waits_for.is_time()).map(|until| format!(" {}", length(until - at)));
            let (long, until) = (long.unwrap_or_default(), until.map(time).unwrap_or_default());
            format!("{node} waits{long}{}{until}", awaited(waits_for))
        }
        Change::WaitEnded { node, answer } => {
            let took = waited(before.task_runs.get(node), at);
            let how = answer.as_ref().map_or_else(String::new, |answer| match answer.port.as_str() {
                "out" => format!(", told by {}", answer.by),
                port => format!(": {port} by {}", answer.by),
            });
            format!("{node} goes on{took}{how}")
        }
        Change::Skipped { node, reason } => format!("{node} is skipped: {}", one_line(reason)),
        Change::CancelRequested { by } => format!("{by} cancels it"),
        Change::Finished { status, error, .. } => {
            let took = before.started_at.map_or_else(String::new, |began| format!(" after {}", length(at - began)));
            let why = error.as_ref().map_or_else(String::new, |error| format!(": {}", one_line(error)));
            format!("{}{took}{why}", status.name())
        }
        Change::Queued { key } if key.is_empty() => "waits for others of its workflow".to_owned(),
        Change::Queued { key } => format!("waits for its concurrency key “{key}”"),
        Change::Debounced { until, .. } => format!("waits {} whether another start comes", length(*until - at)),
        Change::Admitted => "may run now".to_owned(),
        Change::Refused { reason } => one_line(reason),
        Change::LoopStarted { node, items, max_parallel, .. } => {
            format!("{node} goes over {} items, {max_parallel} at a time", items.len())
        }
        Change::IterationEnded { node, index, error, .. } => {
            let how = error.as_ref().map_or_else(|| "ended".to_owned(), |error| format!("failed: {}", one_line(error)));
            format!("{node}: item {index} {how}")
        }
        Change::LoopEnded { node } => {
            let items = before.loops.get(node).map_or(0, |found| found.items.len());
            format!("{node} is done with its {items} items{}", after(before.task_runs.get(node), at))
        }
        Change::Paused { by } => format!("{by} pauses it"),
        Change::Resumed { by } => format!("{by} resumes it"),
        Change::Stepped { by } => format!("{by} lets one attempt start"),
    }
}

fn awaited(waits_for: &WaitsFor) -> String {
    match waits_for {
        WaitsFor::Time => String::new(),
        WaitsFor::Approval { message, .. } => format!(" for somebody to approve or reject: “{}”", one_line(message)),
        WaitsFor::Event { name, key: None } => format!(" for the event “{name}”"),
        WaitsFor::Event { name, key: Some(key) } => format!(" for the event “{name}” with the key “{key}”"),
        WaitsFor::Call => " for a call of its resume URL".to_owned(),
        WaitsFor::Execution { id } => format!(" for the execution {id}, which it started"),
    }
}

/// How long the wait took that ends.
fn waited(run: Option<&TaskRun>, at: DateTime<Utc>) -> String {
    let began = run.and_then(|run| run.attempts.last()).and_then(|attempt| attempt.finished_at);
    began.map_or_else(String::new, |began| format!(" after {}", length(at - began)))
}

fn phase_sentence(phase: Phase) -> &'static str {
    match phase {
        Phase::Init => "is accepted",
        Phase::Prepare => "prepares",
        Phase::Execute => "executes its tasks",
        Phase::Validate => "validates its output",
        Phase::Complete => "completes",
    }
}

/// How long the attempt that ends took.
fn after(run: Option<&TaskRun>, at: DateTime<Utc>) -> String {
    run.and_then(|run| run.attempts.last())
        .map_or_else(String::new, |attempt| format!(" after {}", length(at - attempt.started_at)))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A length of time for people: two units at most.
fn length(time: TimeDelta) -> String {
    let ms = time.num_milliseconds().max(0);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{:02} s", ms / 1_000, ms % 1_000 / 10),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms / 1_000 % 60),
        3_600_000..86_400_000 => format!("{} h {} min", ms / 3_600_000, ms / 60_000 % 60),
        _ => format!("{} d {} h", ms / 86_400_000, ms / 3_600_000 % 24),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Each event at so many milliseconds after noon.
    fn journal(events: &[(i64, Value)]) -> Vec<Event> {
        let noon = 1_800_014_400_000;
        let event = |(seq, (ms, change)): (i32, &(i64, Value))| Event {
            seq,
            at: DateTime::from_timestamp_millis(noon + ms).expect("in range"),
            change: serde_json::from_value(change.clone()).expect("a change"),
        };
        (1..).zip(events).map(event).collect()
    }

    #[test]
    fn a_journal_reads_as_a_story() {
        let error = json!({ "message": "It answered\n503.", "retryable": true });
        let cause = json!({ "via": "webhook", "trigger": "hook", "input": null });
        let events = journal(&[
            (0, json!({ "type": "started", "cause": cause })),
            (0, json!({ "type": "phase_entered", "phase": "prepare" })),
            (1, json!({ "type": "phase_entered", "phase": "execute" })),
            (1, json!({ "type": "attempt_started", "node": "call", "attempt": 1 })),
            (
                251,
                json!({ "type": "attempt_failed", "node": "call", "attempt": 1, "error": error,
                          "retry_at": "2027-01-15T12:00:02.501Z" }),
            ),
            (2_501, json!({ "type": "attempt_started", "node": "call", "attempt": 2 })),
            (65_001, json!({ "type": "cancel_requested", "by": "ada@example.com" })),
            (65_001, json!({ "type": "finished", "status": "cancelled" })),
        ]);
        let expected = [
            "12:00:00.000       +0 ms  accepted: webhook through hook",
            "12:00:00.000       +0 ms  prepares",
            "12:00:00.001       +1 ms  executes its tasks",
            "12:00:00.001       +1 ms  call starts",
            "12:00:00.251     +251 ms  call failed after 250 ms: It answered 503. (another attempt in 2.25 s)",
            "12:00:02.501     +2.50 s  call starts again, attempt 2",
            "12:01:05.001  +1 min 5 s  ada@example.com cancels it",
            "12:01:05.001  +1 min 5 s  cancelled after 1 min 5 s",
        ];
        assert_eq!(lines(&events), expected);
    }

    #[test]
    fn loops_and_pauses_are_told() {
        let to_end = json!({ "from": { "node": "each", "port": "done" }, "to": { "node": "end", "port": "in" } });
        let events = journal(&[
            (0, json!({ "type": "started", "cause": { "via": "api", "input": null } })),
            (0, json!({ "type": "phase_entered", "phase": "prepare" })),
            (0, json!({ "type": "phase_entered", "phase": "execute" })),
            (0, json!({ "type": "attempt_started", "node": "each", "attempt": 1 })),
            (
                0,
                json!({ "type": "loop_started", "node": "each", "attempt": 1, "items": [7, 8], "body": ["call"],
                        "max_parallel": 5, "go_on": true }),
            ),
            (9, json!({ "type": "iteration_ended", "node": "each", "index": 0, "output": 1 })),
            (9, json!({ "type": "iteration_ended", "node": "each", "index": 1, "output": 1, "error": "No." })),
            (9, json!({ "type": "loop_ended", "node": "each" })),
            (9, json!({ "type": "paused", "by": "ada@example.com" })),
            (9, json!({ "type": "held", "node": "end", "edge": to_end })),
            (9, json!({ "type": "released", "node": "end", "release": { "by": "ada@example.com", "payload": 7 } })),
        ]);
        let lines = lines(&events);
        let told: Vec<&str> = lines[4..].iter().map(|line| &line[26..]).collect();
        let expected = [
            "each goes over 2 items, 5 at a time",
            "each: item 0 ended",
            "each: item 1 failed: No.",
            "each is done with its 2 items after 9 ms",
            "ada@example.com pauses it",
            "end is held at the breakpoint after each",
            "ada@example.com lets end go on with another payload",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn waits_are_told_with_what_they_wait_for_and_what_ended_them() {
        let wait = |node: &str, waits_for: Value, until: Value| {
            json!({ "type": "wait_started", "node": node, "attempt": 1, "output": 1, "waits_for": waits_for,
                    "until": until })
        };
        let child = "0193a0d4-0000-7000-8000-000000000001";
        let noon = "2027-01-15T12:00:05Z";
        let answer = |port: &str, by: &str| json!({ "output": 1, "port": port, "by": by });
        let mut all = vec![
            (0, json!({ "type": "started", "cause": { "via": "api", "input": null } })),
            (0, json!({ "type": "phase_entered", "phase": "prepare" })),
            (0, json!({ "type": "queued", "key": "" })),
            (0, json!({ "type": "admitted" })),
            (0, json!({ "type": "phase_entered", "phase": "execute" })),
        ];
        let nodes = ["nap", "ask", "event", "call"];
        all.extend(nodes.map(|node| (0, json!({ "type": "attempt_started", "node": node, "attempt": 1 }))));
        all.extend([
            (0, wait("nap", json!({ "type": "time" }), json!(noon))),
            (0, wait("ask", json!({ "type": "approval", "message": "Refund\n12 €?" }), json!(noon))),
            (0, wait("event", json!({ "type": "event", "name": "paid", "key": "7" }), Value::Null)),
            (0, wait("call", json!({ "type": "execution", "id": child }), Value::Null)),
            (5_000, json!({ "type": "wait_ended", "node": "nap" })),
            (61_000, json!({ "type": "wait_ended", "node": "ask", "answer": answer("rejected", "ada@example.com") })),
            (61_000, json!({ "type": "wait_ended", "node": "event", "answer": answer("out", "shop") })),
            (
                61_000,
                json!({ "type": "wait_ended", "node": "call", "answer": answer("out", &format!("execution {child}")) }),
            ),
        ]);
        let lines = lines(&journal(&all));
        let told: Vec<&str> = lines.iter().map(|line| &line[26..]).collect();
        assert_eq!(told[2..4], ["waits for others of its workflow", "may run now"]);
        let expected = [
            "nap waits 5.00 s, until 2027-01-15 12:00:05 UTC".to_owned(),
            "ask waits for somebody to approve or reject: “Refund 12 €?”, until 2027-01-15 12:00:05 UTC".to_owned(),
            "event waits for the event “paid” with the key “7”".to_owned(),
            format!("call waits for the execution {child}, which it started"),
            "nap goes on after 5.00 s".to_owned(),
            "ask goes on after 1 min 1 s: rejected by ada@example.com".to_owned(),
            "event goes on after 1 min 1 s, told by shop".to_owned(),
            format!("call goes on after 1 min 1 s, told by execution {child}"),
        ];
        assert_eq!(told[9..], expected);
    }

    #[test]
    fn a_damaged_journal_says_so() {
        let mut events = journal(&[
            (0, json!({ "type": "started", "cause": { "via": "api", "input": null } })),
            (0, json!({ "type": "phase_entered", "phase": "prepare" })),
        ]);
        events[1].seq = 7;
        assert_eq!(lines(&events)[2], "The journal is damaged: event 7: events before it are missing.");
    }
}
