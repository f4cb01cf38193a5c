//! Giving a webhook another secret: made here and shown once, or the one that the service made.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{ApiError, session::confirm_password, triggers::replace_webhook_secret},
    domain::{
        id::TriggerId,
        trigger::{NewSecret, Trigger, TriggerSummary},
    },
    ui::components::{Button, CopyButton, Dialog, Look, Notice, Select, TextField, Time, Tone},
};

/// The question, and which webhook it is about.
#[derive(Clone, Copy, Default)]
pub struct SecretChange {
    open: RwSignal<bool>,
    about: RwSignal<Option<About>>,
}

#[derive(Clone)]
struct About {
    id: TriggerId,
    node: String,
    credential: String,
    is_theirs: bool,
}

impl SecretChange {
    pub fn ask(self, trigger: &TriggerSummary) {
        let Trigger::Webhook { auth, .. } = &trigger.trigger else { return };
        let Some(credential) = auth.secret().map(str::to_owned) else { return };
        let (node, is_theirs) = (trigger.node_name.clone(), auth.is_secret_theirs());
        self.about.set(Some(About { id: trigger.id, node, credential, is_theirs }));
        self.open.set(true);
    }
}

#[component]
pub fn SecretDialog(change: SecretChange, on_replaced: Callback<()>) -> impl IntoView {
    let open = change.open;
    view! {
        <Dialog open title="Replace the secret">
            {move || change.about.get().map(|about| view! { <Change about open on_replaced/> })}
        </Dialog>
    }
}

/// What is being typed. Nothing of it outlives the dialog.
#[derive(Clone, Copy)]
struct Typed {
    id: TriggerId,
    is_theirs: RwSignal<bool>,
    secret: RwSignal<String>,
    password: RwSignal<String>,
    wants_password: RwSignal<bool>,
    failure: RwSignal<Option<String>>,
}

impl Typed {
    async fn send(self) -> Result<NewSecret, ApiError> {
        if self.wants_password.get_untracked() {
            confirm_password(self.password.get_untracked()).await?;
        }
        let entered = self.is_theirs.get_untracked().then(|| self.secret.get_untracked());
        replace_webhook_secret(self.id, entered).await
    }

    fn show(self, error: ApiError) {
        match error.code.as_str() {
            "confirm_password" => self.wants_password.set(true),
            _ => self.failure.set(Some(error.detail)),
        }
    }
}

#[component]
fn Change(about: About, open: RwSignal<bool>, on_replaced: Callback<()>) -> impl IntoView {
    let typed = Typed {
        id: about.id,
        is_theirs: RwSignal::new(about.is_theirs),
        secret: RwSignal::default(),
        password: RwSignal::default(),
        wants_password: RwSignal::new(false),
        failure: RwSignal::new(None),
    };
    let made = RwSignal::new(None::<NewSecret>);
    let send = Action::new(move |(): &()| typed.send());
    Effect::new(move |_| match send.value().get() {
        Some(Ok(new)) => {
            made.set(Some(new));
            on_replaced.run(());
        }
        Some(Err(error)) => typed.show(error),
        None => {}
    });
    let close = Callback::new(move |_| open.set(false));
    move || match made.get() {
        Some(new) => view! { <Made new close/> }.into_any(),
        None => view! { <Question about=about.clone() typed send close/> }.into_any(),
    }
}

#[component]
fn Question(
    about: About,
    typed: Typed,
    send: Action<(), Result<NewSecret, ApiError>>,
    close: Callback<leptos::ev::MouseEvent>,
) -> impl IntoView {
    let About { node, credential, .. } = about;
    let ways = vec![
        ("ours".to_owned(), "a new one, made by FlowPilot".to_owned()),
        ("theirs".to_owned(), "the one that the service made".to_owned()),
    ];
    let way = Signal::derive(move || if typed.is_theirs.get() { "theirs" } else { "ours" }.to_owned());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        typed.failure.set(None);
        send.dispatch_local(());
    };
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            <p class="text-body">
                "For 24 hours “"{node}"” takes calls with the old secret too: time to give the new one to the service. Whatever else uses the credential “"
                {credential}"” has the new one at once."
            </p>
            <Select
                name="secret-way"
                label="New secret"
                options=ways
                value=way
                on_change=Callback::new(move |way| typed.is_theirs.set(way == "theirs"))
            />
            {move || typed.is_theirs.get().then(|| secret_field(typed))}
            {move || typed.wants_password.get().then(|| password_field(typed))}
            {move || typed.failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=close>"Cancel"</Button>
                <Button look=Look::Primary submit=true disabled=send.pending()>"Replace secret"</Button>
            </div>
        </form>
    }
}

fn secret_field(typed: Typed) -> impl IntoView {
    view! {
        <TextField
            name="secret-value"
            label="Secret"
            value=typed.secret
            on_input=Callback::new(move |text| typed.secret.set(text))
            kind="password"
            autocomplete="new-password"
            required=true
        />
    }
}

fn password_field(typed: Typed) -> impl IntoView {
    view! {
        <TextField
            name="secret-own-password"
            label="Your FlowPilot password"
            value=typed.password
            on_input=Callback::new(move |text| typed.password.set(text))
            help="Asked for before a secret is replaced."
            kind="password"
            autocomplete="current-password"
            required=true
        />
    }
}

#[component]
fn Made(new: NewSecret, close: Callback<leptos::ev::MouseEvent>) -> impl IntoView {
    let shown = new.secret.map(|secret| {
        view! {
            <p class="text-body">"The new secret. Copy it now: it is not shown again."</p>
            <div class="flex items-center gap-2">
                <code class="control mono min-w-0 flex-1 truncate select-all" data-testid="new-secret">{secret.clone()}</code>
                <CopyButton text=secret what="the secret"/>
            </div>
        }
    });
    view! {
        <div class="flex flex-col gap-4">
            {shown}
            <Notice tone=Tone::Ok>"The old secret counts until "<Time at=new.old_until/>"."</Notice>
            <div class="flex justify-end"><Button look=Look::Primary on_click=close>"Done"</Button></div>
        </div>
    }
}
