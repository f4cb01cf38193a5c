//! How a status looks: colour, icon and word, from one function.

use leptos::prelude::*;

use super::{Icon, Tone};
use crate::domain::execution::{ExecutionStatus, TaskRunStatus};

/// The status of an execution or of a task run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Execution(ExecutionStatus),
    TaskRun(TaskRunStatus),
}

impl From<ExecutionStatus> for Status {
    fn from(status: ExecutionStatus) -> Self {
        Self::Execution(status)
    }
}

impl From<TaskRunStatus> for Status {
    fn from(status: TaskRunStatus) -> Self {
        Self::TaskRun(status)
    }
}

/// A status as people see it. Never colour alone: icon and word say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    pub tone: Tone,
    pub icon: Icon,
    pub word: &'static str,
}

pub fn face(status: impl Into<Status>) -> Face {
    use Status::{Execution, TaskRun};
    let (tone, icon, word) = match status.into() {
        Execution(ExecutionStatus::Queued) => (Tone::Idle, Icon::Clock, "Queued"),
        Execution(ExecutionStatus::Running) | TaskRun(TaskRunStatus::Running) => (Tone::Run, Icon::Spinner, "Running"),
        Execution(ExecutionStatus::Waiting) | TaskRun(TaskRunStatus::Waiting) => (Tone::Wait, Icon::Timer, "Waiting"),
        Execution(ExecutionStatus::Paused) => (Tone::Wait, Icon::Hand, "Paused"),
        Execution(ExecutionStatus::Succeeded) | TaskRun(TaskRunStatus::Succeeded) => {
            (Tone::Ok, Icon::Check, "Succeeded")
        }
        Execution(ExecutionStatus::Failed) | TaskRun(TaskRunStatus::Failed) => (Tone::Bad, Icon::Close, "Failed"),
        Execution(ExecutionStatus::Cancelled) | TaskRun(TaskRunStatus::Cancelled) => {
            (Tone::Idle, Icon::Ban, "Cancelled")
        }
        TaskRun(TaskRunStatus::Pending) => (Tone::Idle, Icon::Circle, "Not started"),
        TaskRun(TaskRunStatus::Skipped) => (Tone::Idle, Icon::Skip, "Skipped"),
    };
    Face { tone, icon, word }
}

/// A status in a pill; `detail` stands after the word ("Running · 7.6 s").
#[component]
pub fn StatusBadge(
    #[prop(into)] status: Signal<Status>,
    #[prop(optional, into)] detail: Signal<Option<String>>,
) -> impl IntoView {
    let class = move || {
        let pill = face(status.get()).tone.pill();
        format!(
            "inline-flex items-center gap-1.5 rounded-full py-0.5 pr-2.5 pl-2 text-label whitespace-nowrap tabular {pill}"
        )
    };
    let icon = move || {
        let face = face(status.get());
        face.icon.view(if face.tone == Tone::Run { "size-3 animate-spin-slow" } else { "size-3" })
    };
    let text = move || match detail.get() {
        Some(detail) => format!("{} · {detail}", face(status.get()).word),
        None => face(status.get()).word.to_owned(),
    };
    view! { <span class=class data-status=move || face(status.get()).tone.name()>{icon}{text}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_word_has_the_same_colour_for_executions_and_task_runs() {
        for execution in ExecutionStatus::ALL {
            for run in TaskRunStatus::ALL {
                if execution.name() == run.name() {
                    assert_eq!(face(*execution), face(*run));
                }
            }
        }
    }
}
