//! Autosave: the draft follows the drawing, the state is always visible, nothing is lost. Two tabs cannot overwrite
//! each other: a save names the revision it is based on.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, workflows::save_draft},
    domain::{id::WorkflowId, problem::Problem, workflow::Workflow},
    ui::components::{Toasts, Tone},
};

/// Quiet time after the last change before it is saved.
const PAUSE: Duration = Duration::from_millis(600);
/// Waits between tries while the server cannot be reached.
const RETRIES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];

#[derive(Clone, Debug, Default, PartialEq)]
pub enum SaveState {
    #[default]
    Saved,
    /// Changed; a save follows soon.
    Changed,
    Saving,
    /// The server cannot be reached; tried again by itself.
    Retrying(String),
    /// The server refused; saved again with the next change.
    Refused(String),
    /// Somebody else saved meanwhile. Nothing is saved until the person decides.
    Conflict,
}

impl SaveState {
    pub fn tone(&self) -> Tone {
        match self {
            Self::Saved => Tone::Ok,
            Self::Changed | Self::Saving => Tone::Idle,
            Self::Retrying(_) => Tone::Wait,
            Self::Refused(_) | Self::Conflict => Tone::Bad,
        }
    }

    pub fn text(&self) -> &'static str {
        if *self == Self::Saved { Tone::Idle.text() } else { self.tone().text() }
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Saved => "Saved",
            Self::Changed | Self::Saving => "Saving…",
            Self::Retrying(_) => "Unsaved, retrying",
            Self::Refused(_) => "Not saved",
            Self::Conflict => "Conflict",
        }
    }

    /// Why, where there is more to say.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Retrying(reason) | Self::Refused(reason) => Some(reason.clone()),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
pub struct Saver {
    id: WorkflowId,
    pub state: RwSignal<SaveState>,
    /// What the server has.
    pub revision: RwSignal<i32>,
    /// Problems that only the server can know, such as a missing credential.
    pub beyond: RwSignal<Vec<Problem>>,
    /// What was saved last, and the timer of the next save.
    saved: StoredValue<Option<Workflow>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    tries: StoredValue<usize>,
    /// Taken early: when the page is left, its context is gone.
    toasts: Toasts,
    /// Who waits for the drawing to be saved.
    waiting: StoredValue<Vec<Callback<bool>>>,
}

impl Saver {
    pub fn new(id: WorkflowId, revision: i32, beyond: Vec<Problem>) -> Self {
        Self {
            id,
            state: RwSignal::default(),
            revision: RwSignal::new(revision),
            beyond: RwSignal::new(beyond),
            saved: StoredValue::default(),
            timer: StoredValue::default(),
            tries: StoredValue::default(),
            toasts: Toasts::get(),
            waiting: StoredValue::default(),
        }
    }

    /// Saves whenever the workflow changed; leaving the page saves at once, closing it asks first.
    pub fn follow(self, workflow: RwSignal<Workflow>) {
        self.saved.set_value(Some(workflow.get_untracked()));
        Effect::new(move |before: Option<()>| {
            workflow.track();
            if before.is_some() {
                self.changed(workflow);
            }
        });
        Effect::new(move |_| {
            let guard = window_event_listener(ev::beforeunload, move |event| {
                if self.state.with_untracked(|state| *state != SaveState::Saved) {
                    event.prevent_default();
                }
            });
            on_cleanup(move || guard.remove());
        });
        on_cleanup(move || self.leave(workflow));
    }

    fn is_saved(self, workflow: &Workflow) -> bool {
        self.saved.with_value(|saved| saved.as_ref() == Some(workflow))
    }

    fn changed(self, workflow: RwSignal<Workflow>) {
        if self.state.with_untracked(|state| *state == SaveState::Conflict) {
            return;
        }
        if workflow.with_untracked(|workflow| self.is_saved(workflow)) {
            if self.state.with_untracked(|state| *state == SaveState::Changed) {
                self.state.set(SaveState::Saved);
            }
            return;
        }
        if self.state.with_untracked(|state| *state != SaveState::Saving) {
            self.state.set(SaveState::Changed);
            self.save_in(PAUSE, workflow);
        }
    }

    fn save_in(self, pause: Duration, workflow: RwSignal<Workflow>) {
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        let save = move || {
            if workflow.try_get_untracked().is_some() {
                spawn_local(async move { self.save(workflow).await });
            }
        };
        self.timer.set_value(set_timeout_with_handle(save, pause).ok());
    }

    /// Saves what is drawn, then goes on with true; with false when it could not be saved.
    pub fn then(self, workflow: RwSignal<Workflow>, go_on: Callback<bool>) {
        let is_saved = workflow.with_untracked(|workflow| self.is_saved(workflow));
        match self.state.get_untracked() {
            SaveState::Conflict => go_on.run(false),
            SaveState::Saving => self.waiting.update_value(|waiting| waiting.push(go_on)),
            _ if is_saved => go_on.run(true),
            _ => {
                self.waiting.update_value(|waiting| waiting.push(go_on));
                spawn_local(self.save(workflow));
            }
        }
    }

    fn tell_waiting(self, saved: bool) {
        let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        waiting.into_iter().for_each(|go_on| go_on.run(saved));
    }

    /// Saves what is drawn now, if it is not saved; returns once the server has answered.
    pub async fn save(self, workflow: RwSignal<Workflow>) {
        let Some(drawn) = workflow.try_get_untracked() else { return };
        let busy = self.state.with_untracked(|state| matches!(state, SaveState::Saving | SaveState::Conflict));
        if busy || self.is_saved(&drawn) {
            return;
        }
        self.state.set(SaveState::Saving);
        let answer = save_draft(self.id, self.revision.get_untracked(), drawn.clone()).await;
        if self.state.try_get_untracked().is_none() {
            return;
        }
        match answer {
            Ok(saved) => {
                let own = drawn.problems();
                self.beyond.set(saved.problems.into_iter().filter(|problem| !own.contains(problem)).collect());
                self.revision.set(saved.revision);
                self.saved.set_value(Some(drawn));
                self.tries.set_value(0);
                self.state.set(SaveState::Saved);
                self.changed(workflow);
                // Changed again meanwhile: those who wait go on after the next save.
                if self.state.with_untracked(|state| *state == SaveState::Saved) {
                    self.tell_waiting(true);
                }
            }
            Err(error) => {
                self.failed(&error, workflow);
                self.tell_waiting(false);
            }
        }
    }

    fn failed(self, error: &ApiError, workflow: RwSignal<Workflow>) {
        match error.status {
            409 => self.state.set(SaveState::Conflict),
            408 | 429 | 500.. => {
                let tries = self.tries.get_value();
                self.tries.set_value(tries + 1);
                self.state.set(SaveState::Retrying(error.detail.clone()));
                self.save_in(RETRIES[tries.min(RETRIES.len() - 1)], workflow);
            }
            _ => self.state.set(SaveState::Refused(error.detail.clone())),
        }
    }

    /// Goes on from what the server has: after "Reload" in a conflict.
    pub fn adopt(self, revision: i32, workflow: &Workflow) {
        self.revision.set(revision);
        self.saved.set_value(Some(workflow.clone()));
        self.state.set(SaveState::Saved);
    }

    /// The page is left: what is not saved yet is saved behind its back.
    fn leave(self, workflow: RwSignal<Workflow>) {
        if let Some(timer) = self.timer.try_get_value().flatten() {
            timer.clear();
        }
        let state = self.state.try_get_untracked();
        let (Some(drawn), Some(revision)) = (workflow.try_get_untracked(), self.revision.try_get_untracked()) else {
            return;
        };
        let is_open = matches!(state, Some(SaveState::Changed | SaveState::Retrying(_)));
        if !is_open || self.is_saved(&drawn) {
            return;
        }
        let (id, toasts) = (self.id, self.toasts);
        spawn_local(async move {
            if let Err(error) = save_draft(id, revision, drawn).await {
                toasts.fail(format!("The last changes were not saved. {}", error.detail));
            }
        });
    }
}
