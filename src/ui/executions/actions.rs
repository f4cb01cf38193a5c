//! What can be done with an execution, and how it stands: the right end of the top bar.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::follow::LiveExecution;
use crate::{
    api::{
        ApiError,
        executions::{cancel_execution, pause_execution, rerun_execution, resume_execution, step_execution},
    },
    domain::id::ExecutionId,
    ui::{
        components::{Button, Icon, Look, Status, StatusBadge, TextLink, Toasts, face},
        live::Link,
        once::Once,
    },
};

#[component]
pub fn Actions(live: LiveExecution) -> impl IntoView {
    let status = Signal::derive(move || Status::from(live.status.get()));
    let detail = Signal::derive(move || Some(live.lasted()));
    let is_lost = move || live.link.get() == Link::Lost;
    let is_finished = move || live.status.get().is_finished();
    let design =
        live.summary.with_value(|summary| format!("/workflows/{}?execution={}", summary.workflow_id, summary.id));
    view! {
        <Show when=is_lost>
            <span role="status" class="hidden text-label text-wait-text md:inline">"Connection lost, coming back…"</span>
        </Show>
        <span class="sr-only" role="status">{move || face(status.get()).word}</span>
        <StatusBadge status detail/>
        <span class="hidden lg:inline-flex"><TextLink href=design icon=Icon::Workflow>"Open in the designer"</TextLink></span>
        <Show when=is_finished fallback=move || view! { <Steering live/> <Cancel live/> }><RunAgain live/></Show>
    }
}

#[component]
fn RunAgain(live: LiveExecution) -> impl IntoView {
    let (navigate, toasts) = (use_navigate(), Toasts::get());
    let (id, once) = (live.summary.with_value(|summary| summary.id), Once::new());
    let run = Action::new(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            match rerun_execution(id, once.key()).await {
                Ok(id) => navigate(&format!("/executions/{id}"), Default::default()),
                Err(error) => toasts.fail(error.detail),
            }
        }
    });
    let press = Callback::new(move |_| {
        run.dispatch(());
    });
    view! { <Button icon=Icon::Retry on_click=press disabled=run.pending()>"Run again"</Button> }
}

/// Pause; and once it is paused, one more step or on as usual.
#[component]
fn Steering(live: LiveExecution) -> impl IntoView {
    let is_paused = move || live.state.with(|state| state.paused_by.is_some());
    let pause = move || view! { <Ask live label="Pause" icon=Icon::Hand ask=|id| Box::pin(pause_execution(id))/> };
    view! {
        <Show when=is_paused fallback=pause>
            <Ask live label="Next" icon=Icon::Skip ask=|id| Box::pin(step_execution(id))/>
            <Ask live label="Resume" icon=Icon::Play ask=|id| Box::pin(resume_execution(id))/>
        </Show>
    }
}

type Asked = std::pin::Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send>>;

/// A button that asks something of the execution.
#[component]
fn Ask(live: LiveExecution, label: &'static str, icon: Icon, ask: fn(ExecutionId) -> Asked) -> impl IntoView {
    let toasts = Toasts::get();
    let id = live.summary.with_value(|summary| summary.id);
    let asking = Action::new(move |(): &()| async move {
        if let Err(error) = ask(id).await {
            toasts.fail(error.detail);
        }
    });
    let press = Callback::new(move |_| {
        asking.dispatch(());
    });
    view! { <Button icon on_click=press disabled=asking.pending()>{label}</Button> }
}

#[component]
fn Cancel(live: LiveExecution) -> impl IntoView {
    let toasts = Toasts::get();
    let id = live.summary.with_value(|summary| summary.id);
    let cancel = Action::new(move |(): &()| async move {
        if let Err(error) = cancel_execution(id).await {
            toasts.fail(error.detail);
        }
    });
    let asked = move || live.state.with(|state| state.cancelled_by.is_some());
    let is_under_way = Signal::derive(move || cancel.pending().get() || asked());
    let press = Callback::new(move |_| {
        cancel.dispatch(());
    });
    view! { <Button look=Look::Danger icon=Icon::Close on_click=press disabled=is_under_way>"Cancel"</Button> }
}
