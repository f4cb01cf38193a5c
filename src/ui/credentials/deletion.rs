//! The question before a credential is deleted: who would miss it.

use leptos::prelude::*;

use crate::{
    api::{
        ApiError,
        credentials::{credential_usage, delete_credential},
    },
    domain::credential::{Credential, Usage, Use},
    ui::components::{Button, Dialog, Look, Notice, Skeleton, Toasts, Tone},
};

#[component]
pub fn DeletionDialog(
    open: RwSignal<bool>,
    about: RwSignal<Option<Credential>>,
    on_done: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog open title="Delete credential">
            {move || about.get().map(|credential| view! { <Question credential open on_done/> })}
        </Dialog>
    }
}

#[component]
fn Question(credential: Credential, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let (id, name) = (credential.id, credential.name);
    let usage = LocalResource::new(move || credential_usage(id));
    let toasts = Toasts::get();
    let delete = Action::new(move |even_if_used: &bool| delete_credential(id, *even_if_used));
    let failure =
        move || delete.value().with(|result| result.as_ref().and_then(|result| result.as_ref().err().cloned()));
    let said = name.clone();
    Effect::new(move |_| {
        if delete.value().with(|result| matches!(result, Some(Ok(())))) {
            open.set(false);
            toasts.say(format!("“{said}” is deleted."));
            on_done.run(());
        }
    });
    let confirm = Callback::new(move |_| {
        let is_used = usage.get_untracked().is_some_and(|usage| usage.is_ok_and(|usage| !usage.is_empty()));
        delete.dispatch_local(is_used);
    });
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-body">"“" {name} "” and its values will be gone for good."</p>
            <Suspense fallback=|| view! { <Skeleton rows=1/> }>{move || usage.get().map(told)}</Suspense>
            {move || failure().map(|error| view! { <Notice tone=Tone::Bad>{error.detail}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Keep it"</Button>
                <Button look=Look::Danger on_click=confirm disabled=delete.pending()>"Delete credential"</Button>
            </div>
        </div>
    }
}

fn told(usage: Result<Usage, ApiError>) -> AnyView {
    match usage {
        Err(error) => view! { <Notice tone=Tone::Bad>{error.detail}</Notice> }.into_any(),
        Ok(usage) if usage.is_empty() => {
            view! { <p class="text-body text-muted">"No workflow uses it."</p> }.into_any()
        }
        Ok(Usage { nodes, channels }) => {
            let nodes = nodes.into_iter().map(|Use { workflow_name, node_name, .. }| named(workflow_name, node_name));
            let channels = channels.into_iter().map(|name| named("Channel".to_owned(), name));
            let names = nodes.chain(channels).collect_view();
            view! {
                <Notice tone=Tone::Wait>
                    "These use it and will fail without it:"
                    <ul class="mt-1 list-disc pl-5">{names}</ul>
                </Notice>
            }
            .into_any()
        }
    }
}

fn named(place: String, name: String) -> impl IntoView {
    view! { <li class="break-words">{place}<span class="opacity-80">" · "{name}</span></li> }
}
