//! The dialog that invites somebody and shows the link, once.

use leptos::{ev::SubmitEvent, prelude::*};

use super::member::RoleChoice;
use crate::{
    api::{ApiError, members::invite_member},
    domain::{
        member::{INVITATION_DAYS, NewInvitation},
        role::Role,
    },
    ui::{
        components::{Button, CopyButton, Dialog, Entry, EntryRef, Look, Notice, Tone, text},
        confirmation::{Confirmation, PasswordWhenAsked, confirm},
        login::{Refusal, about},
    },
};

#[component]
pub fn InviteDialog(open: RwSignal<bool>, on_invited: Callback<()>) -> impl IntoView {
    let made = RwSignal::new(None::<NewInvitation>);
    Effect::new(move |_| {
        if !open.get() {
            made.set(None);
        }
    });
    let keep = Callback::new(move |invitation| {
        made.set(Some(invitation));
        on_invited.run(());
    });
    let content = move || match made.get() {
        Some(invitation) => view! { <Link invitation open/> }.into_any(),
        None => view! { <Form keep/> }.into_any(),
    };
    view! { <Dialog open title="Invite somebody">{content}</Dialog> }
}

/// What the person filled in; the password only where the server asked for it.
type Wish = (String, Role, Option<String>);

async fn invite((email, role, password): Wish) -> Result<NewInvitation, ApiError> {
    confirm(password).await?;
    invite_member(email, role).await
}

#[component]
fn Form(keep: Callback<NewInvitation>) -> impl IntoView {
    let (email, role) = (EntryRef::new(), RwSignal::new(Role::Editor));
    let inviting = Action::new(|wish: &Wish| invite(wish.clone()));
    let confirmation = Confirmation::of(inviting);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        inviting.dispatch((text(email), role.get_untracked(), confirmation.password()));
    };
    Effect::new(move |_| {
        if let Some(Ok(invitation)) = inviting.value().get() {
            keep.run(invitation);
        }
    });
    let help = format!("They get a link from you. It works once, for this address, and for {INVITATION_DAYS} days.");
    view! {
        <form method="post" class="flex flex-col gap-3 pt-2" on:submit=send>
            <Refusal of=inviting/>
            <Entry name="email" label="Email" kind="email" input=email help=help error=about(inviting, "email") required=true autofocus=true/>
            <RoleChoice role/>
            <PasswordWhenAsked confirmation of=inviting/>
            <div class="mt-2 flex justify-end">
                <Button look=Look::Primary submit=true disabled=inviting.pending()>"Create link"</Button>
            </div>
        </form>
    }
}

#[component]
fn Link(invitation: NewInvitation, open: RwSignal<bool>) -> impl IntoView {
    let NewInvitation { link, invitation } = invitation;
    let shown = link.clone();
    view! {
        <div class="flex flex-col gap-4 pt-2">
            <Notice tone=Tone::Wait>
                "Hand this link to "{invitation.email}". It is shown this once; FlowPilot sends no email."
            </Notice>
            <code class="mono rounded-lg border border-line bg-canvas px-3 py-2.5 break-all select-all" data-testid="link">{shown}</code>
            <div class="flex justify-end gap-2">
                <CopyButton text=link what="the link"/>
                <Button look=Look::Primary on_click=Callback::new(move |_| open.set(false))>"Done"</Button>
            </div>
        </div>
    }
}
