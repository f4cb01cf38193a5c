//! When what happens in an execution becomes durable: the one dial between safety and speed. A start always is durable
//! before it is answered, and so is the end before anybody hears of it.

use serde::{Deserialize, Serialize};

/// What a crash of FlowPilot or its database may make an execution do again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commit {
    #[default]
    Step,
    Eager,
    End,
}

impl Commit {
    pub const ALL: [Self; 3] = [Self::Step, Self::Eager, Self::End];

    pub fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Eager => "eager",
            Self::End => "end",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Step => "After each task",
            Self::Eager => "While the next task runs",
            Self::End => "When it waits or ends",
        }
    }

    /// What it promises.
    pub fn promise(self) -> &'static str {
        match self {
            Self::Step => {
                "What a task handed on is durable before the next one starts. A crash repeats only the tasks that ran. Tasks \
                 that only compute change nothing outside: several in a row are written down together."
            }
            Self::Eager => {
                "The next task starts while what came before is being written. A crash may repeat tasks that had ended, \
                 those of the last moments."
            }
            Self::End => {
                "The tasks are written down together when the execution waits or ends. A crash repeats it from its start \
                 or its last wait."
            }
        }
    }

    pub fn is_step(&self) -> bool {
        *self == Self::Step
    }
}
