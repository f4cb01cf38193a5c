//! Fail points and deliberate faults, by which the reliability suite proves that it would notice. `FLOWPILOT_FAULTS` sets
//! them in debug builds (`after_commit=kill@12, before_commit=pause:100, no_fence`); a release build does not even look.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Places where the process may be ended without warning, or held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A batch is planned, nothing of it is written.
    BeforeCommit,
    /// A batch is written, nobody was told.
    AfterCommit,
    /// Starts were answered, their attempts have not begun.
    AfterAnswer,
    /// A task did what it does, the journal does not know.
    AttemptEnded,
    /// Silent replicas are fenced off, their executions are nobody's.
    BeforeAdoption,
    /// Executions changed hands, their journals are not read.
    Taken,
    /// A letter is in the inbox, its sender does not know.
    LetterLeft,
    /// A letter counts and is in the inbox still.
    LetterDelivered,
    /// A task runs: what happens here is the task's doing.
    InTask,
}

/// How a broken build would behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Starts are answered before they are durable.
    AnswerFirst,
    /// Batches are written whatever the epoch says.
    NoFence,
    /// Letters leave the inbox before they count.
    LettersFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Ends the process at this passage, counted from 1.
    Kill {
        passage: u32,
    },
    Pause(Duration),
    Panic {
        passage: u32,
    },
    /// Goes on for so long, though nobody wants it any more.
    Insist(Duration),
}

#[derive(Debug, Default)]
struct Faults {
    faults: Vec<Fault>,
    points: Vec<(Point, Action, AtomicU32)>,
}

static FAULTS: LazyLock<Faults> =
    LazyLock::new(|| std::env::var("FLOWPILOT_FAULTS").map_or_else(|_| Faults::default(), |text| Faults::read(&text)));

/// Does what is set for this place: usually nothing.
pub async fn reach(point: Point) {
    if cfg!(debug_assertions) {
        act(point).await;
    }
}

/// Whether the process is to misbehave in this way.
pub fn is_set(fault: Fault) -> bool {
    cfg!(debug_assertions) && FAULTS.faults.contains(&fault)
}

async fn act(point: Point) {
    for (_, action, passages) in FAULTS.points.iter().filter(|(known, ..)| *known == point) {
        match action {
            Action::Pause(time) => tokio::time::sleep(*time).await,
            Action::Insist(time) => insist(*time).await,
            Action::Kill { passage } | Action::Panic { passage } => {
                let is_it = passages.fetch_add(1, Ordering::Relaxed) + 1 == *passage;
                match action {
                    Action::Kill { .. } if is_it => drop(kill(Pid::this(), Signal::SIGKILL)),
                    _ => assert!(!is_it, "a task that panics, on purpose"),
                }
            }
        }
    }
}

/// On a thread of its own, which nothing stops.
async fn insist(time: Duration) {
    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(time)).await;
}

impl Faults {
    /// What cannot be read is left out: only tests write this.
    fn read(text: &str) -> Self {
        let mut all = Self::default();
        for entry in text.split(',').map(str::trim) {
            match entry.split_once('=') {
                None => all.faults.extend(fault(entry)),
                Some((name, action)) => all.points.extend(
                    point(name).zip(Action::read(action)).map(|(point, action)| (point, action, AtomicU32::new(0))),
                ),
            }
        }
        all
    }
}

impl Action {
    fn read(text: &str) -> Option<Self> {
        let (name, number) = text.split_once(['@', ':'])?;
        let passage = number.parse().ok()?;
        match name {
            "kill" => Some(Self::Kill { passage }),
            "panic" => Some(Self::Panic { passage }),
            "pause" => Some(Self::Pause(Duration::from_millis(passage.into()))),
            "insist" => Some(Self::Insist(Duration::from_millis(passage.into()))),
            _ => None,
        }
    }
}

fn fault(name: &str) -> Option<Fault> {
    match name {
        "answer_first" => Some(Fault::AnswerFirst),
        "no_fence" => Some(Fault::NoFence),
        "letters_first" => Some(Fault::LettersFirst),
        _ => None,
    }
}

fn point(name: &str) -> Option<Point> {
    match name {
        "before_commit" => Some(Point::BeforeCommit),
        "after_commit" => Some(Point::AfterCommit),
        "after_answer" => Some(Point::AfterAnswer),
        "attempt_ended" => Some(Point::AttemptEnded),
        "before_adoption" => Some(Point::BeforeAdoption),
        "taken" => Some(Point::Taken),
        "letter_left" => Some(Point::LetterLeft),
        "letter_delivered" => Some(Point::LetterDelivered),
        "in_task" => Some(Point::InTask),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_points_are_read_and_the_rest_is_left_out() {
        let faults = Faults::read("no_fence, after_commit=kill@12,before_commit=pause:100, nonsense, taken=kill@x");
        assert_eq!(faults.faults, [Fault::NoFence]);
        let points: Vec<(Point, Action)> = faults.points.iter().map(|(point, action, _)| (*point, *action)).collect();
        let pause = Action::Pause(Duration::from_millis(100));
        assert_eq!(points, [(Point::AfterCommit, Action::Kill { passage: 12 }), (Point::BeforeCommit, pause)]);
    }

    #[test]
    fn without_the_variable_nothing_is_set() {
        assert!(![Fault::AnswerFirst, Fault::NoFence, Fault::LettersFirst].into_iter().any(is_set));
    }
}
