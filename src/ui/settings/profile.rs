//! Name, address, workspace and role.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::session::change_name,
    domain::account::Session,
    ui::{
        components::{Badge, Button, Card, Entry, EntryRef, Skeleton, Toasts, text},
        login::about,
        session::CurrentSession,
    },
};

#[component]
pub fn Profile() -> impl IntoView {
    let current = CurrentSession::get();
    let form = move || current.session().map(|session| view! { <Form session/> });
    view! {
        <Card title="You">
            <Transition fallback=|| view! { <Skeleton rows=2/> }>{form}</Transition>
        </Card>
    }
}

#[component]
fn Form(session: Session) -> impl IntoView {
    let Session { email, name, workspace_name, role, .. } = session;
    let (current, toasts, entry) = (CurrentSession::get(), Toasts::get(), EntryRef::new());
    let saving = Action::new(|name: &String| change_name(name.clone()));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        saving.dispatch(text(entry));
    };
    Effect::new(move |_| match saving.value().get() {
        Some(Ok(())) => {
            toasts.say("Your name is saved.");
            current.reload();
        }
        Some(Err(error)) if error.problems.is_empty() => toasts.fail(error.detail),
        _ => {}
    });
    view! {
        <dl class="mb-4 grid grid-cols-[96px_minmax(0,1fr)] gap-x-4 gap-y-2.5 text-body">
            <dt class="text-muted">"Email"</dt>
            <dd class="truncate">{email}</dd>
            <dt class="text-muted">"Workspace"</dt>
            <dd class="flex min-w-0 items-center gap-2"><span class="truncate">{workspace_name}</span><Badge>{role.name()}</Badge></dd>
        </dl>
        <form method="post" class="flex items-end gap-2" on:submit=send>
            <div class="min-w-0 flex-1">
                <Entry name="name" label="Name" value=name input=entry autocomplete="name" max_length=100 error=about(saving, "name")/>
            </div>
            <div class="flex h-9 items-center"><Button submit=true disabled=saving.pending()>"Save"</Button></div>
        </form>
    }
}
