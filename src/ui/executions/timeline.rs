//! Where the time went: a row per task run with a bar per attempt and per wait. Pure.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        execution::TaskRunStatus,
        id::RunId,
        state::{Attempt, ExecutionState, TaskRun},
        workflow::Workflow,
    },
    ui::components::{Tone, face},
};

use super::{clock::span, sentence::name};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// From the start of the execution to its end, to now while it runs. At least 1.
    pub length_ms: i64,
    /// By the start of the first attempt.
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub run: RunId,
    pub name: String,
    pub bars: Vec<Bar>,
    /// Stands after the last bar: how long, or how it ended.
    pub note: String,
}

/// A stretch of time, in milliseconds since the start of the execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub start_ms: i64,
    pub end_ms: i64,
    pub tone: Tone,
    /// Between attempts or in a delay: nothing ran.
    pub is_wait: bool,
    /// For the tooltip and for screen readers.
    pub label: String,
}

impl Bar {
    /// Left edge and width in percent of the timeline.
    pub fn place(&self, length_ms: i64) -> (f64, f64) {
        let percent = |ms: i64| (ms as f64 * 100.0 / length_ms.max(1) as f64).clamp(0.0, 100.0);
        let left = percent(self.start_ms);
        (left, percent(self.end_ms) - left)
    }
}

impl Timeline {
    /// The execution up to `now`; what runs reaches until then.
    pub fn of(workflow: &Workflow, state: &ExecutionState, now: DateTime<Utc>) -> Self {
        let Some(start) = state.started_at else { return Self { length_ms: 1, rows: Vec::new() } };
        let end = state.finished_at.unwrap_or(now).max(start);
        let scale = Scale { start, end };
        let mut runs: Vec<(&RunId, &TaskRun)> =
            state.task_runs.iter().filter(|(_, run)| !run.attempts.is_empty()).collect();
        runs.sort_by_key(|(_, run)| run.attempts[0].started_at);
        let rows = runs.into_iter().map(|(id, run)| scale.row(workflow, id, run)).collect();
        Self { length_ms: scale.ms(end).max(1), rows }
    }
}

struct Scale {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Scale {
    fn ms(&self, at: DateTime<Utc>) -> i64 {
        (at.min(self.end) - self.start).num_milliseconds().max(0)
    }

    fn row(&self, workflow: &Workflow, id: &RunId, run: &TaskRun) -> Row {
        let mut bars = Vec::new();
        for (position, attempt) in run.attempts.iter().enumerate() {
            bars.push(self.attempt(run, attempt, position + 1 == run.attempts.len()));
            bars.extend(attempt.finished_at.and_then(|ended| self.wait(run, ended, run.attempts.get(position + 1))));
        }
        let name = name(workflow, id);
        Row { run: id.clone(), name, bars, note: self.note(run) }
    }

    fn attempt(&self, run: &TaskRun, attempt: &Attempt, is_last: bool) -> Bar {
        let (tone, outcome) = match attempt {
            Attempt { lost: true, .. } => (Tone::Idle, "lost".to_owned()),
            Attempt { error: Some(error), .. } => (Tone::Bad, error.message.clone()),
            Attempt { finished_at: None, .. } if is_last && run.status == TaskRunStatus::Cancelled => {
                (Tone::Idle, "cancelled".to_owned())
            }
            Attempt { .. } if is_last && run.status == TaskRunStatus::Waiting => (Tone::Ok, "waits since".to_owned()),
            Attempt { finished_at: None, .. } => (Tone::Run, "running".to_owned()),
            Attempt { .. } => (Tone::Ok, "succeeded".to_owned()),
        };
        let end = attempt.finished_at.or(run.finished_at).unwrap_or(self.end);
        Bar {
            start_ms: self.ms(attempt.started_at),
            end_ms: self.ms(end),
            tone,
            is_wait: false,
            label: format!("Attempt {}, {}: {outcome}", attempt.number, span(end - attempt.started_at)),
        }
    }

    /// From the end of an attempt to the next one, or to the end of the delay that the attempt began.
    fn wait(&self, run: &TaskRun, from: DateTime<Utc>, next: Option<&Attempt>) -> Option<Bar> {
        let until = match next {
            Some(next) => next.started_at,
            None if run.status == TaskRunStatus::Waiting => self.end,
            None => run.finished_at?,
        };
        let lasted = until - from;
        (lasted.num_milliseconds() > 0).then(|| Bar {
            start_ms: self.ms(from),
            end_ms: self.ms(until),
            tone: Tone::Wait,
            is_wait: true,
            label: format!("Waited {}", span(lasted)),
        })
    }

    fn note(&self, run: &TaskRun) -> String {
        let first = run.attempts[0].started_at;
        let took = span(run.finished_at.unwrap_or(self.end) - first);
        match (run.status, run.attempts.len()) {
            (TaskRunStatus::Succeeded, 1) => took,
            (TaskRunStatus::Succeeded, attempts) => format!("{took} · {attempts} attempts"),
            (status, 1) => format!("{took} · {}", face(status).word.to_lowercase()),
            (status, attempts) => format!("attempt {attempts} · {}", face(status).word.to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        event::{Cause, Change, Event, TaskError},
        execution::ExecutionStatus,
    };

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms)
    }

    fn state(changes: Vec<(i64, Change)>) -> ExecutionState {
        let cause = Cause { trigger: None, via: "manual".into(), by: None, input: Value::Null, ..Cause::default() };
        let all = std::iter::once((0, Change::Started { cause })).chain(changes);
        let events: Vec<Event> = all.zip(1..).map(|((ms, change), seq)| Event { seq, at: at(ms), change }).collect();
        ExecutionState::of(&events)
    }

    fn started(node: &str, attempt: u32) -> Change {
        Change::AttemptStarted { node: node.into(), attempt }
    }

    fn succeeded(node: &str, attempt: u32) -> Change {
        Change::AttemptSucceeded { node: node.into(), attempt, output: json!(1), port: "out".into() }
    }

    fn failed(node: &str, attempt: u32, retry_ms: Option<i64>) -> Change {
        let error = TaskError { message: "503".into(), field: None, retryable: true, details: Value::Null };
        Change::AttemptFailed { node: node.into(), attempt, error, retry_at: retry_ms.map(at) }
    }

    /// `name[bars] note`, each bar as `start-end tone`, waits with a `~`.
    fn shown(timeline: &Timeline) -> Vec<String> {
        let bar = |bar: &Bar| {
            let wait = if bar.is_wait { "~" } else { "" };
            format!("{wait}{}-{} {}", bar.start_ms, bar.end_ms, bar.tone.name())
        };
        let row = |row: &Row| {
            format!("{}[{}] {}", row.name, row.bars.iter().map(bar).collect::<Vec<_>>().join(", "), row.note)
        };
        timeline.rows.iter().map(row).collect()
    }

    #[test]
    fn every_attempt_has_a_bar_and_every_wait_between_them_too() {
        let state = state(vec![
            (10, started("crm", 1)),
            (20, failed("crm", 1, Some(50))),
            (50, started("crm", 2)),
            (90, succeeded("crm", 2)),
        ]);
        let timeline = Timeline::of(&Workflow::default(), &state, at(200));
        assert_eq!(shown(&timeline), ["crm[10-20 bad, ~20-50 wait, 50-90 ok] 80 ms · 2 attempts"]);
        assert_eq!(timeline.length_ms, 200);
    }

    #[test]
    fn what_runs_reaches_until_now_and_rows_stand_in_the_order_of_their_start() {
        let state = state(vec![(5, started("z", 1)), (7, succeeded("z", 1)), (7, started("a", 1))]);
        let timeline = Timeline::of(&Workflow::default(), &state, at(100));
        assert_eq!(shown(&timeline), ["z[5-7 ok] 2 ms", "a[7-100 run] 93 ms · running"]);
    }

    #[test]
    fn a_finished_execution_does_not_grow_any_more() {
        let finished = Change::Finished { status: ExecutionStatus::Cancelled, output: None, error: None };
        let state = state(vec![(5, started("a", 1)), (40, finished)]);
        let timeline = Timeline::of(&Workflow::default(), &state, at(9_000));
        assert_eq!(timeline.length_ms, 40);
        assert_eq!(shown(&timeline), ["a[5-40 idle] 35 ms · cancelled"]);
    }

    #[test]
    fn before_the_start_there_is_nothing_to_show() {
        let timeline = Timeline::of(&Workflow::default(), &ExecutionState::default(), at(5));
        assert_eq!((timeline.length_ms, timeline.rows.len()), (1, 0));
    }

    #[test]
    fn places_are_shares_of_the_whole() {
        let bar = Bar { start_ms: 50, end_ms: 150, tone: Tone::Ok, is_wait: false, label: String::new() };
        assert_eq!(bar.place(200), (25.0, 50.0));
    }
}
