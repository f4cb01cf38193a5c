//! Settings: the own account (name, workspaces, password, logins, API tokens), the members of the workspace, its
//! notification channels and what code may do there.

mod channel_form;
mod channels;
mod code;
mod invitations;
mod invite;
mod member;
mod members;
mod new_token;
mod password;
mod profile;
mod reach;
mod sessions;
mod tokens;
mod workspaces;

use leptos::prelude::*;

pub use channels::ChannelsPage;
pub use code::CodePage;
pub use members::MembersPage;

use super::{
    components::{Button, Icon, Tabs, Toasts},
    layout::{Frame, Section},
    session::go,
};
use crate::api::session::log_out;

#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <Frame section=Section::Settings title="Settings" tabs=|| tabs(Tab::Account) actions=|| view! { <LogOutButton/> }>
            <div class="mx-auto flex max-w-3xl flex-col gap-6">
                <profile::Profile/>
                <workspaces::Workspaces/>
                <password::Password/>
                <tokens::Tokens/>
                <sessions::Sessions/>
            </div>
        </Frame>
    }
}

/// Which page of the settings is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Account,
    Members,
    Channels,
    Code,
}

fn tabs(current: Tab) -> impl IntoView {
    let all = [
        (Tab::Account, "Account", "/settings"),
        (Tab::Members, "Members", "/settings/members"),
        (Tab::Channels, "Channels", "/settings/channels"),
        (Tab::Code, "Code", "/settings/code"),
    ];
    let tabs = Vec::from(all.map(|(tab, label, href)| (label, href.to_owned(), tab == current)));
    view! { <Tabs label="Settings" tabs/> }
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
