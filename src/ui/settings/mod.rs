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
    components::{Button, Icon, Toasts},
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
    let tab = move |(tab, label, href): (Tab, &'static str, &'static str)| {
        let tint = if tab == current { "border-accent text-fg" } else { "border-transparent text-muted hover:text-fg" };
        view! {
            <a
                href=href
                aria-current=(tab == current).then_some("page")
                class=format!("-mb-px flex h-11 items-center border-b-2 px-1 text-body font-medium transition-colors md:h-14 {tint}")
            >
                {label}
            </a>
        }
    };
    let all = [
        (Tab::Account, "Account", "/settings"),
        (Tab::Members, "Members", "/settings/members"),
        (Tab::Channels, "Channels", "/settings/channels"),
        (Tab::Code, "Code", "/settings/code"),
    ];
    view! { <nav aria-label="Settings" class="flex gap-6">{all.map(tab).collect_view()}</nav> }
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
