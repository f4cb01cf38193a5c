//! The dialog that creates a token and shows its secret, once.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{ApiError, session::confirm_password, tokens::create_token},
    domain::account::{NewToken, TOKEN_DAYS, TOKEN_DAYS_MAX},
    ui::{
        components::{Button, Dialog, Entry, EntryRef, Icon, Look, Notice, Select, Toasts, Tone, text},
        login::{Refusal, about},
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
    let content = move || match created.get() {
        Some(token) => view! { <Secret secret=token.secret open/> }.into_any(),
        None => view! { <Form keep/> }.into_any(),
    };
    view! { <Dialog open title="Create an API token">{content}</Dialog> }
}

/// What the person filled in; the password only where the server asked for it.
#[derive(Clone)]
struct Wish {
    name: String,
    days: u16,
    password: Option<String>,
}

async fn create(wish: Wish) -> Result<NewToken, ApiError> {
    if let Some(password) = wish.password {
        confirm_password(password).await?;
    }
    create_token(wish.name, wish.days).await
}

#[component]
fn Form(keep: Callback<NewToken>) -> impl IntoView {
    let (name, password) = (EntryRef::new(), EntryRef::new());
    let days = RwSignal::new(TOKEN_DAYS.to_string());
    let (must_confirm, set_must_confirm) = signal(false);
    let creating = Action::new(|wish: &Wish| create(wish.clone()));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let password = must_confirm.get_untracked().then(|| text(password));
        creating.dispatch(Wish {
            name: text(name),
            days: days.get_untracked().parse().unwrap_or(TOKEN_DAYS),
            password,
        });
    };
    Effect::new(move |_| match creating.value().get() {
        Some(Ok(token)) => keep.run(token),
        Some(Err(error)) if error.code == "confirm_password" => set_must_confirm.set(true),
        _ => {}
    });
    let choices = [7, 30, TOKEN_DAYS, 180, TOKEN_DAYS_MAX].map(|days| (days.to_string(), format!("{days} days")));
    let confirm = move || {
        must_confirm.get().then(|| view! {
            <Entry name="password" label="Your password" kind="password" autocomplete="current-password" input=password
                error=about(creating, "password") required=true autofocus=true/>
        })
    };
    view! {
        <form method="post" class="flex flex-col gap-3 pt-2" on:submit=send>
            <Refusal of=creating/>
            <Entry name="token-name" label="Name" help="What will use it, such as the deploy script." input=name max_length=100
                error=about(creating, "name") required=true autofocus=true/>
            <Select name="days" label="Valid for" options=choices.to_vec() value=days on_change=Callback::new(move |text| days.set(text))/>
            {confirm}
            <div class="mt-2 flex justify-end">
                <Button look=Look::Primary submit=true disabled=creating.pending()>"Create token"</Button>
            </div>
        </form>
    }
}

#[component]
fn Secret(secret: String, open: RwSignal<bool>) -> impl IntoView {
    let toasts = Toasts::get();
    let shown = secret.clone();
    let copy = Callback::new(move |_| {
        // The browser says nothing when it refuses; the secret stays selectable.
        let _ = window().navigator().clipboard().write_text(&secret);
        toasts.say("Copied.");
    });
    view! {
        <div class="flex flex-col gap-4 pt-2">
            <Notice tone=Tone::Wait>"Copy the token now. It is shown this once; only its hash is kept."</Notice>
            <code class="mono rounded-lg border border-line bg-canvas px-3 py-2.5 break-all select-all" data-testid="token">{shown}</code>
            <div class="flex justify-end gap-2">
                <Button icon=Icon::Copy on_click=copy>"Copy"</Button>
                <Button look=Look::Primary on_click=Callback::new(move |_| open.set(false))>"Done"</Button>
            </div>
        </div>
    }
}
