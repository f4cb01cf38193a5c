//! The page of members: who is here, who is invited, and what can be done about either.

use leptos::prelude::*;

use super::{
    Tab,
    invitations::Invitations,
    invite::InviteDialog,
    member::{Deed, DeedDialog, MemberRow},
    tabs,
};
use crate::{
    api::{
        ApiError,
        members::{list_invitations, list_members},
    },
    domain::{
        account::Session,
        member::{Invitation, Member},
        role::Action as Right,
    },
    ui::{
        components::{Button, ErrorState, Icon, Look, Skeleton},
        layout::{Frame, Section},
        session::CurrentSession,
    },
};

#[component]
pub fn MembersPage() -> impl IntoView {
    let people = Resource::new(|| (), |()| async { Ok((list_members().await?, list_invitations().await?)) });
    let inviting = RwSignal::new(false);
    let deed = RwSignal::new(None::<(Deed, Member)>);
    let changed = Callback::new(move |()| people.refetch());
    let current = CurrentSession::get();
    let content = move || {
        let session = current.session()?;
        people.get().map(|found: Result<(Vec<Member>, Vec<Invitation>), ApiError>| match found {
            Ok((members, invitations)) => view! { <Lists session members invitations deed changed/> }.into_any(),
            Err(error) => {
                view! { <ErrorState title="The members cannot be shown" text=error.detail retry=changed/> }.into_any()
            }
        })
    };
    view! {
        <Frame section=Section::Settings title="Settings" tabs=|| tabs(Tab::Members) actions=move || view! { <InviteButton inviting/> }>
            <div class="mx-auto flex max-w-3xl flex-col gap-6">
                <Transition fallback=|| view! { <Skeleton rows=4/> }>{content}</Transition>
            </div>
            <InviteDialog open=inviting on_invited=changed/>
            <DeedDialog deed on_done=changed/>
        </Frame>
    }
}

#[component]
fn InviteButton(inviting: RwSignal<bool>) -> impl IntoView {
    let current = CurrentSession::get();
    let invite = Callback::new(move |_| inviting.set(true));
    let button = move || {
        let may_invite = current.session().is_some_and(|session| session.role.may(Right::ManageMembers));
        may_invite.then(|| view! { <Button look=Look::Primary icon=Icon::Plus on_click=invite>"Invite"</Button> })
    };
    view! { <Transition>{button}</Transition> }
}

#[component]
fn Lists(
    session: Session,
    members: Vec<Member>,
    invitations: Vec<Invitation>,
    deed: RwSignal<Option<(Deed, Member)>>,
    changed: Callback<()>,
) -> impl IntoView {
    let is_alone = members.len() == 1 && invitations.is_empty();
    let may_manage = session.role.may(Right::ManageMembers);
    let hint = match (is_alone, may_manage) {
        (true, true) => "You are alone here. Invite somebody: they get a link, and the role that you choose.",
        _ => "What somebody may do depends on their role, and counts from their next click on.",
    };
    let row = |member: Member| view! { <MemberRow member session=session.clone() deed/> };
    view! {
        <section aria-label="Members">
            <p class="mb-4 text-body text-muted">{hint}</p>
            <ul class="divide-y divide-line rounded-xl border border-line bg-surface">
                {members.into_iter().map(row).collect_view()}
            </ul>
        </section>
        {(!invitations.is_empty()).then(|| view! { <Invitations invitations role=session.role changed/> })}
    }
}
