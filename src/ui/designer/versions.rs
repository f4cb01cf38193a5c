//! The page `/workflows/{id}/versions`: what was published, as it was, and back into the draft.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_params_map};

use crate::{
    api::{
        ApiError,
        workflows::{get_version, get_workflow, list_versions, save_draft},
    },
    domain::{
        draft::{Draft, VersionSummary},
        id::WorkflowId,
        workflow::Workflow,
    },
    ui::{
        canvas::{Canvas, Scene},
        components::{Badge, Button, EmptyState, ErrorState, Icon, Look, Skeleton, TextLink, Time, Toasts, Tone},
        failure::Failure,
        kind,
        layout::{Breadcrumb, Frame, Section, WorkflowTab, WorkflowTabs},
    },
};

#[component]
pub fn VersionsPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<WorkflowId>().ok()));
    let loaded = Resource::new(move || id.get(), load);
    let content = move || {
        Suspend::new(async move {
            match loaded.await {
                Ok((draft, versions)) => view! { <Versions draft versions/> }.into_any(),
                Err(error) => view! { <Failure error section=Section::Workflows what="workflow"/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <Skeleton/> }>{content}</Transition> }
}

async fn load(id: Option<WorkflowId>) -> Result<(Draft, Vec<VersionSummary>), ApiError> {
    let id = id.ok_or_else(|| ApiError::not_found("workflow"))?;
    Ok((get_workflow(id).await?, list_versions(id).await?))
}

#[component]
fn Versions(draft: Draft, versions: Vec<VersionSummary>) -> impl IntoView {
    let (id, revision, name) = (draft.id, draft.revision, draft.workflow.name.clone());
    let (latest, shown) = (versions.first().map(|version| version.version), RwSignal::new(None));
    Effect::new(move |_| shown.set(latest));
    let is_empty = versions.is_empty();
    let list = move || {
        let lines = versions.iter().cloned().map(|version| line(version, shown)).collect_view();
        view! { <ul aria-label="Versions" class="w-full shrink-0 overflow-y-auto border-line bg-surface p-3 md:w-72 md:border-r">{lines}</ul> }
    };
    let content = if is_empty {
        view! {
            <EmptyState icon=Icon::History title="Nothing is published yet" text="Every publication becomes a version that stays here as it was.">
                <TextLink href=format!("/workflows/{id}") look=Look::Primary>"Back to the design"</TextLink>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <div class="flex h-full min-h-0 flex-col md:flex-row">
                {list()}
                <div class="relative min-h-0 flex-1">{move || shown.get().map(|version| view! { <Shown id revision version/> })}</div>
            </div>
        }
        .into_any()
    };
    let title = Signal::stored(name);
    view! {
        <Frame
            section=Section::Workflows
            title
            heading=move || view! { <Breadcrumb parent="Workflows" href="/" name=title/> }
            tabs=move || view! { <WorkflowTabs workflow=id current=WorkflowTab::Versions/> }
            fill=true
        >
            {content}
        </Frame>
    }
}

fn line(version: VersionSummary, shown: RwSignal<Option<i32>>) -> impl IntoView {
    let number = version.version;
    let is_shown = move || shown.get() == Some(number);
    let class = move || {
        let tint = if is_shown() { "bg-accent-soft" } else { "hover:bg-hover" };
        format!("flex w-full items-center gap-3 rounded-lg px-3 py-2 text-left {tint}")
    };
    view! {
        <li>
            <button type="button" class=class aria-pressed=move || is_shown().to_string() on:click=move |_| shown.set(Some(number))>
                <span class="min-w-0 flex-1">
                    <span class="block font-medium">{format!("Version {number}")}</span>
                    <span class="block truncate text-caption text-muted"><Time at=version.published_at/>" · "{version.published_by}</span>
                </span>
                {version.live.then(|| view! { <Badge tone=Tone::Ok>"Live"</Badge> })}
            </button>
        </li>
    }
}

#[component]
fn Shown(id: WorkflowId, revision: i32, version: i32) -> impl IntoView {
    let loaded = LocalResource::new(move || get_version(id, version));
    let navigate = use_navigate();
    let toasts = Toasts::get();
    let restore = Callback::new(move |workflow: Workflow| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match save_draft(id, revision, workflow).await {
                Ok(_) => {
                    toasts.say(format!("Version {version} is the draft now. Publish it to make it live."));
                    navigate(&format!("/workflows/{id}"), Default::default());
                }
                Err(error) => toasts.fail(error.detail),
            }
        });
    });
    let content = move || {
        loaded.get().map(|version| match version {
            Ok(version) => {
                view! { <Picture workflow=version.workflow number=version.summary.version restore/> }.into_any()
            }
            Err(error) => view! { <ErrorState title="This version could not be loaded" text=error.detail/> }.into_any(),
        })
    };
    view! { <Suspense fallback=|| view! { <div class="p-6"><Skeleton rows=5/></div> }>{content}</Suspense> }
}

#[component]
fn Picture(workflow: Workflow, number: i32, restore: Callback<Workflow>) -> impl IntoView {
    let scene = Scene::of(&workflow, |node| kind::card(node, 0));
    let asks = RwSignal::new(false);
    let workflow = StoredValue::new(workflow);
    view! {
        <div class="absolute inset-0"><Canvas scene label=format!("Version {number}")/></div>
        <div class="absolute top-4 right-4">
            <Button icon=Icon::History on_click=Callback::new(move |_| asks.set(true))>"Restore into the draft"</Button>
        </div>
        <crate::ui::components::Dialog open=asks title=format!("Restore version {number}?")>
            <p class="mb-4 text-body text-muted">"It replaces the draft as it is now. What is live does not change until you publish."</p>
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| asks.set(false))>"Keep the draft"</Button>
                <Button look=Look::Primary on_click=Callback::new(move |_| restore.run(workflow.get_value()))>"Restore"</Button>
            </div>
        </crate::ui::components::Dialog>
    }
}
