//! One credential in the list.

use leptos::prelude::*;

use super::Dialogs;
use crate::{
    domain::credential::{Credential, CredentialKind},
    ui::components::{Button, Icon, IconButton, Look, Time},
};

#[component]
pub fn CredentialRow(credential: Credential, may_manage: bool, dialogs: Dialogs) -> impl IntoView {
    let Credential { name, kind, allowed_hosts, created_by, updated_at, .. } = credential.clone();
    let hosts = if allowed_hosts.is_empty() { "any host".to_owned() } else { allowed_hosts.join(", ") };
    let by = (!created_by.is_empty()).then(|| format!(" · by {created_by}"));
    let actions = may_manage.then(|| view! { <RowActions credential dialogs/> });
    view! {
        <li class="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-4 py-3">
            <span class="grid size-9 shrink-0 place-items-center rounded-lg border border-line text-muted">
                {icon(kind).view("")}
            </span>
            <div class="min-w-0 flex-1 basis-52">
                <p class="truncate text-body font-medium">{name}</p>
                <p class="text-label break-words text-muted">
                    {kind.label()} " · for " {hosts} " · changed " <Time at=updated_at/> {by}
                </p>
            </div>
            {actions}
        </li>
    }
}

#[component]
fn RowActions(credential: Credential, dialogs: Dialogs) -> impl IntoView {
    let label = format!("Delete {}", credential.name);
    let (to_replace, to_delete) = (credential.clone(), credential);
    let replace = Callback::new(move |_| dialogs.replace(to_replace.clone()));
    let delete = Callback::new(move |_| dialogs.delete(to_delete.clone()));
    view! {
        <div class="ml-auto flex items-center gap-1">
            <Button look=Look::Secondary on_click=replace>"Replace"</Button>
            <IconButton icon=Icon::Trash label=label on_click=delete/>
        </div>
    }
}

fn icon(kind: CredentialKind) -> Icon {
    match kind {
        CredentialKind::SmtpLogin => Icon::Mail,
        CredentialKind::Token | CredentialKind::Bearer | CredentialKind::ApiKey => Icon::Globe,
        CredentialKind::BasicLogin => Icon::User,
        CredentialKind::SlackBot => Icon::Hash,
        CredentialKind::SqlLogin => Icon::Table,
        CredentialKind::Secret => Icon::Lock,
    }
}
