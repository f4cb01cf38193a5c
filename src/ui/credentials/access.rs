//! Who may use a credential in what they publish: everybody, or chosen people.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{
        ApiError,
        credentials::{credential_access, set_credential_access},
    },
    domain::{
        credential::{Access, Trustee},
        id::{CredentialId, UserId},
    },
    ui::{
        components::{Badge, Button, Card, Look, Select, Skeleton, Toasts},
        confirmation::{Confirmation, PasswordWhenAsked, confirm},
        login::Refusal,
    },
};

/// The two ways, as a choice.
pub const EVERYBODY: &str = "everybody";
pub const CHOSEN: &str = "chosen";

#[component]
pub fn AccessCard(id: CredentialId) -> impl IntoView {
    let access = Resource::new(move || id, credential_access);
    let form = move || {
        access.get().map(|access| match access {
            Err(error) => view! { <p class="text-body text-bad-text">{error.detail}</p> }.into_any(),
            Ok(access) => view! { <AccessForm id access/> }.into_any(),
        })
    };
    view! {
        <Card title="Who may use it">
            <Transition fallback=|| view! { <Skeleton rows=2/> }>{form}</Transition>
        </Card>
    }
}

async fn save(
    id: CredentialId,
    only_chosen: bool,
    people: Vec<UserId>,
    password: Option<String>,
) -> Result<(), ApiError> {
    confirm(password).await?;
    set_credential_access(id, only_chosen, people).await
}

#[component]
fn AccessForm(id: CredentialId, access: Access) -> impl IntoView {
    let Access { only_chosen, people } = access;
    let chosen = people.iter().filter(|one| one.is_chosen).map(|one| one.id).collect::<Vec<_>>();
    let (narrow, chosen) = (RwSignal::new(only_chosen), RwSignal::new(chosen));
    let toasts = Toasts::get();
    let saving = Action::new(move |password: &Option<String>| {
        save(id, narrow.get_untracked(), chosen.get_untracked(), password.clone())
    });
    let confirmation = Confirmation::of(saving);
    Effect::new(move |_| {
        if let Some(Ok(())) = saving.value().get() {
            toasts.say("Saved. It counts from the next task on.");
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        saving.dispatch(confirmation.password());
    };
    let way = Signal::derive(move || if narrow.get() { CHOSEN } else { EVERYBODY }.to_owned());
    let people = StoredValue::new(people);
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            <Refusal of=saving/>
            <Select
                name="credential-access"
                label="In workflows that they publish, or try as a draft"
                options=ways()
                value=way
                on_change=Callback::new(move |way| narrow.set(way == CHOSEN))
            />
            <Show when=move || narrow.get()>
                <ul aria-label="People" class="-my-1 flex flex-col">
                    {people.get_value().into_iter().map(|trustee| view! { <TrusteeBox trustee chosen/> }).collect_view()}
                </ul>
            </Show>
            <PasswordWhenAsked confirmation of=saving/>
            <div><Button look=Look::Secondary submit=true disabled=saving.pending()>"Save"</Button></div>
        </form>
    }
}

pub fn ways() -> Vec<(String, String)> {
    let everybody = "Everybody who may publish workflows";
    let chosen = "Owners, admins, who created it, and chosen people";
    vec![(EVERYBODY.to_owned(), everybody.to_owned()), (CHOSEN.to_owned(), chosen.to_owned())]
}

#[component]
fn TrusteeBox(trustee: Trustee, chosen: RwSignal<Vec<UserId>>) -> impl IntoView {
    let Trustee { id, email, name, role, always, .. } = trustee;
    let is_ticked = move || always || chosen.with(|chosen| chosen.contains(&id));
    let tick = move |event| {
        let ticked = event_target_checked(&event);
        chosen.update(|chosen| {
            chosen.retain(|known| *known != id);
            if ticked {
                chosen.push(id);
            }
        });
    };
    let second = (!name.is_empty()).then(|| view! { <span class="text-muted">" · "{email.clone()}</span> });
    let label = if name.is_empty() { email } else { name };
    view! {
        <li>
            <label class="flex min-h-11 items-center gap-2.5 text-body">
                <input type="checkbox" prop:checked=is_ticked disabled=always on:change=tick/>
                <span class="min-w-0 flex-1 truncate">{label}{second}</span>
                <Badge>{role.name()}</Badge>
            </label>
        </li>
    }
}
