//! One credential: what it is, whether it works, where it is used.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::{
    Dialogs, access::AccessCard, connection::ConnectionCard, deletion::DeletionDialog, form::CredentialDialog, row,
    trial::TrialCard,
};
use crate::{
    api::{
        ApiError,
        credentials::{credential_usage, get_credential},
    },
    domain::{
        credential::{Credential, Usage, Use},
        id::CredentialId,
    },
    ui::{
        components::{
            Badge, Button, Card, EmptyState, ErrorState, Icon, IconButton, Look, Skeleton, TextLink, Time, Tone,
        },
        layout::{Breadcrumb, Frame, Section},
    },
};

#[component]
pub fn CredentialPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<CredentialId>().ok())));
    let found = Resource::new(
        move || id.get(),
        |id| async move { get_credential(id.ok_or_else(|| ApiError::not_found("credential"))?).await },
    );
    let changed = Callback::new(move |()| found.refetch());
    let body = move || {
        Suspend::new(async move {
            match found.await {
                Ok((credential, callback)) => view! { <OfCredential credential callback changed/> }.into_any(),
                Err(error) => view! { <Failed error changed/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <Waiting/> }>{body}</Transition> }
}

#[component]
fn OfCredential(credential: Credential, callback: Option<String>, changed: Callback<()>) -> impl IntoView {
    let id = credential.id;
    let dialogs = Dialogs::new();
    let name = credential.name.clone();
    let heading = move || view! { <Breadcrumb parent="Credentials" href="/credentials" name=name.clone()/> }.into_any();
    let about = credential.clone();
    let actions = move || view! { <HeadButtons credential=about.clone() dialogs/> }.into_any();
    let navigate = use_navigate();
    let gone = Callback::new(move |()| navigate("/credentials", Default::default()));
    // What trying it has fetched shows at once.
    let fresh = Action::new(move |(): &()| get_credential(id));
    let (kind, probe, first) = (credential.kind, credential.kind.probe(), credential.connection.clone());
    let connection = Signal::derive(move || match fresh.value().get() {
        Some(Ok((credential, _))) => credential.connection.or_else(|| first.clone()),
        _ => first.clone(),
    });
    let tried = Callback::new(move |()| drop(fresh.dispatch(())));
    view! {
        <Frame section=Section::Credentials title=credential.name.clone() heading actions>
            <div class="flex flex-col gap-5">
                <Summary credential=credential.clone()/>
                {kind.is_oauth2().then(|| view! { <ConnectionCard id kind connection callback=callback.clone()/> })}
                {probe.map(|probe| view! { <TrialCard id probe tried/> })}
                <AccessCard id/>
                <UsesCard id/>
            </div>
            <CredentialDialog title="Replace credential" open=dialogs.replacement about=dialogs.about on_done=changed/>
            <DeletionDialog open=dialogs.deletion about=dialogs.about on_done=gone/>
        </Frame>
    }
}

#[component]
fn HeadButtons(credential: Credential, dialogs: Dialogs) -> impl IntoView {
    let label = format!("Delete {}", credential.name);
    let (to_replace, to_delete) = (credential.clone(), credential);
    let replace = Callback::new(move |_| dialogs.replace(to_replace.clone()));
    let delete = Callback::new(move |_| dialogs.delete(to_delete.clone()));
    view! {
        <Button look=Look::Secondary on_click=replace>"Replace"</Button>
        <IconButton icon=Icon::Trash label=label on_click=delete/>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! { <Frame section=Section::Credentials title="Credential"><Skeleton rows=4/></Frame> }
}

#[component]
fn Failed(error: ApiError, changed: Callback<()>) -> impl IntoView {
    let content = match error.status {
        404 => view! {
            <EmptyState icon=Icon::Key title="There is no such credential" text="It may belong to another workspace, or it was deleted.">
                <TextLink href="/credentials" look=Look::Primary>"All credentials"</TextLink>
            </EmptyState>
        }
        .into_any(),
        _ => view! { <ErrorState title="The credential cannot be shown" text=error.detail retry=changed/> }.into_any(),
    };
    view! { <Frame section=Section::Credentials title="Credential">{content}</Frame> }
}

#[component]
fn Summary(credential: Credential) -> impl IntoView {
    let Credential { kind, allowed_hosts, allowed_kinds, created_by, updated_at, last_used_at, .. } = credential;
    let hosts = if allowed_hosts.is_empty() { "any host".to_owned() } else { allowed_hosts.join(", ") };
    let tasks: Vec<&str> = allowed_kinds.iter().map(|kind| kind.spec().label).collect();
    let tasks = if tasks.is_empty() { "all nodes that it fits".to_owned() } else { tasks.join(", ") };
    let by = (!created_by.is_empty()).then(|| format!(" by {created_by}"));
    let used = match last_used_at {
        Some(at) => view! { <Time at=at/> }.into_any(),
        None => "not yet".into_any(),
    };
    view! {
        <section class="flex gap-4 rounded-xl border border-line bg-surface px-5 py-4">
            <span class="grid size-10 shrink-0 place-items-center rounded-lg border border-line text-muted">
                {row::icon(kind).view("size-5")}
            </span>
            <dl class="grid min-w-0 flex-1 grid-cols-1 gap-x-6 gap-y-2.5 text-body sm:grid-cols-[max-content_minmax(0,1fr)]">
                {fact("Kind", kind.label().into_any())}
                {fact("May be sent to", hosts.into_any())}
                {fact("May be used by", tasks.into_any())}
                {fact("Changed", view! { <Time at=updated_at/>{by} }.into_any())}
                {fact("Used", used)}
            </dl>
        </section>
    }
}

fn fact(name: &'static str, value: AnyView) -> impl IntoView {
    view! {
        <dt class="text-muted">{name}</dt>
        <dd class="-mt-2.5 break-words sm:mt-0">{value}</dd>
    }
}

#[component]
fn UsesCard(id: CredentialId) -> impl IntoView {
    let uses = Resource::new(move || id, credential_usage);
    let list = move || {
        uses.get().map(|uses| match uses {
            Err(error) => view! { <p class="text-body text-bad-text">{error.detail}</p> }.into_any(),
            Ok(uses) if uses.is_empty() => view! { <p class="text-body text-muted">"No node uses it."</p> }.into_any(),
            Ok(Usage { nodes, channels }) => {
                let nodes = nodes.into_iter().map(|one| view! { <UseRow one/> }).collect_view();
                let channels = channels.into_iter().map(|name| view! { <ChannelRow name/> }).collect_view();
                view! { <ul class="-my-2 divide-y divide-line">{nodes}{channels}</ul> }.into_any()
            }
        })
    };
    view! {
        <Card title="Where it is used">
            <Transition fallback=|| view! { <Skeleton rows=2/> }>{list}</Transition>
        </Card>
    }
}

#[component]
fn UseRow(one: Use) -> impl IntoView {
    let href = format!("/workflows/{}?node={}", one.workflow, one.node);
    let used = one.used_at.map(|at| view! { <span class="block text-caption text-muted">"used "<Time at=at/></span> });
    let badge = match one.live {
        true => view! { <Badge tone=Tone::Ok>"Published"</Badge> }.into_any(),
        false => view! { <Badge>"Draft"</Badge> }.into_any(),
    };
    view! {
        <li>
            <a href=href class="flex min-h-11 items-center justify-between gap-3 py-2 text-body hover:text-accent-strong">
                <span class="min-w-0">
                    <span class="block truncate">{one.workflow_name}<span class="text-muted">" · "{one.node_name}</span></span>
                    {used}
                </span>
                {badge}
            </a>
        </li>
    }
}

#[component]
fn ChannelRow(name: String) -> impl IntoView {
    view! {
        <li>
            <a
                href="/settings/channels"
                class="flex min-h-11 items-center justify-between gap-3 py-2 text-body hover:text-accent-strong"
            >
                <span class="min-w-0 truncate">{name}</span>
                <Badge>"Channel"</Badge>
            </a>
        </li>
    }
}
