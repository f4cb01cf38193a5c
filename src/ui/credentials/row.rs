//! One credential in the list.

use leptos::prelude::*;

use super::Dialogs;
use crate::{
    domain::credential::{Connection, Credential, CredentialKind, Rights},
    ui::components::{Badge, Button, Icon, IconButton, Look, Time, Tone},
};

#[component]
pub fn CredentialRow(credential: Credential, dialogs: Dialogs) -> impl IntoView {
    let Credential { id, name, kind, allowed_hosts, allowed_kinds, created_by, updated_at, connection, .. } =
        credential.clone();
    let (only_chosen, Rights { may_use, may_manage }) = (credential.only_chosen, credential.rights);
    let hosts = if allowed_hosts.is_empty() { "any host".to_owned() } else { allowed_hosts.join(", ") };
    let tasks: Vec<&str> = allowed_kinds.iter().map(|kind| kind.spec().label).collect();
    let tasks = (!tasks.is_empty()).then(|| format!(" · in {}", tasks.join(", ")));
    let by = (!created_by.is_empty()).then(|| format!(" · by {created_by}"));
    let href = format!("/credentials/{id}");
    let title = match may_manage {
        true => view! { <a href=href class="truncate hover:text-accent-strong hover:underline">{name}</a> }.into_any(),
        false => view! { <span class="truncate">{name}</span> }.into_any(),
    };
    let narrow = only_chosen.then(|| match may_use {
        true => view! { <Badge>{Icon::Lock.view("size-3")}"Chosen people"</Badge> }.into_any(),
        false => view! { <Badge tone=Tone::Wait>{Icon::Lock.view("size-3")}"Not for you"</Badge> }.into_any(),
    });
    let attention = connection.and_then(attention);
    let actions = may_manage.then(|| view! { <RowActions credential dialogs/> });
    view! {
        <li class="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-4 py-3">
            <span class="grid size-9 shrink-0 place-items-center rounded-lg border border-line text-muted">
                {icon(kind).view("")}
            </span>
            <div class="min-w-0 flex-1 basis-52">
                <p class="flex min-w-0 items-center gap-2 text-body font-medium">{title}{narrow}{attention}</p>
                <p class="text-label break-words text-muted">
                    {kind.label()} " · for " {hosts} {tasks} " · changed " <Time at=updated_at/> {by}
                </p>
            </div>
            {actions}
        </li>
    }
}

/// What a connection lacks.
fn attention(connection: Connection) -> Option<impl IntoView> {
    match connection {
        Connection { failure: Some(_), .. } => Some(view! { <Badge tone=Tone::Bad>"Needs attention"</Badge> }),
        _ => None,
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

pub fn icon(kind: CredentialKind) -> Icon {
    match kind {
        CredentialKind::SmtpLogin => Icon::Mail,
        CredentialKind::Token | CredentialKind::Bearer | CredentialKind::ApiKey => Icon::Globe,
        CredentialKind::OAuth2Client | CredentialKind::OAuth2Code => Icon::Shield,
        CredentialKind::RedisLogin | CredentialKind::S3 => Icon::Table,
        CredentialKind::BasicLogin => Icon::User,
        CredentialKind::SlackBot => Icon::Hash,
        CredentialKind::SqlLogin => Icon::Table,
        CredentialKind::Secret => Icon::Lock,
    }
}
