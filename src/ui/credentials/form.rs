//! The dialog for a new credential and for other values of an old one. Its fields come from the kind.

use leptos::{ev::SubmitEvent, prelude::*};

use super::access::{CHOSEN, EVERYBODY, ways};
use crate::{
    api::{
        ApiError,
        credentials::{create_credential, replace_credential},
        session::confirm_password,
    },
    domain::{
        credential::{Contents, Credential, CredentialKind, NewCredential, SecretField},
        problem::Problem,
        task::Kind,
    },
    ui::components::{Button, Dialog, Look, Notice, Select, TextField, Toasts, Tone},
};

#[component]
pub fn CredentialDialog(
    title: &'static str,
    open: RwSignal<bool>,
    about: RwSignal<Option<Credential>>,
    on_done: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog open title>
            {move || view! { <CredentialForm about=about.get() open on_done/> }}
        </Dialog>
    }
}

/// What is being typed. Nothing of it outlives the dialog.
#[derive(Clone, Copy)]
struct Typed {
    about: StoredValue<Option<Credential>>,
    name: RwSignal<String>,
    kind: RwSignal<CredentialKind>,
    values: RwSignal<std::collections::BTreeMap<String, String>>,
    hosts: RwSignal<String>,
    /// Kinds of node that may use it; empty: all that it fits.
    tasks: RwSignal<Vec<Kind>>,
    /// Of a new one.
    only_chosen: RwSignal<bool>,
    password: RwSignal<String>,
    /// The server wants to see the password before it replaces a secret.
    wants_password: RwSignal<bool>,
    problems: RwSignal<Vec<Problem>>,
    failure: RwSignal<Option<String>>,
}

impl Typed {
    fn new(about: Option<Credential>) -> Self {
        let kind = about.as_ref().map_or(CredentialKind::Token, |credential| credential.kind);
        let hosts = about.as_ref().map(|credential| credential.allowed_hosts.join(", ")).unwrap_or_default();
        let tasks = about.as_ref().map(|credential| credential.allowed_kinds.clone()).unwrap_or_default();
        Self {
            about: StoredValue::new(about),
            name: RwSignal::default(),
            kind: RwSignal::new(kind),
            values: RwSignal::default(),
            hosts: RwSignal::new(hosts),
            tasks: RwSignal::new(tasks),
            only_chosen: RwSignal::new(false),
            password: RwSignal::default(),
            wants_password: RwSignal::new(false),
            problems: RwSignal::default(),
            failure: RwSignal::new(None),
        }
    }

    fn contents(self) -> Contents {
        let kind = self.kind.get_untracked();
        let typed = self.values.get_untracked();
        let hosts = self.hosts.get_untracked();
        let values = kind
            .fields()
            .iter()
            .map(|field| (field.name.to_owned(), typed.get(field.name).cloned().unwrap_or_default()));
        let hosts = hosts.split([',', ';', ' ', '\n']).map(str::trim).filter(|host| !host.is_empty());
        Contents {
            values: values.collect(),
            allowed_hosts: hosts.map(str::to_owned).collect(),
            allowed_kinds: self.tasks.get_untracked(),
        }
        .completed(kind)
    }

    /// Sends it, the password first where it is asked for.
    async fn save(self) -> Result<(), ApiError> {
        if self.wants_password.get_untracked() {
            confirm_password(self.password.get_untracked()).await?;
        }
        let contents = self.contents();
        match self.about.get_value() {
            Some(credential) => replace_credential(credential.id, contents).await,
            None => create_credential(self.new_credential(contents)).await.map(drop),
        }
    }

    fn new_credential(self, contents: Contents) -> NewCredential {
        let (name, kind, only_chosen) =
            (self.name.get_untracked(), self.kind.get_untracked(), self.only_chosen.get_untracked());
        NewCredential { name, kind, contents, only_chosen }
    }

    /// What is wrong as far as the browser can tell.
    fn check(self) -> Vec<Problem> {
        let contents = self.contents();
        match self.about.get_value() {
            Some(credential) => contents.problems(credential.kind),
            None => self.new_credential(contents).problems(),
        }
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_it = |problem: &&Problem| problem.field.as_deref() == Some(field);
            self.problems.with(|problems| problems.iter().find(is_it).map(|problem| problem.message.clone()))
        })
    }

    fn show(self, error: ApiError) {
        self.failure.set(None);
        match error.code.as_str() {
            "confirm_password" => self.wants_password.set(true),
            _ if !error.problems.is_empty() => self.problems.set(error.problems),
            _ => self.failure.set(Some(error.detail)),
        }
    }
}

#[component]
fn CredentialForm(about: Option<Credential>, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let is_new = about.is_none();
    let heading = match &about {
        Some(credential) => format!("Other values for “{}”. The old ones are gone once you save.", credential.name),
        None => "Encrypted when you save it, and never shown again.".to_owned(),
    };
    let typed = Typed::new(about);
    let toasts = Toasts::get();
    let save = Action::new(move |(): &()| typed.save());
    Effect::new(move |_| match save.value().get() {
        Some(Ok(())) => {
            open.set(false);
            toasts.say("The credential is saved.");
            on_done.run(());
        }
        Some(Err(error)) => typed.show(error),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        typed.problems.set(typed.check());
        if typed.problems.with_untracked(Vec::is_empty) {
            save.dispatch_local(());
        }
    };
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            <p class="text-body text-muted">{heading}</p>
            {is_new.then(|| view! { <NameAndKind typed/> })}
            {move || typed.kind.get().fields().iter().map(|field| view! { <ValueField field typed/> }).collect_view()}
            <HostsField typed/>
            {move || view! { <TasksField kind=typed.kind.get() typed/> }}
            {is_new.then(|| view! { <AccessField typed/> })}
            {move || typed.wants_password.get().then(|| view! { <PasswordField typed/> })}
            {move || typed.failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Cancel"</Button>
                <Button look=Look::Primary submit=true disabled=save.pending()>"Save credential"</Button>
            </div>
        </form>
    }
}

#[component]
fn NameAndKind(typed: Typed) -> impl IntoView {
    let kinds = CredentialKind::ALL.into_iter().filter(|kind| kind.is_of_use());
    let kinds = kinds.map(|kind| (kind.name().to_owned(), kind.label().to_owned())).collect::<Vec<_>>();
    let choose = Callback::new(move |name: String| {
        if let Some(kind) = CredentialKind::parse(&name) {
            typed.values.update(|values| values.clear());
            typed.problems.set(Vec::new());
            typed.tasks.set(Vec::new());
            typed.kind.set(kind);
        }
    });
    view! {
        <TextField
            name="credential-name"
            label="Name"
            value=typed.name
            on_input=Callback::new(move |text| typed.name.set(text))
            help="Nodes refer to it by this name."
            placeholder="CRM token"
            error=typed.error_of("name")
            required=true
        />
        <Select
            name="credential-kind"
            label="Kind"
            options=kinds
            value=Signal::derive(move || typed.kind.get().name().to_owned())
            on_change=choose
        />
    }
}

#[component]
fn ValueField(field: &'static SecretField, typed: Typed) -> impl IntoView {
    let value = Signal::derive(move || typed.values.with(|values| values.get(field.name).cloned().unwrap_or_default()));
    let keep = Callback::new(move |text: String| {
        typed.values.update(|values| drop(values.insert(field.name.to_owned(), text)));
    });
    if !field.choices.is_empty() {
        let options: Vec<_> =
            field.choices.iter().map(|choice| (choice.value.to_owned(), choice.label.to_owned())).collect();
        return view! {
            <Select
                name=format!("credential-{}", field.name)
                label=field.label
                options
                value
                on_change=keep
                error=typed.error_of(field.name)
            />
        }
        .into_any();
    }
    view! {
        <TextField
            name=format!("credential-{}", field.name)
            label=field.label
            value=value
            on_input=keep
            help=field.help
            error=typed.error_of(field.name)
            kind=if field.secret { "password" } else { "text" }
            autocomplete=if field.secret { "new-password" } else { "off" }
            required=!field.is_optional
        />
    }
    .into_any()
}

#[component]
fn HostsField(typed: Typed) -> impl IntoView {
    view! {
        <TextField
            name="credential-hosts"
            label="Allowed hosts"
            value=typed.hosts
            on_input=Callback::new(move |text| typed.hosts.set(text))
            help="Hosts that may receive it, with commas. Empty: any host."
            placeholder="crm.example.com, *.example.com"
            error=typed.error_of("allowed_hosts")
        />
    }
}

#[component]
fn AccessField(typed: Typed) -> impl IntoView {
    let way = Signal::derive(move || if typed.only_chosen.get() { CHOSEN } else { EVERYBODY }.to_owned());
    view! {
        <Select
            name="credential-access"
            label="People who may use it"
            options=ways()
            value=way
            on_change=Callback::new(move |way| typed.only_chosen.set(way == CHOSEN))
            help="Its page lets you choose them."
        />
    }
}

/// The kinds of node that may use it, where it fits several. None ticked: all of them.
#[component]
fn TasksField(kind: CredentialKind, typed: Typed) -> impl IntoView {
    let fitting: Vec<Kind> = Kind::ALL.into_iter().filter(|task| kind.fits(*task)).collect();
    if fitting.len() < 2 {
        return ().into_any();
    }
    let boxes = fitting.into_iter().map(|task| view! { <TaskBox task typed/> }).collect_view();
    view! {
        <fieldset class="flex flex-col gap-1.5">
            <legend class="mb-1.5 text-label text-muted">"Nodes that may use it"</legend>
            <div class="grid grid-cols-1 gap-x-4 gap-y-1.5 sm:grid-cols-2">{boxes}</div>
            <p class="text-caption text-muted">"None ticked: all of these."</p>
        </fieldset>
    }
    .into_any()
}

#[component]
fn TaskBox(task: Kind, typed: Typed) -> impl IntoView {
    let is_ticked = move || typed.tasks.with(|tasks| tasks.contains(&task));
    let tick = move |event| {
        let ticked = event_target_checked(&event);
        typed.tasks.update(|tasks| {
            tasks.retain(|known| *known != task);
            if ticked {
                tasks.push(task);
            }
        });
    };
    view! {
        <label class="flex items-center gap-2 text-body">
            <input type="checkbox" name=format!("credential-for-{}", task.name()) prop:checked=is_ticked on:change=tick/>
            {task.spec().label}
        </label>
    }
}

#[component]
fn PasswordField(typed: Typed) -> impl IntoView {
    view! {
        <TextField
            name="credential-own-password"
            label="Your FlowPilot password"
            value=typed.password
            on_input=Callback::new(move |text| typed.password.set(text))
            help="Asked for before a secret is replaced."
            error=typed.error_of("password")
            kind="password"
            autocomplete="current-password"
            required=true
        />
    }
}
