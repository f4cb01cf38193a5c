//! The workspace's notification channels: the list, the dialog for a new one, deleting.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{
        ApiError,
        channels::{create_channel, delete_channel, list_channels},
    },
    domain::{
        channel::{Channel, ChannelKind, NewChannel},
        id::ChannelId,
        problem::Problem,
    },
    ui::components::{
        Button, Card, Cell, Dialog, ErrorState, HeadCell, Icon, Look, Notice, Select, Skeleton, Table, TextField,
        Toasts, Tone,
    },
};

#[component]
pub fn Channels() -> impl IntoView {
    let channels = Resource::new(|| (), |()| list_channels());
    let (creating, toasts) = (RwSignal::new(false), Toasts::get());
    let reload = Callback::new(move |()| channels.refetch());
    let deleting = Action::new(|id: &ChannelId| delete_channel(*id));
    Effect::new(move |_| match deleting.value().get() {
        Some(Ok(())) => {
            toasts.say("The channel is deleted. Nodes that name it fail from now on.");
            channels.refetch();
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let delete = Callback::new(move |id| {
        deleting.dispatch(id);
    });
    let list = move || {
        channels.get().map(|found| match found {
            Ok(found) => view! { <List channels=found delete/> }.into_any(),
            Err(error) => {
                view! { <ErrorState title="The channels cannot be shown" text=error.detail retry=reload/> }.into_any()
            }
        })
    };
    view! {
        <Card title="Notification channels">
            <div class="mb-3 flex flex-wrap items-center justify-between gap-3">
                <p class="text-body text-muted">"Where the node “Notify” tells people something, for the whole workspace."</p>
                <Button icon=Icon::Plus on_click=Callback::new(move |_| creating.set(true))>"Add channel"</Button>
            </div>
            <Transition fallback=|| view! { <Skeleton rows=2/> }>{list}</Transition>
            <Dialog open=creating title="Add a channel">
                {move || creating.get().then(|| view! { <Form open=creating on_created=reload/> })}
            </Dialog>
        </Card>
    }
}

#[component]
fn List(channels: Vec<Channel>, delete: Callback<ChannelId>) -> impl IntoView {
    if channels.is_empty() {
        return view! { <p class="rounded-lg border border-dashed border-line px-4 py-6 text-center text-body text-muted">"There are no channels."</p> }.into_any();
    }
    let row = move |channel: Channel| {
        let Channel { id, settings, .. } = channel;
        let shown = if settings.target.is_empty() { settings.credential } else { settings.target };
        view! {
            <tr>
                <Cell><span class="font-medium">{settings.name}</span></Cell>
                <Cell>{settings.kind.label()}</Cell>
                <Cell><span class="break-all">{shown}</span></Cell>
                <Cell><Button look=Look::Danger on_click=Callback::new(move |_| delete.run(id))>"Delete"</Button></Cell>
            </tr>
        }
    };
    view! {
        <Table label="Notification channels" head=Box::new(|| head().into_any())>
            {channels.into_iter().map(row).collect_view()}
        </Table>
    }
    .into_any()
}

fn head() -> impl IntoView {
    let named = ["Channel", "Kind", "Where"].map(|text| view! { <HeadCell>{text}</HeadCell> });
    view! { {named.collect_view()} <HeadCell><span class="sr-only">"Delete"</span></HeadCell> }
}

/// What is being typed.
#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    kind: RwSignal<ChannelKind>,
    target: RwSignal<String>,
    server: RwSignal<String>,
    sender: RwSignal<String>,
    credential: RwSignal<String>,
    problems: RwSignal<Vec<Problem>>,
    failure: RwSignal<Option<String>>,
}

impl Typed {
    fn new() -> Self {
        Self {
            name: RwSignal::default(),
            kind: RwSignal::new(ChannelKind::Email),
            target: RwSignal::default(),
            server: RwSignal::default(),
            sender: RwSignal::default(),
            credential: RwSignal::default(),
            problems: RwSignal::default(),
            failure: RwSignal::new(None),
        }
    }

    fn channel(self) -> NewChannel {
        let kind = self.kind.get_untracked();
        let is_email = kind == ChannelKind::Email;
        let of_email = |text: RwSignal<String>| if is_email { text.get_untracked() } else { String::new() };
        NewChannel {
            name: self.name.get_untracked(),
            kind,
            target: self.target.get_untracked(),
            server: of_email(self.server),
            sender: of_email(self.sender),
            credential: self.credential.get_untracked(),
        }
        .trimmed()
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_it = |problem: &&Problem| problem.field.as_deref() == Some(field);
            self.problems.with(|problems| problems.iter().find(is_it).map(|problem| problem.message.clone()))
        })
    }

    fn show(self, error: ApiError) {
        match error.problems.is_empty() {
            false => self.problems.set(error.problems),
            true => self.failure.set(Some(error.detail)),
        }
    }
}

#[component]
fn Form(open: RwSignal<bool>, on_created: Callback<()>) -> impl IntoView {
    let (typed, toasts) = (Typed::new(), Toasts::get());
    let save = Action::new(move |new: &NewChannel| create_channel(new.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(_)) => {
            open.set(false);
            toasts.say("The channel is there.");
            on_created.run(());
        }
        Some(Err(error)) => typed.show(error),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let new = typed.channel();
        typed.problems.set(new.problems());
        if typed.problems.with_untracked(Vec::is_empty) {
            save.dispatch(new);
        }
    };
    let of_email = move || {
        (typed.kind.get() == ChannelKind::Email).then(|| view! {
            <Text name="server" label="Mail server" value=typed.server typed help="Such as smtps://mail.example.com."/>
            <Text name="sender" label="From" value=typed.sender typed help="Such as FlowPilot <bot@example.com>."/>
        })
    };
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            <Text name="name" label="Name" value=typed.name typed help="Nodes refer to it by this name."/>
            <Kinds typed/>
            {move || {
                let label = typed.kind.get().target_label();
                view! { <Text name="target" label value=typed.target typed help="Empty where the credential holds it."/> }
            }}
            {of_email}
            <Text name="credential" label="Credential" value=typed.credential typed
                help="The name of one; secret addresses belong there. Empty: none."/>
            {move || typed.failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Cancel"</Button>
                <Button look=Look::Primary submit=true disabled=save.pending()>"Add channel"</Button>
            </div>
        </form>
    }
}

#[component]
fn Kinds(typed: Typed) -> impl IntoView {
    let kinds = ChannelKind::ALL.map(|kind| (kind.name().to_owned(), kind.label().to_owned())).to_vec();
    let choose = Callback::new(move |name: String| {
        if let Some(kind) = ChannelKind::parse(&name) {
            typed.problems.set(Vec::new());
            typed.kind.set(kind);
        }
    });
    let value = Signal::derive(move || typed.kind.get().name().to_owned());
    view! { <Select name="channel-kind" label="Kind" options=kinds value on_change=choose/> }
}

#[component]
fn Text(
    name: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    typed: Typed,
    help: &'static str,
) -> impl IntoView {
    view! {
        <TextField
            name=format!("channel-{name}")
            label=label
            value=value
            on_input=Callback::new(move |text| value.set(text))
            help=help
            error=typed.error_of(name)
        />
    }
}
