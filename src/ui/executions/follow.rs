//! One execution on its page: what the server sent with the page, then every event as it arrives, folded as the
//! engine folds it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::clock;
use crate::{
    domain::{
        event::Event,
        execution::{ExecutionStatus, ExecutionSummary, ExecutionView},
        state::ExecutionState,
        workflow::Workflow,
    },
    ui::live::{Link, Listener, listen},
};

/// How often what still runs is measured anew.
const TICK: Duration = Duration::from_millis(250);

#[derive(Clone, Copy)]
pub struct LiveExecution {
    pub summary: StoredValue<ExecutionSummary>,
    pub workflow: StoredValue<Workflow>,
    pub events: RwSignal<Vec<Event>>,
    pub state: RwSignal<ExecutionState>,
    pub status: Memo<ExecutionStatus>,
    pub link: RwSignal<Link>,
    clock: Signal<Option<DateTime<Utc>>>,
}

impl LiveExecution {
    /// Begins with the view; in the browser, goes on with the feed until the last event.
    pub fn follow(view: ExecutionView) -> Self {
        let state = RwSignal::new(ExecutionState::of(&view.events));
        let known = view.summary.status;
        let status = Memo::new(move |_| state.with(|state| if state.seq == 0 { known } else { state.status }));
        let live = Self {
            summary: StoredValue::new(view.summary),
            workflow: StoredValue::new(view.workflow),
            events: RwSignal::new(view.events),
            state,
            status,
            link: RwSignal::default(),
            clock: clock::ticking(TICK, move || !status.get().is_finished()),
        };
        Effect::new(move |_| {
            if !live.status.get_untracked().is_finished() {
                listen(live.link, live.listener());
            }
        });
        live
    }

    /// What time it is for this execution: never before its last event, whatever the browser's clock says, and
    /// standing still once it is over.
    pub fn now(self) -> DateTime<Utc> {
        let last = self.events.with(|events| events.last().map(|event| event.at));
        let last = last.unwrap_or_else(|| self.summary.with_value(|summary| summary.created_at));
        match self.clock.get() {
            Some(now) if !self.status.get().is_finished() => now.max(last),
            _ => last,
        }
    }

    /// From its creation to its end, or to now.
    pub fn lasted(self) -> String {
        let (from, to) = self.summary.with_value(|summary| (summary.created_at, summary.finished_at));
        let to = self.state.with(|state| state.finished_at).or(to).unwrap_or_else(|| self.now());
        clock::span(to - from)
    }

    fn listener(self) -> Listener {
        let id = self.summary.with_value(|summary| summary.id);
        let after = move || self.state.with_untracked(|state| state.seq);
        Listener {
            address: Box::new(move || format!("/live/executions/{id}?after={}", after())),
            on_open: Box::new(|| {}),
            on_news: Box::new(move |news| self.take(news)),
            on_reset: Box::new(|| {}),
        }
    }

    /// Applies what is new; what a resumed feed repeats is left out.
    fn take(self, news: Vec<String>) {
        let seen = self.state.with_untracked(|state| state.seq);
        let events: Vec<Event> = news.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        let new: Vec<Event> = events.into_iter().filter(|event: &Event| event.seq > seen).collect();
        self.state.update(|state| new.iter().for_each(|event| state.apply(event)));
        self.events.update(|events| events.extend(new));
    }
}
