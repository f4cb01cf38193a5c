//! The workspaces of the person: going to another one, making one.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::workspaces::{create_workspace, list_workspaces, switch_workspace},
    domain::{
        account::{Membership, Session},
        id::WorkspaceId,
        role::Action as Right,
    },
    ui::{
        components::{
            Badge, Button, Card, Dialog, Entry, EntryRef, ErrorState, Icon, Look, Skeleton, Toasts, Tone, text,
        },
        login::{Refusal, about},
        session::{CurrentSession, go},
    },
};

#[component]
pub fn Workspaces() -> impl IntoView {
    let workspaces = Resource::new(|| (), |()| list_workspaces());
    let (current, toasts, creating) = (CurrentSession::get(), Toasts::get(), RwSignal::new(false));
    let switching = Action::new(|id: &WorkspaceId| switch_workspace(*id));
    Effect::new(move |_| match switching.value().get() {
        // Everything that is on the screen belongs to the other workspace.
        Some(Ok(())) => go("/"),
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let switch = Callback::new(move |id| {
        switching.dispatch(id);
    });
    let reload = Callback::new(move |()| workspaces.refetch());
    let list = move || {
        let session = current.session()?;
        workspaces.get().map(|found| match found {
            Ok(found) => view! { <List workspaces=found session switch creating/> }.into_any(),
            Err(error) => {
                view! { <ErrorState title="Your workspaces cannot be shown" text=error.detail retry=reload/> }
                    .into_any()
            }
        })
    };
    view! {
        <Card title="Workspaces">
            <Transition fallback=|| view! { <Skeleton rows=1/> }>{list}</Transition>
            <Dialog open=creating title="New workspace"><NewWorkspace/></Dialog>
        </Card>
    }
}

#[component]
fn List(
    workspaces: Vec<Membership>,
    session: Session,
    switch: Callback<WorkspaceId>,
    creating: RwSignal<bool>,
) -> impl IntoView {
    let here = session.workspace;
    let line = move |Membership { workspace, name, role }: Membership| {
        let whereto = format!(" to {name}");
        let action = match workspace == here {
            true => view! { <Badge tone=Tone::Ok>"You are here"</Badge> }.into_any(),
            false => view! {
                <Button on_click=Callback::new(move |_| switch.run(workspace))>"Switch"<span class="sr-only">{whereto}</span></Button>
            }
            .into_any(),
        };
        view! {
            <li class="flex items-center gap-3 py-2.5">
                <div class="min-w-0 flex-1">
                    <p class="truncate text-body font-medium">{name}</p>
                    <p class="text-caption text-muted">{role.name()}</p>
                </div>
                {action}
            </li>
        }
    };
    let may_create = session.role.may(Right::ManageWorkspace);
    let create = may_create.then(|| view! {
        <div class="mt-3"><Button icon=Icon::Plus on_click=Callback::new(move |_| creating.set(true))>"New workspace"</Button></div>
    });
    view! { <ul class="divide-y divide-line">{workspaces.into_iter().map(line).collect_view()}</ul> {create} }
}

#[component]
fn NewWorkspace() -> impl IntoView {
    let name = EntryRef::new();
    let creating = Action::new(|name: &String| create_workspace(name.clone()));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        creating.dispatch(text(name));
    };
    Effect::new(move |_| {
        if let Some(Ok(_)) = creating.value().get() {
            go("/");
        }
    });
    view! {
        <form method="post" class="flex flex-col gap-3 pt-2" on:submit=send>
            <Refusal of=creating/>
            <Entry name="workspace-name" label="Name" input=name error=about(creating, "workspace_name") max_length=100
                help="It has workflows, credentials and members of its own." required=true autofocus=true/>
            <div class="mt-2 flex justify-end">
                <Button look=Look::Primary submit=true disabled=creating.pending()>"Create workspace"</Button>
            </div>
        </form>
    }
}
