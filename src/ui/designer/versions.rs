//! The page `/workflows/{id}/versions`: what was published, with names and notes.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::version::Shown;
use crate::{
    api::{
        ApiError,
        workflows::{get_workflow, list_versions},
    },
    domain::{
        draft::{Draft, VersionSummary},
        id::WorkflowId,
    },
    ui::{
        components::{Badge, EmptyState, Icon, Look, Skeleton, TextLink, Time, Tone},
        failure::Failure,
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
    let (id, name) = (draft.id, draft.workflow.name.clone());
    let draft = StoredValue::new(draft);
    let all = StoredValue::new(versions.clone());
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
                <div class="relative min-h-0 flex-1">{move || shown.get().map(|version| view! { <Shown draft versions=all version/> })}</div>
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
    let title =
        if version.name.is_empty() { format!("Version {number}") } else { format!("{number} · {}", version.name) };
    let note = (!version.note.is_empty())
        .then(|| view! { <span class="mt-0.5 line-clamp-2 block text-label">{version.note}</span> });
    let is_shown = move || shown.get() == Some(number);
    let class = move || {
        let tint = if is_shown() { "bg-accent-soft" } else { "hover:bg-hover" };
        format!("flex w-full items-center gap-3 rounded-lg px-3 py-2 text-left {tint}")
    };
    view! {
        <li>
            <button type="button" class=class aria-pressed=move || is_shown().to_string() on:click=move |_| shown.set(Some(number))>
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{title}</span>
                    <span class="block truncate text-caption text-muted"><Time at=version.published_at/>" · "{version.published_by}</span>
                    {note}
                </span>
                {version.live.then(|| view! { <Badge tone=Tone::Ok>"Live"</Badge> })}
            </button>
        </li>
    }
}
