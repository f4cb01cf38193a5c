//! The page of notification channels: what there is, the dialog for a new one, the question before one is deleted.

use leptos::prelude::*;

use super::{Tab, channel_form::ChannelForm, tabs};
use crate::{
    api::{
        ApiError,
        channels::{delete_channel, list_channels},
    },
    domain::{
        channel::{Channel, ChannelKind},
        role::Action as Right,
    },
    ui::{
        components::{Button, Dialog, EmptyState, ErrorState, Icon, IconButton, Look, Notice, Skeleton, Toasts, Tone},
        layout::{Frame, Section},
        session::CurrentSession,
    },
};

/// What is under way on the page.
#[derive(Clone, Copy)]
struct Doing {
    adding: RwSignal<bool>,
    deleting: RwSignal<bool>,
    /// The channel to delete.
    about: RwSignal<Option<Channel>>,
}

#[component]
pub fn ChannelsPage() -> impl IntoView {
    let channels = Resource::new(|| (), |()| list_channels());
    let doing = Doing { adding: RwSignal::new(false), deleting: RwSignal::new(false), about: RwSignal::new(None) };
    let changed = Callback::new(move |()| channels.refetch());
    let content = move || channels.get().map(|found| contents(found, doing, changed));
    view! {
        <Frame section=Section::Settings title="Settings" tabs=|| tabs(Tab::Channels) actions=move || view! { <HeadButton channels doing/> }>
            <div class="mx-auto flex max-w-3xl flex-col">
                <Transition fallback=|| view! { <Skeleton rows=3/> }>{content}</Transition>
            </div>
            <Dialog open=doing.adding title="Add a channel">
                <ChannelForm open=doing.adding on_created=changed/>
            </Dialog>
            <Dialog open=doing.deleting title="Delete channel">
                {move || doing.about.get().map(|channel| view! { <Question channel open=doing.deleting on_done=changed/> })}
            </Dialog>
        </Frame>
    }
}

/// Above the list; where there is none yet, the empty state has the button.
#[component]
fn HeadButton(channels: Resource<Result<Vec<Channel>, ApiError>>, doing: Doing) -> impl IntoView {
    let has_list = move || channels.get().is_some_and(|list| list.is_ok_and(|list| !list.is_empty()));
    let button = move || (has_list() && may_manage()).then(|| add_button(doing));
    view! { <Transition>{button}</Transition> }
}

fn add_button(doing: Doing) -> impl IntoView {
    let add = Callback::new(move |_| doing.adding.set(true));
    view! { <Button look=Look::Primary icon=Icon::Plus on_click=add>"Add channel"</Button> }
}

/// Read it inside of a `Transition`.
fn may_manage() -> bool {
    CurrentSession::get().session().is_some_and(|session| session.role.may(Right::ManageCredentials))
}

fn contents(channels: Result<Vec<Channel>, ApiError>, doing: Doing, retry: Callback<()>) -> AnyView {
    match channels {
        Err(error) => {
            view! { <ErrorState title="The channels cannot be shown" text=error.detail retry=retry/> }.into_any()
        }
        Ok(channels) if channels.is_empty() => nothing(doing).into_any(),
        Ok(channels) => {
            let may_manage = may_manage();
            let row = move |channel: Channel| view! { <Row channel may_manage doing/> };
            view! {
                <p class="mb-4 text-body text-muted">"The node “Notify” tells people something here. It names a channel, so that workflows stay as they are when the place changes."</p>
                <ul aria-label="Channels" class="divide-y divide-line rounded-xl border border-line bg-surface">
                    {channels.into_iter().map(row).collect_view()}
                </ul>
            }
            .into_any()
        }
    }
}

fn nothing(doing: Doing) -> impl IntoView {
    let may_manage = may_manage();
    let text = if may_manage {
        "Say once where people are told something: by email, Slack, Discord, Teams or a webhook. The node “Notify” names the channel."
    } else {
        "Owners and admins say here where people are told something. Ask one of them to add a channel."
    };
    view! {
        <EmptyState icon=Icon::Chat title="No channels yet" text=text>
            {may_manage.then(|| add_button(doing))}
        </EmptyState>
    }
}

#[component]
fn Row(channel: Channel, may_manage: bool, doing: Doing) -> impl IntoView {
    let settings = channel.settings.clone();
    let place = if settings.target.is_empty() { settings.credential } else { settings.target };
    let label = format!("Delete {}", settings.name);
    let ask = Callback::new(move |_| {
        doing.about.set(Some(channel.clone()));
        doing.deleting.set(true);
    });
    view! {
        <li class="flex items-center gap-3.5 px-4 py-3">
            <span class="grid size-9 shrink-0 place-items-center rounded-lg border border-line text-muted">
                {icon(settings.kind).view("")}
            </span>
            <div class="min-w-0 flex-1">
                <p class="truncate text-body font-medium">{settings.name}</p>
                <p class="text-label break-words text-muted">{settings.kind.label()} " · " {place}</p>
            </div>
            {may_manage.then(|| view! { <IconButton icon=Icon::Trash label=label on_click=ask/> })}
        </li>
    }
}

fn icon(kind: ChannelKind) -> Icon {
    match kind {
        ChannelKind::Slack => Icon::Hash,
        ChannelKind::Discord | ChannelKind::Teams => Icon::Chat,
        ChannelKind::Webhook => Icon::External,
        ChannelKind::Email => Icon::Mail,
    }
}

#[component]
fn Question(channel: Channel, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let (id, name, toasts) = (channel.id, channel.settings.name, Toasts::get());
    let delete = Action::new(move |()| delete_channel(id));
    let failure = move || delete.value().get().and_then(Result::err);
    let said = name.clone();
    Effect::new(move |_| {
        if matches!(delete.value().get(), Some(Ok(()))) {
            open.set(false);
            toasts.say(format!("“{said}” is deleted."));
            on_done.run(());
        }
    });
    let confirm = Callback::new(move |_| {
        delete.dispatch(());
    });
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-body">"Nodes that name “" {name} "” fail from then on."</p>
            {move || failure().map(|error| view! { <Notice tone=Tone::Bad>{error.detail}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Keep it"</Button>
                <Button look=Look::Danger on_click=confirm disabled=delete.pending()>"Delete channel"</Button>
            </div>
        </div>
    }
}
