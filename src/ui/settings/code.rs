//! What code may do in the workspace: a switch per kind. Owners and admins decide.

use leptos::prelude::*;

use super::{Tab, tabs};
use crate::{
    api::code::{read_code_policy, set_code_policy},
    domain::{
        code::{CodePolicy, CodeStanding},
        role::Action as Deed,
        task::Kind,
    },
    ui::{
        components::{Card, ErrorState, Notice, Skeleton, Toasts},
        layout::{Frame, Section},
        session::CurrentSession,
    },
};

#[component]
pub fn CodePage() -> impl IntoView {
    let standing = Resource::new(|| (), |()| read_code_policy());
    let reload = Callback::new(move |()| standing.refetch());
    let shown = move || {
        standing.get().map(|found| match found {
            Ok(found) => view! { <Switches standing=found/> }.into_any(),
            Err(error) => {
                view! { <ErrorState title="This cannot be shown" text=error.detail retry=reload/> }.into_any()
            }
        })
    };
    view! {
        <Frame section=Section::Settings title="Settings" tabs=|| tabs(Tab::Code)>
            <div class="mx-auto flex max-w-3xl flex-col gap-6">
                <Card title="Code">
                    <p class="mb-3 text-body text-muted">
                        "Which code may run in this workspace. Each task runs in a sandbox of its own, without files or network of the server."
                    </p>
                    <Transition fallback=|| view! { <Skeleton rows=2/> }>{shown}</Transition>
                </Card>
            </div>
        </Frame>
    }
}

#[component]
fn Switches(standing: CodeStanding) -> impl IntoView {
    let (current, toasts) = (CurrentSession::get(), Toasts::get());
    let policy = RwSignal::new(standing.policy);
    let saving = Action::new(|policy: &CodePolicy| set_code_policy(policy.clone()));
    Effect::new(move |_| match saving.value().get() {
        Some(Ok(())) => toasts.say("Saved. It counts for every task that starts from now on."),
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let locked = Signal::derive(move || !current.session().is_some_and(|session| session.role.may(Deed::ManageCode)));
    let change = move |change: &dyn Fn(&mut CodePolicy)| {
        policy.update(|policy| change(policy));
        saving.dispatch(policy.get_untracked());
    };
    let kind = move |kind: Kind| {
        let allowed = Signal::derive(move || policy.with(|policy| policy.kinds.contains(&kind)));
        let set = Callback::new(move |on: bool| {
            change(&|policy: &mut CodePolicy| {
                policy.kinds.retain(|other| *other != kind);
                if on {
                    policy.kinds.push(kind);
                }
            });
        });
        view! { <Switch name=kind.name() label=kind.spec().label help=kind.spec().summary on=allowed set disabled=locked/> }
    };
    let network = Signal::derive(move || policy.with(|policy| policy.network));
    let set_network = Callback::new(move |on: bool| change(&|policy: &mut CodePolicy| policy.network = on));
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_code()).map(kind).collect_view();
    view! {
        {standing.reason.map(|reason| view! { <div class="mb-3"><Notice>{reason}</Notice></div> })}
        <fieldset class="divide-y divide-line">
            <legend class="sr-only">"Code that may run"</legend>
            {kinds}
            <Switch
                name="network"
                label="Network"
                help="Shell and Python may reach what tasks may reach, where a node turns its network on."
                on=network
                set=set_network
                disabled=locked
            />
        </fieldset>
        {standing.isolation.map(|tier| view! { <p class="mt-3 text-caption text-muted">{format!("Isolation on this server: {tier}.")}</p> })}
        <Show when=move || locked.get()><p class="mt-3 text-caption text-muted">"Owners and admins change this."</p></Show>
    }
}

#[component]
fn Switch(
    name: &'static str,
    label: &'static str,
    help: &'static str,
    on: Signal<bool>,
    set: Callback<bool>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let id = format!("code-{name}");
    view! {
        <div class="flex items-start gap-3 py-2.5">
            <input
                id=id.clone()
                type="checkbox"
                class="mt-0.5 size-4 accent-(--accent)"
                prop:checked=move || on.get()
                checked=on.get_untracked()
                disabled=move || disabled.get()
                on:change=move |event| set.run(event_target_checked(&event))
            />
            <label for=id class="min-w-0 flex-1">
                <span class="block text-body font-medium">{label}</span>
                <span class="block text-caption text-muted">{help}</span>
            </label>
        </div>
    }
}
