//! What the holder of an invitation sees: who invites them where, and one form to join.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_query_map;

use super::{
    components::{Badge, Entry, EntryRef, Look, Notice, Skeleton, TextLink, Tone, text},
    door::Door,
    login::{Refusal, SendButton, about},
    session::go,
};
use crate::{
    api::members::{accept_invitation, join_workspace, show_invitation},
    domain::{account::PASSWORD_MIN, member::Welcome},
};

#[component]
pub fn InvitationPage() -> impl IntoView {
    let query = use_query_map();
    let token = query.with_untracked(|query| query.get("token")).unwrap_or_default();
    let asked = token.clone();
    let welcome = Resource::new(|| (), move |()| show_invitation(asked.clone()));
    let content = move || {
        let token = token.clone();
        welcome.get().map(|found| match found {
            Ok(welcome) => view! { <Offer welcome token/> }.into_any(),
            Err(error) => view! {
                <div class="flex flex-col items-start gap-4">
                    <Notice tone=Tone::Bad>{error.detail}</Notice>
                    <TextLink href="/" look=Look::Secondary>"Go to the start page"</TextLink>
                </div>
            }
            .into_any(),
        })
    };
    view! {
        <Door title="You are invited" text="Join the people who draw, publish and watch workflows here.">
            <Transition fallback=|| view! { <Skeleton rows=3/> }>{content}</Transition>
        </Door>
    }
}

#[component]
fn Offer(welcome: Welcome, token: String) -> impl IntoView {
    let form = match welcome.is_you {
        true => view! { <JoinAsYou token/> }.into_any(),
        false => view! { <Join has_account=welcome.has_account email=welcome.email.clone() token/> }.into_any(),
    };
    view! {
        <dl class="mb-5 grid grid-cols-[88px_minmax(0,1fr)] gap-x-4 gap-y-2 rounded-xl border border-line bg-canvas px-4 py-3 text-body">
            <dt class="text-muted">"Workspace"</dt>
            <dd class="flex min-w-0 items-center gap-2">
                <span class="truncate font-medium">{welcome.workspace_name}</span><Badge>{welcome.role.name()}</Badge>
            </dd>
            <dt class="text-muted">"From"</dt>
            <dd class="truncate">{welcome.invited_by}</dd>
            <dt class="text-muted">"For"</dt>
            <dd class="truncate">{welcome.email}</dd>
        </dl>
        {form}
    }
}

/// With a new account, or with the password of the one that the address has.
#[component]
fn Join(has_account: bool, email: String, token: String) -> impl IntoView {
    let (name, password) = (EntryRef::new(), EntryRef::new());
    let joining = Action::new(move |(name, password): &(String, String)| {
        accept_invitation(token.clone(), name.clone(), password.clone())
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        joining.dispatch((text(name), text(password)));
    };
    Effect::new(move |_| {
        if let Some(Ok(())) = joining.value().get() {
            go("/");
        }
    });
    let rule = format!("At least {PASSWORD_MIN} characters. A few words are easier to remember than signs.");
    let fields = match has_account {
        true => view! {
            <p class="text-body text-muted">"This address has an account. Log in with its password to join."</p>
            <Entry name="password" label="Password" kind="password" autocomplete="current-password" input=password
                error=about(joining, "password") required=true autofocus=true/>
        }
        .into_any(),
        false => view! {
            <Entry name="name" label="Your name" autocomplete="name" input=name error=about(joining, "name") max_length=100 autofocus=true/>
            <Entry name="password" label="Choose a password" kind="password" autocomplete="new-password" input=password
                error=about(joining, "password") help=rule required=true/>
        }
        .into_any(),
    };
    view! {
        <form method="post" class="flex flex-col gap-3" on:submit=send>
            <Refusal of=joining/>
            // Password managers keep the new password under this address.
            <input type="hidden" name="username" autocomplete="username" value=email/>
            {fields}
            <SendButton of=joining label="Join" busy="Joining …"/>
        </form>
    }
}

/// Whoever is logged in with the address shows no password again.
#[component]
fn JoinAsYou(token: String) -> impl IntoView {
    let joining = Action::new(move |(): &()| join_workspace(token.clone()));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        joining.dispatch(());
    };
    Effect::new(move |_| {
        if let Some(Ok(())) = joining.value().get() {
            go("/");
        }
    });
    view! {
        <form method="post" class="flex flex-col gap-3" on:submit=send>
            <Refusal of=joining/>
            <p class="text-body text-muted">"You are logged in with this address. You can switch between your workspaces in the settings."</p>
            <SendButton of=joining label="Join" busy="Joining …"/>
        </form>
    }
}
