//! What is asked for of a new channel: its name, how it tells, where, and the credential that it needs for that.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{ApiError, channels::create_channel, credentials::list_credentials},
    domain::{
        channel::{ChannelKind, NewChannel},
        credential::Credential,
        problem::Problem,
    },
    ui::components::{Button, Look, Notice, Select, TextField, Toasts, Tone},
};

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
pub fn ChannelForm(open: RwSignal<bool>, on_created: Callback<()>) -> impl IntoView {
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
        typed.failure.set(None);
        typed.problems.set(new.problems());
        if typed.problems.with_untracked(Vec::is_empty) {
            save.dispatch(new);
        }
    };
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            <Text name="name" label="Name" value=typed.name typed help="Nodes refer to it by this name." placeholder="Ops"/>
            <Kinds typed/>
            {move || place(typed.kind.get(), typed)}
            <Credentials typed/>
            {move || typed.failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Cancel"</Button>
                <Button look=Look::Primary submit=true disabled=save.pending()>"Save channel"</Button>
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
            typed.credential.set(String::new());
            typed.kind.set(kind);
        }
    });
    let value = Signal::derive(move || typed.kind.get().name().to_owned());
    view! { <Select name="channel-kind" label="Kind" options=kinds value on_change=choose/> }
}

/// Where people are told.
fn place(kind: ChannelKind, typed: Typed) -> impl IntoView {
    let (help, placeholder) = match kind {
        ChannelKind::Email => ("Several are separated by commas.", "ops@example.com"),
        ChannelKind::Slack => ("For a bot; a webhook knows its channel.", "#ops"),
        ChannelKind::Webhook => ("", "https://partner.example.com/hooks"),
        ChannelKind::Discord | ChannelKind::Teams => ("Empty where a credential holds the address.", ""),
    };
    let of_email = (kind == ChannelKind::Email).then(|| {
        view! {
            <Text name="server" label="Mail server" value=typed.server typed help="" placeholder="smtps://mail.example.com"/>
            <Text name="sender" label="From" value=typed.sender typed help="" placeholder="FlowPilot <bot@example.com>"/>
        }
    });
    view! {
        <Text name="target" label=kind.target_label() value=typed.target typed help placeholder/>
        {of_email}
    }
}

/// Those that the channel's task can use.
#[component]
fn Credentials(typed: Typed) -> impl IntoView {
    let known = LocalResource::new(list_credentials);
    let options = Signal::derive(move || {
        let kind = typed.kind.get();
        let fits = |credential: &Credential| kind.takes(credential.kind, &credential.allowed_kinds);
        let names = known.get().and_then(Result::ok).unwrap_or_default().into_iter().filter(fits);
        let none = (String::new(), "None".to_owned());
        std::iter::once(none).chain(names.map(|one| (one.name.clone(), one.name))).collect::<Vec<_>>()
    });
    let choose = Callback::new(move |name| typed.credential.set(name));
    view! {
        <Select
            name="channel-credential"
            label="Credential"
            options=options
            value=typed.credential
            on_change=choose
            help="Logins and secret addresses are kept under Credentials."
            error=typed.error_of("credential")
        />
    }
}

#[component]
fn Text(
    name: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    typed: Typed,
    help: &'static str,
    placeholder: &'static str,
) -> impl IntoView {
    view! {
        <TextField
            name=format!("channel-{name}")
            label=label
            value=value
            on_input=Callback::new(move |text| value.set(text))
            help=help
            placeholder=placeholder
            error=typed.error_of(name)
        />
    }
}
