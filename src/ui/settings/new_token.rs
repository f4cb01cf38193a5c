//! The dialog that creates a token and shows its secret, once.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use super::reach::{Choice, ReachFields};
use crate::{
    api::{ApiError, tokens::create_token},
    domain::{
        account::{NewToken, TOKEN_DAYS, TOKEN_DAYS_MAX, TokenWish},
        role::Role,
    },
    ui::{
        components::{Button, CopyButton, Dialog, Entry, EntryRef, Look, Notice, Select, Tone, text},
        confirmation::{Confirmation, PasswordWhenAsked, confirm},
        login::{Refusal, about},
        session::CurrentSession,
    },
};

#[component]
pub fn NewTokenDialog(open: RwSignal<bool>, on_created: Callback<()>) -> impl IntoView {
    let created = RwSignal::new(None::<NewToken>);
    Effect::new(move |_| {
        if !open.get() {
            created.set(None);
        }
    });
    let keep = Callback::new(move |token| {
        created.set(Some(token));
        on_created.run(());
    });
    let (current, role) = (CurrentSession::get(), RwSignal::new(None::<Role>));
    // Once: a session that is asked about again must not empty what somebody types.
    Effect::new(move |_| {
        spawn_local(async move {
            role.try_set(current.role().await);
        });
    });
    let content = move || match (created.get(), role.get()) {
        (Some(token), _) => view! { <Secret secret=token.secret open/> }.into_any(),
        (None, Some(role)) => view! { <Form keep role/> }.into_any(),
        (None, None) => ().into_any(),
    };
    view! { <Dialog open title="Create an API token" wide=true>{content}</Dialog> }
}

/// What the person filled in; the password only where the server asked for it.
type Wish = (TokenWish, Option<String>);

async fn create((wish, password): Wish) -> Result<NewToken, ApiError> {
    confirm(password).await?;
    create_token(wish).await
}

#[component]
fn Form(keep: Callback<NewToken>, role: Role) -> impl IntoView {
    let name = EntryRef::new();
    let days = RwSignal::new(TOKEN_DAYS.to_string());
    let choice = Choice::of(role);
    let creating = Action::new(|wish: &Wish| create(wish.clone()));
    let confirmation = Confirmation::of(creating);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let days = days.get_untracked().parse().unwrap_or(TOKEN_DAYS);
        let wish = TokenWish { name: text(name), days, reach: choice.reach() };
        creating.dispatch((wish, confirmation.password()));
    };
    Effect::new(move |_| {
        if let Some(Ok(token)) = creating.value().get() {
            keep.run(token);
        }
    });
    let choices = [7, 30, TOKEN_DAYS, 180, TOKEN_DAYS_MAX].map(|days| (days.to_string(), format!("{days} days")));
    let limits = [about(creating, "scopes"), about(creating, "networks")];
    view! {
        <form method="post" class="flex flex-col gap-4 pt-2" on:submit=send>
            <Refusal of=creating/>
            <div class="grid gap-3 sm:grid-cols-[minmax(0,1fr)_140px]">
                <Entry name="token-name" label="Name" help="What will use it, such as the deploy script." input=name max_length=100
                    error=about(creating, "name") required=true autofocus=true/>
                <Select name="days" label="Valid for" options=choices.to_vec() value=days on_change=Callback::new(move |text| days.set(text))/>
            </div>
            <ReachFields choice scopes=limits[0] networks=limits[1]/>
            <PasswordWhenAsked confirmation of=creating/>
            <div class="flex justify-end">
                <Button look=Look::Primary submit=true disabled=creating.pending()>"Create token"</Button>
            </div>
        </form>
    }
}

#[component]
fn Secret(secret: String, open: RwSignal<bool>) -> impl IntoView {
    let shown = secret.clone();
    view! {
        <div class="flex flex-col gap-4 pt-2">
            <Notice tone=Tone::Wait>"Copy the token now. It is shown this once; only its hash is kept."</Notice>
            <code class="mono rounded-lg border border-line bg-canvas px-3 py-2.5 break-all select-all" data-testid="token">{shown}</code>
            <div class="flex justify-end gap-2">
                <CopyButton text=secret what="the token"/>
                <Button look=Look::Primary on_click=Callback::new(move |_| open.set(false))>"Done"</Button>
            </div>
        </div>
    }
}
