//! What a person may change about their own account: name, password, logins, API tokens; and the workspace's
//! notification channels.

mod channels;
mod new_token;
mod password;
mod profile;
mod sessions;
mod tokens;

use leptos::prelude::*;

use super::{
    components::{Button, Icon, Toasts},
    layout::{Frame, Section},
    session::go,
};
use crate::api::session::log_out;

#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <Frame section=Section::Settings title="Settings" actions=|| view! { <LogOutButton/> }>
            <div class="mx-auto flex max-w-3xl flex-col gap-6">
                <profile::Profile/>
                <password::Password/>
                <tokens::Tokens/>
                <channels::Channels/>
                <sessions::Sessions/>
            </div>
        </Frame>
    }
}

#[component]
fn LogOutButton() -> impl IntoView {
    let toasts = Toasts::get();
    let leaving = Action::new(|()| log_out());
    Effect::new(move |_| match leaving.value().get() {
        Some(Ok(())) => go("/login"),
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let leave = Callback::new(move |_| {
        leaving.dispatch(());
    });
    view! { <Button icon=Icon::LogOut on_click=leave disabled=leaving.pending()>"Log out"</Button> }
}
