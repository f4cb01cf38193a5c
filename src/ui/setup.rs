//! The first start: the holder of the one-time link creates the workspace and becomes its owner.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_query_map;

use super::{
    components::{Entry, EntryRef, text},
    door::Door,
    login::{Refusal, SendButton, about},
    session::go,
};
use crate::{api::session::set_up, domain::account::PASSWORD_MIN};

#[component]
pub fn SetupPage() -> impl IntoView {
    let query = use_query_map();
    let token = query.with_untracked(|query| query.get("token"));
    match token.filter(|token| !token.is_empty()) {
        Some(token) => view! { <Claim token/> }.into_any(),
        None => view! { <Unclaimed/> }.into_any(),
    }
}

/// Somebody came without the link: says where it is.
#[component]
fn Unclaimed() -> impl IntoView {
    view! {
        <Door title="This FlowPilot has no owner yet" text="Whoever opens the link that the server printed when it started becomes the owner.">
            <div class="flex flex-col gap-4">
                <p class="text-body">"Look in the server's terminal or log for a line that ends like this:"</p>
                <pre class="mono overflow-x-auto rounded-lg border border-line bg-canvas px-3 py-2.5">"…/setup?token=…"</pre>
                <p class="text-body text-muted">"The link works once and for 15 minutes. Restart the server to get a new one."</p>
            </div>
        </Door>
    }
}

#[component]
fn Claim(token: String) -> impl IntoView {
    let [workspace, name, email, password] = [(); 4].map(|()| EntryRef::new());
    let claiming = Action::new(move |[workspace, name, email, password]: &[String; 4]| {
        set_up(token.clone(), workspace.clone(), name.clone(), email.clone(), password.clone())
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        claiming.dispatch([workspace, name, email, password].map(text));
    };
    Effect::new(move |_| {
        if let Some(Ok(())) = claiming.value().get() {
            go("/");
        }
    });
    let rule = format!("At least {PASSWORD_MIN} characters. A few words are easier to remember than signs.");
    view! {
        <Door title="Welcome to FlowPilot" text="Create your workspace and the account that owns it.">
            <form method="post" class="flex flex-col gap-3" on:submit=send>
                <Refusal of=claiming/>
                <Entry name="workspace" label="Workspace" input=workspace error=about(claiming, "workspace_name") max_length=100
                    help="What people here have in common: a team, a company." required=true autofocus=true/>
                <Entry name="name" label="Your name" autocomplete="name" input=name error=about(claiming, "name") max_length=100/>
                <Entry name="email" label="Email" kind="email" autocomplete="username" input=email error=about(claiming, "email") required=true/>
                <Entry name="password" label="Password" kind="password" autocomplete="new-password" input=password
                    error=about(claiming, "password") help=rule required=true/>
                <SendButton of=claiming label="Create workspace" busy="Creating …"/>
            </form>
        </Door>
    }
}
