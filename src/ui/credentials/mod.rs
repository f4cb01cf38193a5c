//! The page of credentials: what there is, where it may be used, and how it is created, replaced and deleted.

mod access;
mod connection;
mod deletion;
mod form;
mod page;
mod row;
mod trial;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

pub use self::page::CredentialPage;
use self::{deletion::DeletionDialog, form::CredentialDialog, row::CredentialRow};
use super::{
    components::{Button, EmptyState, ErrorState, Icon, Look, Notice, Skeleton, Tone},
    layout::{Frame, Section},
    session::CurrentSession,
};
use crate::{
    api::{ApiError, credentials::list_credentials},
    domain::{credential::Credential, role::Action},
};

/// Which dialog is open, and about what.
#[derive(Clone, Copy)]
struct Dialogs {
    creation: RwSignal<bool>,
    replacement: RwSignal<bool>,
    deletion: RwSignal<bool>,
    /// The credential to replace or delete; none: a new one.
    about: RwSignal<Option<Credential>>,
}

impl Dialogs {
    fn new() -> Self {
        let closed = || RwSignal::new(false);
        Self { creation: closed(), replacement: closed(), deletion: closed(), about: RwSignal::new(None) }
    }

    fn create(self) {
        self.about.set(None);
        self.creation.set(true);
    }

    fn replace(self, credential: Credential) {
        self.about.set(Some(credential));
        self.replacement.set(true);
    }

    fn delete(self, credential: Credential) {
        self.about.set(Some(credential));
        self.deletion.set(true);
    }
}

#[component]
pub fn CredentialsPage() -> impl IntoView {
    let credentials = Resource::new(|| (), |()| list_credentials());
    let dialogs = Dialogs::new();
    let changed = Callback::new(move |()| credentials.refetch());
    let query = use_query_map();
    let is_lost = move || query.with(|query| query.get("connection").is_some());
    let list = move || credentials.get().map(|credentials| contents(credentials, dialogs, changed));

    view! {
        <Frame section=Section::Credentials title="Credentials" actions=move || view! { <HeadButton credentials dialogs/> }>
            {move || is_lost().then(|| view! { <LostConnection/> })}
            <Transition fallback=|| view! { <Skeleton rows=4/> }>{list}</Transition>
            <CredentialDialog title="New credential" open=dialogs.creation about=dialogs.about on_done=changed/>
            <CredentialDialog title="Replace credential" open=dialogs.replacement about=dialogs.about on_done=changed/>
            <DeletionDialog open=dialogs.deletion about=dialogs.about on_done=changed/>
        </Frame>
    }
}

/// Somebody came back from a provider with what belongs to no connection of theirs.
#[component]
fn LostConnection() -> impl IntoView {
    view! {
        <div class="mb-4">
            <Notice tone=Tone::Bad>
                "The answer of the service belongs to no connection that you began in the last ten minutes. Open the credential and connect it again."
            </Notice>
        </div>
    }
}

/// Above the list; where there is none yet, the empty state has the button.
#[component]
fn HeadButton(credentials: Resource<Result<Vec<Credential>, ApiError>>, dialogs: Dialogs) -> impl IntoView {
    let has_list = move || credentials.get().is_some_and(|list| list.is_ok_and(|list| !list.is_empty()));
    let button = move || (has_list() && may_add()).then(|| new_button(dialogs));
    view! { <Transition>{button}</Transition> }
}

fn new_button(dialogs: Dialogs) -> impl IntoView {
    let create = Callback::new(move |_| dialogs.create());
    view! { <Button look=Look::Primary icon=Icon::Plus on_click=create>"New credential"</Button> }
}

/// Read it inside of a `Transition`.
fn may_add() -> bool {
    CurrentSession::get().session().is_some_and(|session| session.role.may(Action::AddCredentials))
}

fn contents(credentials: Result<Vec<Credential>, ApiError>, dialogs: Dialogs, retry: Callback<()>) -> AnyView {
    match credentials {
        Err(error) => {
            view! { <ErrorState title="Credentials cannot be shown" text=error.detail retry=retry/> }.into_any()
        }
        Ok(credentials) if credentials.is_empty() => nothing(dialogs).into_any(),
        Ok(credentials) => {
            let rows = credentials.into_iter().map(|credential| view! { <CredentialRow credential dialogs/> });
            view! {
                <p class="mb-4 text-body text-muted">"Nodes use them by name. Values are encrypted; nobody can read them here."</p>
                <ul aria-label="Credentials" class="divide-y divide-line rounded-xl border border-line bg-surface">
                    {rows.collect_view()}
                </ul>
            }
            .into_any()
        }
    }
}

fn nothing(dialogs: Dialogs) -> impl IntoView {
    let may_add = may_add();
    let text = if may_add {
        "Keep the logins and tokens here that your workflows need: a mail server's, a CRM's, a Slack webhook's address."
    } else {
        "Whoever draws workflows keeps the logins and tokens here that those need."
    };
    view! {
        <EmptyState icon=Icon::Key title="No credentials yet" text=text>
            {may_add.then(|| new_button(dialogs))}
        </EmptyState>
    }
}
