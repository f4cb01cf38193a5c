//! A card per trigger; asks again now and then, so that a schedule's times move on.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    replace::{ReplaceDialog, Replacement},
    schedule::ScheduleCard,
    secret::{SecretChange, SecretDialog},
    webhook::WebhookCard,
};
use crate::{
    api::triggers::list_triggers,
    domain::{
        id::WorkflowId,
        trigger::{Trigger, TriggerSummary},
    },
    ui::components::{Badge, EmptyState, ErrorState, Icon, Look, Skeleton, TextLink, Tone},
};

const ASKS_AGAIN: Duration = Duration::from_secs(10);

/// The triggers of one workflow, or the webhooks and schedules of all.
#[component]
pub fn TriggerList(#[prop(optional)] workflow: Option<WorkflowId>) -> impl IntoView {
    let found = Resource::new(|| (), move |()| list_triggers(workflow));
    let question = Replacement::default();
    let change = SecretChange::default();
    let reload = Callback::new(move |()| found.refetch());
    Effect::new(move |_| {
        // Refused only outside of a browser, where effects do not run.
        if let Ok(clock) = set_interval_with_handle(
            move || {
                if is_seen() {
                    found.refetch()
                }
            },
            ASKS_AGAIN,
        ) {
            on_cleanup(move || clock.clear());
        }
    });
    let shown = move || {
        let found = found.get().and_then(Result::ok).unwrap_or_default();
        found.into_iter().filter(|trigger| workflow.is_some() || trigger.trigger != Trigger::Manual).collect::<Vec<_>>()
    };
    let instead = move || match found.get() {
        Some(Err(error)) => {
            view! { <ErrorState title="The triggers cannot be shown" text=error.detail retry=reload/> }.into_any()
        }
        Some(Ok(_)) if shown().is_empty() => view! { <Nothing workflow/> }.into_any(),
        _ => ().into_any(),
    };
    view! {
        <Transition fallback=|| view! { <Skeleton rows=3/> }>
            {instead}
            <div class="flex flex-col gap-4">
                <For each=shown key=TriggerSummary::clone let:trigger>
                    <TriggerCard trigger named=workflow.is_none() question change reload/>
                </For>
            </div>
        </Transition>
        <ReplaceDialog question on_replaced=reload/>
        <SecretDialog change on_replaced=reload/>
    }
}

fn is_seen() -> bool {
    document().visibility_state() == leptos::web_sys::VisibilityState::Visible
}

#[component]
fn TriggerCard(
    trigger: TriggerSummary,
    named: bool,
    question: Replacement,
    change: SecretChange,
    reload: Callback<()>,
) -> impl IntoView {
    let (icon, body) = match &trigger.trigger {
        Trigger::Webhook { .. } => {
            (Icon::Link, view! { <WebhookCard trigger=trigger.clone() question change reload/> }.into_any())
        }
        Trigger::Schedule { .. } => (Icon::Clock, view! { <ScheduleCard trigger=trigger.clone()/> }.into_any()),
        Trigger::Manual => (
            Icon::Hand,
            view! { <p class="text-muted">"Starts when somebody presses Run in the designer."</p> }.into_any(),
        ),
    };
    let above = named.then(|| {
        let href = format!("/workflows/{}/triggers", trigger.workflow_id);
        view! { <a href=href class="block truncate text-label text-muted hover:text-fg">{trigger.workflow_name.clone()}</a> }
    });
    let live = if trigger.live {
        view! { <Badge tone=Tone::Ok>"Live"</Badge> }.into_any()
    } else {
        view! { <Badge>"Not live"</Badge> }.into_any()
    };
    view! {
        <article class="rounded-xl border border-line bg-surface" aria-label=trigger.node_name.clone() data-trigger=trigger.trigger.kind()>
            <header class="flex items-center gap-3 px-5 pt-4">
                <span class="tile size-9" data-family="trigger">{icon.view("size-[18px]")}</span>
                <div class="min-w-0 flex-1">{above}<h2 class="truncate text-lead font-semibold">{trigger.node_name.clone()}</h2></div>
                {live}
            </header>
            <div class="flex flex-col gap-4 px-5 pt-3 pb-5">{body}</div>
        </article>
    }
}

#[component]
fn Nothing(workflow: Option<WorkflowId>) -> impl IntoView {
    let (title, href, label) = match workflow {
        Some(id) => ("Nothing starts this workflow yet", format!("/workflows/{id}"), "Open the designer"),
        None => ("No webhooks or schedules yet", "/".to_owned(), "Open a workflow"),
    };
    view! {
        <EmptyState
            icon=Icon::Bolt
            title=title
            text="A webhook starts a workflow when a service calls its address, a schedule when the time comes. Add one in the designer and publish."
        >
            <TextLink href=href look=Look::Primary>{label}</TextLink>
        </EmptyState>
    }
}
