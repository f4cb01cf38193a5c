//! What a trigger's parameters come to: a webhook's address, a schedule's next times.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::node::Subject;
use crate::{
    api::{self, ApiError},
    domain::{task::Kind, trigger},
    ui::{
        components::{Icon, IconButton, Time, Toasts},
        designer::saver::SaveState,
    },
};

#[component]
pub fn TriggerInfo(subject: Subject) -> impl IntoView {
    match subject.kind {
        Kind::Webhook => view! { <Address subject/> }.into_any(),
        _ => ().into_any(),
    }
}

/// The webhook's URL. It exists once the draft with its node was saved, and answers once it is published.
#[component]
fn Address(subject: Subject) -> impl IntoView {
    let editor = subject.editor;
    let saved = Memo::new(move |_| {
        (editor.saver.state.get() == SaveState::Saved).then(|| editor.live.get().map(|(version, _)| version))
    });
    let triggers = LocalResource::new(move || {
        saved.track();
        api::triggers::list_triggers(Some(editor.id))
    });
    let found = move || {
        let triggers = triggers.get()?.ok()?;
        triggers.into_iter().find(|trigger| subject.id.with_value(|id| trigger.node == *id))
    };
    let toasts = Toasts::get();
    let copy = move |url: String| {
        drop(window().navigator().clipboard().write_text(&url));
        toasts.say("Copied the address.");
    };
    let shown = move || {
        found().map(|trigger| {
            let note = if trigger.live { "Live: posts start executions." } else { "Answers once the workflow is published." };
            let line = trigger.url.map(|url| {
                let text = url.clone();
                view! {
                    <div class="flex items-center gap-1 rounded-lg border border-line bg-canvas py-0.5 pr-0.5 pl-2.5">
                        <output class="mono min-w-0 flex-1 truncate" data-webhook-url=text.clone() title=url>{text.clone()}</output>
                        <IconButton icon=Icon::Copy label="Copy the address" on_click=Callback::new(move |_| copy(text.clone()))/>
                    </div>
                }
            });
            view! {
                <div class="flex flex-col gap-1.5">
                    <span class="text-label text-muted">"Address"</span>
                    {line}
                    <p class="text-caption text-muted">{note}</p>
                </div>
            }
        })
    };
    view! { <Transition>{shown}</Transition> }
}

/// The pattern in words and its next times, a moment after the last change.
#[component]
pub fn SchedulePreview(subject: Subject) -> impl IntoView {
    let pattern = subject.read(|node| {
        let text = |field: &str| super::field::text_of(node.parameters.get(field));
        (text("cron"), text("time_zone"))
    });
    let preview = RwSignal::new(None::<Result<trigger::SchedulePreview, ApiError>>);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let (cron, time_zone) = pattern.get();
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        let ask = move || {
            spawn_local(async move {
                let answer = api::triggers::preview_schedule(cron.clone(), time_zone.clone()).await;
                // An answer to what was typed before must not replace a newer one.
                if pattern.try_get_untracked() == Some((cron, time_zone)) {
                    preview.set(Some(answer));
                }
            });
        };
        timer.set_value(set_timeout_with_handle(ask, Duration::from_millis(250)).ok());
    });
    let shown = move || match preview.get() {
        Some(Ok(preview)) => Some(view! { <Times preview/> }.into_any()),
        Some(Err(error)) => Some(view! { <p class="text-caption text-bad-text">{error.detail}</p> }.into_any()),
        None => None,
    };
    view! { <div class="mt-2" aria-live="polite">{shown}</div> }
}

#[component]
fn Times(preview: trigger::SchedulePreview) -> impl IntoView {
    let lines = preview.next.into_iter().map(|time| {
        view! { <li class="flex justify-between gap-3"><span class="mono">{time.local}</span><span class="text-muted"><Time at=time.at/></span></li> }
    });
    view! {
        <div class="rounded-lg bg-hover px-3 py-2 text-label">
            <p class="font-medium">{preview.description}</p>
            <ul class="mt-1 flex flex-col gap-0.5" aria-label="Next times">{lines.collect_view()}</ul>
        </div>
    }
}
