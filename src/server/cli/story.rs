//! An execution's journal as a story: one line per event, with its time, the time since the start, and how long what
//! ended took.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    audit,
    event::{Change, Event},
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
        Change::AttemptLost { node, attempt } => {
            format!(
                "{node} lost attempt {attempt}{} with the replica that made it",
                after(before.task_runs.get(node), at)
            )
        }
        Change::WaitStarted { node, until, .. } => {
            let time = |until: DateTime<Utc>| format!(" {}, until {}", length(until - at), until.format("%F %T UTC"));
            format!("{node} waits{}", until.map(time).unwrap_or_default())
        }
        Change::Skipped { node, reason } => format!("{node} is skipped: {}", one_line(reason)),
        Change::CancelRequested { by } => format!("{by} cancels it"),
        Change::Finished { status, error, .. } => {
            let took = before.started_at.map_or_else(String::new, |began| format!(" after {}", length(at - began)));
            let why = error.as_ref().map_or_else(String::new, |error| format!(": {}", one_line(error)));
            format!("{}{took}{why}", status.name())
        }
        Change::Queued { key } => format!("waits for its concurrency key “{key}”"),
        Change::Refused { reason } => one_line(reason),
        Change::LoopStarted { node, items, max_parallel, .. } => {
            format!("{node} goes over {} items, {max_parallel} at a time", items.len())
        }
        Change::IterationEnded { node, index, error, .. } => {
            let how = error.as_ref().map_or_else(|| "ended".to_owned(), |error| format!("failed: {}", one_line(error)));
            format!("{node}: item {index} {how}")
        }
        Change::Paused { by } => format!("{by} pauses it"),
        Change::Resumed { by } => format!("{by} resumes it"),
        Change::Stepped { by } => format!("{by} lets one attempt start"),
        other => plainly(other),
    }
}

/// The words of the journal itself.
fn plainly(change: &Change) -> String {
    let written = serde_json::to_value(change).unwrap_or_default();
    let words = written["type"].as_str().unwrap_or_default().replace('_', " ");
    written["node"].as_str().map_or_else(|| words.clone(), |node| format!("{node}: {words}"))
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
    fn loops_and_pauses_are_told_and_the_rest_in_the_words_of_the_journal() {
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
        ]);
        let lines = lines(&events);
        let told: Vec<&str> = lines[4..].iter().map(|line| &line[26..]).collect();
        let expected = [
            "each goes over 2 items, 5 at a time",
            "each: item 0 ended",
            "each: item 1 failed: No.",
            "each: loop ended",
            "ada@example.com pauses it",
        ];
        assert_eq!(told, expected);
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
