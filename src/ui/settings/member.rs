//! One member in the list, and the dialogs for what is done with them.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    api::{
        ApiError,
        members::{change_role, end_member_sessions, remove_member},
    },
    domain::{
        account::Session,
        member::Member,
        role::{Action as Right, Role},
    },
    ui::{
        components::{Badge, Button, Dialog, Icon, IconButton, Look, Select, Time, Toasts, Tone},
        confirmation::{Confirmation, PasswordWhenAsked, confirm},
        login::Refusal,
        session::{CurrentSession, go},
    },
};

/// What is to be done with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    ChangeRole,
    EndSessions,
    Remove,
}

#[component]
pub fn MemberRow(member: Member, session: Session, deed: RwSignal<Option<(Deed, Member)>>) -> impl IntoView {
    let is_you = member.email == session.email;
    let may_touch = session.role.may(Right::ManageMembers) && session.role.covers(member.role);
    let second = (!member.name.is_empty()).then(|| format!("{} · ", member.email));
    let seen = match member.seen_at {
        Some(at) => view! { "seen "<Time at=at/> }.into_any(),
        None => view! { "not here yet" }.into_any(),
    };
    let actions = may_touch.then(|| view! { <RowActions member=member.clone() deed/> });
    view! {
        <li class="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-4 py-3">
            <span aria-hidden="true" class="grid size-9 shrink-0 place-items-center rounded-full bg-hover text-caption font-semibold">
                {initials(member.label())}
            </span>
            <div class="min-w-0 flex-1 basis-52">
                <p class="flex min-w-0 items-center gap-2 text-body font-medium">
                    <span class="truncate">{member.label().to_owned()}</span>
                    {is_you.then(|| view! { <Badge>"You"</Badge> })}
                </p>
                <p class="truncate text-label text-muted">{second}{seen}</p>
            </div>
            <div class="ml-auto flex items-center gap-1">
                <span class="mr-1"><RoleBadge role=member.role/></span>
                {actions}
            </div>
        </li>
    }
}

#[component]
pub fn RoleBadge(role: Role) -> impl IntoView {
    let tone = if role == Role::Owner || role == Role::Admin { Tone::Accent } else { Tone::Idle };
    view! { <span title=role.label()><Badge tone>{role.name()}</Badge></span> }
}

fn initials(label: &str) -> String {
    let letters = label.split_whitespace().filter_map(|word| word.chars().next());
    letters.take(2).flat_map(char::to_uppercase).collect()
}

#[component]
fn RowActions(member: Member, deed: RwSignal<Option<(Deed, Member)>>) -> impl IntoView {
    let who = member.label().to_owned();
    let [of_whom, end, remove] = [format!(" of {who}"), format!("End all logins of {who}"), format!("Remove {who}")];
    let ask = move |wanted: Deed| {
        let member = member.clone();
        Callback::new(move |_| deed.set(Some((wanted, member.clone()))))
    };
    view! {
        <Button on_click=ask(Deed::ChangeRole)>"Role"<span class="sr-only">{of_whom}</span></Button>
        <IconButton icon=Icon::LogOut label=end on_click=ask(Deed::EndSessions)/>
        <IconButton icon=Icon::Trash label=remove on_click=ask(Deed::Remove)/>
    }
}

/// The question before the deed; open while there is one.
#[component]
pub fn DeedDialog(deed: RwSignal<Option<(Deed, Member)>>, on_done: Callback<()>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(deed.with(Option::is_some)));
    Effect::new(move |_| {
        // Only where there is one: otherwise the two effects would wake each other for ever.
        if !open.get() && deed.with_untracked(Option::is_some) {
            deed.set(None);
        }
    });
    view! {
        <Dialog open title="Member">
            {move || deed.get().map(|(deed, member)| view! { <Question deed member open on_done/> })}
        </Dialog>
    }
}

async fn perform(deed: Deed, member: Member, role: Role, password: Option<String>) -> Result<(), ApiError> {
    confirm(password).await?;
    match deed {
        Deed::ChangeRole => change_role(member.id, role).await,
        Deed::EndSessions => end_member_sessions(member.id).await,
        Deed::Remove => remove_member(member.id).await,
    }
}

#[component]
fn Question(deed: Deed, member: Member, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let (current, toasts) = (CurrentSession::get(), Toasts::get());
    let (role, who) = (RwSignal::new(member.role), member.label().to_owned());
    let email = member.email.clone();
    let is_you = move || current.session().is_some_and(|session| session.email == email);
    let about = member.clone();
    let doing = Action::new(move |password: &Option<String>| {
        perform(deed, about.clone(), role.get_untracked(), password.clone())
    });
    let confirmation = Confirmation::of(doing);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        doing.dispatch(confirmation.password());
    };
    let told = done(deed, &who);
    Effect::new(move |_| {
        if let Some(Ok(())) = doing.value().get() {
            open.set(false);
            // Whoever did it to themselves may see other things now, or nothing.
            match untrack(&is_you) {
                true => go("/settings"),
                false => {
                    toasts.say(told.clone());
                    on_done.run(());
                }
            }
        }
    });
    let (question, button, look) = asked(deed, &who);
    let choice = (deed == Deed::ChangeRole).then(|| view! { <RoleChoice role/> });
    view! {
        <form method="post" class="flex flex-col gap-4 pt-1" on:submit=send>
            <p class="text-body">{question}</p>
            <Refusal of=doing/>
            {choice}
            <PasswordWhenAsked confirmation of=doing/>
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Cancel"</Button>
                <Button look=look submit=true disabled=doing.pending()>{button}</Button>
            </div>
        </form>
    }
}

fn asked(deed: Deed, who: &str) -> (String, &'static str, Look) {
    match deed {
        Deed::ChangeRole => {
            (format!("What {who} may do in this workspace, from their next click on."), "Change role", Look::Primary)
        }
        Deed::EndSessions => (
            format!("{who} has to log in again in every browser. Their API tokens keep working."),
            "End logins",
            Look::Danger,
        ),
        Deed::Remove => (
            format!("{who} is out of this workspace at once, with their API tokens. What they made stays."),
            "Remove",
            Look::Danger,
        ),
    }
}

fn done(deed: Deed, who: &str) -> String {
    match deed {
        Deed::ChangeRole => format!("The role of {who} is changed."),
        Deed::EndSessions => format!("All logins of {who} have ended."),
        Deed::Remove => format!("{who} is removed."),
    }
}

/// The roles that the person at the browser may give.
#[component]
pub fn RoleChoice(role: RwSignal<Role>) -> impl IntoView {
    let current = CurrentSession::get();
    let choose = Callback::new(move |name: String| {
        if let Some(chosen) = Role::parse(&name) {
            role.set(chosen);
        }
    });
    let value = Signal::derive(move || role.get().name().to_owned());
    let select = move || {
        current.session().map(|session| {
            let offered = Role::ALL.into_iter().filter(|role| session.role.covers(*role));
            let options: Vec<_> = offered.map(|role| (role.name().to_owned(), role.name().to_owned())).collect();
            view! { <Select name="role" label="Role" options value on_change=choose/> }
        })
    };
    view! {
        <div class="flex flex-col gap-1.5">
            <Transition>{select}</Transition>
            <p class="text-caption text-muted" aria-live="polite">{move || role.get().label()}"."</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_shown_by_two_letters_at_most() {
        assert_eq!(initials("Ada King Lovelace"), "AK");
        assert_eq!(initials("ada@example.com"), "A");
    }
}
