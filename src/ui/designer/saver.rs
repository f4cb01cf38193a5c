//! Saving: the draft follows the drawing, unless somebody turned that off; the state is always visible, nothing is lost.
//! Two tabs cannot overwrite each other: a save names the revision it is based on, and what both drew is merged.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};

use super::{
    kept::{self, Kept},
    merge::merge,
};
use crate::{
    api::{
        ApiError,
        workflows::{get_workflow, save_draft},
    },
    domain::{draft::Draft, id::WorkflowId, problem::Problem, workflow::Workflow},
    ui::components::{Toasts, Tone},
};

/// Quiet time after the last change before it is saved, and before it is kept in the browser.
const PAUSE: Duration = Duration::from_millis(600);
const KEEPING: Duration = Duration::from_millis(150);
/// Waits between tries while the server cannot be reached.
const RETRIES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];

#[derive(Clone, Debug, Default, PartialEq)]
pub enum SaveState {
    #[default]
    Saved,
    /// Changed; a save follows soon, or when somebody asks for it.
    Changed,
    Saving,
    /// The server cannot be reached; tried again by itself.
    Retrying(String),
    /// The server refused; saved again with the next change.
    Refused(String),
    /// Somebody else changed the same. Nothing is saved until the person decides.
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

    /// In a word; `by_itself`: a change is saved without being asked.
    pub fn word(&self, by_itself: bool) -> &'static str {
        match self {
            Self::Saved => "Saved",
            Self::Changed if !by_itself => "Not saved yet",
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

/// Somebody else saved what changes the same as was changed here.
#[derive(Clone, Debug)]
pub struct Clash {
    pub theirs: Draft,
    /// Both together; where they touch, mine.
    pub merged: Workflow,
    pub conflicts: Vec<String>,
}

#[derive(Clone, Copy)]
pub struct Saver {
    id: WorkflowId,
    pub state: RwSignal<SaveState>,
    /// What the server has.
    pub revision: RwSignal<i32>,
    /// Problems that only the server can know, such as a missing credential.
    pub beyond: RwSignal<Vec<Problem>>,
    pub clash: RwSignal<Option<Clash>>,
    /// Whether changes are saved without being asked.
    pub by_itself: RwSignal<bool>,
    /// What was saved last, and the timers of the next save and of the copy in the browser.
    saved: StoredValue<Option<Workflow>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    keeping: StoredValue<Option<TimeoutHandle>>,
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
            clash: RwSignal::new(None),
            by_itself: RwSignal::new(true),
            saved: StoredValue::default(),
            timer: StoredValue::default(),
            keeping: StoredValue::default(),
            tries: StoredValue::default(),
            toasts: Toasts::get(),
            waiting: StoredValue::default(),
        }
    }

    /// Saves whenever the workflow changed; leaving the page saves at once, closing it asks first. What the last visit
    /// left unsaved comes back.
    pub fn follow(self, workflow: RwSignal<Workflow>) {
        self.saved.set_value(Some(workflow.get_untracked()));
        Effect::new(move |before: Option<()>| {
            workflow.track();
            if before.is_some() {
                self.changed(workflow);
            } else {
                self.by_itself.set(kept::saves_itself());
                self.recall(workflow);
            }
        });
        Effect::new(move |_| {
            let guard = window_event_listener(ev::beforeunload, move |event| {
                if self.state.with_untracked(|state| *state != SaveState::Saved) {
                    self.keep(workflow);
                    event.prevent_default();
                }
            });
            on_cleanup(move || guard.remove());
        });
        on_cleanup(move || self.leave(workflow));
    }

    fn recall(self, workflow: RwSignal<Workflow>) {
        let Some(Kept { revision, base, drawn }) = kept::read(self.id) else { return };
        let now = workflow.get_untracked();
        if drawn == now {
            return kept::forget(self.id);
        }
        if revision == self.revision.get_untracked() {
            workflow.set(drawn);
            return self.toasts.say("Changes that had not been saved are back.");
        }
        self.saved.set_value(Some(base));
        workflow.set(drawn);
        self.state.set(SaveState::Conflict);
        spawn_local(self.meet(workflow));
    }

    /// Into the browser's storage, until the server has it.
    fn keep(self, workflow: RwSignal<Workflow>) {
        let Some(base) = self.saved.try_get_value().flatten() else { return };
        let (Some(drawn), Some(revision)) = (workflow.try_get_untracked(), self.revision.try_get_untracked()) else {
            return;
        };
        kept::write(self.id, &Kept { revision, base, drawn });
    }

    fn keep_soon(self, workflow: RwSignal<Workflow>) {
        if let Some(timer) = self.keeping.get_value() {
            timer.clear();
        }
        let keep = move || {
            let is_open = self.state.try_get_untracked().is_some_and(|state| state != SaveState::Saved);
            if is_open {
                self.keep(workflow);
            }
        };
        self.keeping.set_value(set_timeout_with_handle(keep, KEEPING).ok());
    }

    fn is_saved(self, workflow: &Workflow) -> bool {
        self.saved.with_value(|saved| saved.as_ref() == Some(workflow))
    }

    fn changed(self, workflow: RwSignal<Workflow>) {
        self.keep_soon(workflow);
        if self.state.with_untracked(|state| *state == SaveState::Conflict) {
            return;
        }
        if workflow.with_untracked(|workflow| self.is_saved(workflow)) {
            if self.state.with_untracked(|state| *state == SaveState::Changed) {
                self.state.set(SaveState::Saved);
                kept::forget(self.id);
            }
            return;
        }
        if self.state.with_untracked(|state| *state != SaveState::Saving) {
            self.state.set(SaveState::Changed);
            if self.by_itself.get_untracked() {
                self.save_in(PAUSE, workflow);
            }
        }
    }

    /// Turns saving without being asked on or off.
    pub fn save_by_itself(self, does: bool, workflow: RwSignal<Workflow>) {
        self.by_itself.set(does);
        kept::remember_saves_itself(does);
        if does {
            self.changed(workflow);
        } else if let Some(timer) = self.timer.get_value() {
            timer.clear();
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
                kept::forget(self.id);
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
            409 => {
                self.state.set(SaveState::Conflict);
                spawn_local(self.meet(workflow));
            }
            408 | 429 | 500.. => {
                let tries = self.tries.get_value();
                self.tries.set_value(tries + 1);
                self.state.set(SaveState::Retrying(error.detail.clone()));
                self.save_in(RETRIES[tries.min(RETRIES.len() - 1)], workflow);
            }
            _ => self.state.set(SaveState::Refused(error.detail.clone())),
        }
    }

    /// Somebody else saved: what both drew is put together, unless both changed the same; then the person decides.
    async fn meet(self, workflow: RwSignal<Workflow>) {
        let answer = get_workflow(self.id).await;
        let (Some(mine), Some(Some(base))) = (workflow.try_get_untracked(), self.saved.try_get_value()) else { return };
        match answer {
            Ok(theirs) => {
                let merge = merge(&base, &mine, &theirs.workflow);
                if merge.conflicts.is_empty() {
                    self.take(&theirs, merge.workflow, workflow);
                    self.toasts.say("Somebody else saved this workflow as well. Both changes are in it.");
                } else {
                    self.clash.set(Some(Clash { theirs, merged: merge.workflow, conflicts: merge.conflicts }));
                }
            }
            Err(error) => {
                self.state.set(SaveState::Retrying(error.detail));
                self.save_in(RETRIES[1], workflow);
            }
        }
    }

    /// The server is there, and somebody may have saved `revision`. It is shown at once where nothing waits to be saved;
    /// else the next save meets it.
    pub fn catch_up(self, revision: i32, workflow: RwSignal<Workflow>) {
        if self.state.with_untracked(|state| matches!(state, SaveState::Retrying(_))) {
            return spawn_local(self.save(workflow));
        }
        let is_behind = move |revision: i32| {
            self.revision.try_get_untracked().is_some_and(|known| known < revision)
                && self.state.try_get_untracked() == Some(SaveState::Saved)
        };
        if !is_behind(revision) {
            return;
        }
        spawn_local(async move {
            let Ok(theirs) = get_workflow(self.id).await else { return };
            if is_behind(theirs.revision) {
                self.take(&theirs, theirs.workflow.clone(), workflow);
            }
        });
    }

    /// Goes on with `drawn` on top of what the server has.
    pub fn take(self, theirs: &Draft, drawn: Workflow, workflow: RwSignal<Workflow>) {
        self.clash.set(None);
        self.revision.set(theirs.revision);
        self.saved.set_value(Some(theirs.workflow.clone()));
        self.state.set(SaveState::Saved);
        workflow.set(drawn);
        self.changed(workflow);
    }

    /// What was drawn is in another workflow now.
    pub fn let_go(self) {
        self.clash.set(None);
        self.state.set(SaveState::Saved);
        kept::forget(self.id);
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
        self.keep(workflow);
        if !self.by_itself.try_get_untracked().unwrap_or(true) {
            return;
        }
        let (id, toasts) = (self.id, self.toasts);
        spawn_local(async move {
            match save_draft(id, revision, drawn).await {
                Ok(_) => kept::forget(id),
                Err(error) => toasts.fail(format!("The last changes were not saved. {}", error.detail)),
            }
        });
    }
}
