//! Invitations that nobody used yet, and taking one back.

use leptos::prelude::*;

use super::member::RoleBadge;
use crate::{
    api::members::revoke_invitation,
    domain::{
        id::InvitationId,
        member::Invitation,
        role::{Action as Right, Role},
    },
    ui::components::{Button, Icon, Look, Time, Toasts},
};

#[component]
pub fn Invitations(invitations: Vec<Invitation>, role: Role, changed: Callback<()>) -> impl IntoView {
    let toasts = Toasts::get();
    let revoking = Action::new(|id: &InvitationId| revoke_invitation(*id));
    Effect::new(move |_| match revoking.value().get() {
        Some(Ok(())) => {
            toasts.say("The invitation is revoked. Its link works no more.");
            changed.run(());
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let line = move |invitation: Invitation| {
        let Invitation { id, email, role: offered, invited_by, expires_at, .. } = invitation;
        let may_revoke = role.may(Right::ManageMembers) && role.covers(offered);
        let revoke = Callback::new(move |_| {
            revoking.dispatch(id);
        });
        let label = format!(" the invitation of {email}");
        let action = may_revoke.then(|| {
            view! {
                <Button look=Look::Danger on_click=revoke>"Revoke"<span class="sr-only">{label}</span></Button>
            }
        });
        view! {
            <li class="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-4 py-3">
                <span class="grid size-9 shrink-0 place-items-center rounded-full border border-dashed border-line-strong text-muted">
                    {Icon::Mail.view("")}
                </span>
                <div class="min-w-0 flex-1 basis-52">
                    <p class="truncate text-body font-medium">{email}</p>
                    <p class="truncate text-label text-muted">"by "{invited_by}" · link ends "<Time at=expires_at/></p>
                </div>
                <div class="ml-auto flex items-center gap-2"><RoleBadge role=offered/>{action}</div>
            </li>
        }
    };
    view! {
        <section aria-labelledby="invited">
            <h2 id="invited" class="mb-3 text-lead font-semibold">"Invited"</h2>
            <ul class="divide-y divide-line rounded-xl border border-line bg-surface">
                {invitations.into_iter().map(line).collect_view()}
            </ul>
        </section>
    }
}
