//! `/triggers` and `/workflows/{id}/triggers`.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::list::TriggerList;
use crate::{
    api::{ApiError, workflows::get_workflow},
    domain::id::WorkflowId,
    ui::{
        components::{EmptyState, ErrorState, Icon, Look, Skeleton, TextLink},
        layout::{Breadcrumb, Frame, Section, WorkflowTab, WorkflowTabs},
    },
};

#[component]
pub fn TriggersPage() -> impl IntoView {
    view! { <Frame section=Section::Triggers title="Triggers"><TriggerList/></Frame> }
}

#[component]
pub fn WorkflowTriggersPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<WorkflowId>().ok())));
    let named = Resource::new(
        move || id.get(),
        |id| async move {
            let id = id.ok_or_else(|| ApiError::not_found("workflow"))?;
            Ok((id, get_workflow(id).await?.workflow.name))
        },
    );
    let retry = Callback::new(move |()| named.refetch());
    let body = move || {
        Suspend::new(async move {
            match named.await {
                Ok((workflow, name)) => view! { <OfWorkflow workflow name/> }.into_any(),
                Err(error) => view! { <Failed error retry/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <Waiting/> }>{body}</Suspense> }
}

#[component]
fn OfWorkflow(workflow: WorkflowId, name: String) -> impl IntoView {
    let crumb = name.clone();
    let heading = move || view! { <Breadcrumb parent="Workflows" href="/" name=crumb.clone()/> }.into_any();
    let tabs = move || view! { <WorkflowTabs workflow current=WorkflowTab::Triggers/> }.into_any();
    view! {
        <Frame section=Section::Workflows title=format!("{name}, triggers") heading tabs>
            <TriggerList workflow/>
        </Frame>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! { <Frame section=Section::Workflows title="Triggers"><Skeleton rows=3/></Frame> }
}

#[component]
fn Failed(error: ApiError, retry: Callback<()>) -> impl IntoView {
    let content = match error.status {
        404 => view! {
            <EmptyState icon=Icon::Search title="There is no such workflow" text="It may belong to another workspace, or it was deleted.">
                <TextLink href="/" look=Look::Primary>"All workflows"</TextLink>
            </EmptyState>
        }
        .into_any(),
        _ => view! { <ErrorState title="The workflow could not be loaded" text=error.detail retry/> }.into_any(),
    };
    view! { <Frame section=Section::Workflows title="Triggers">{content}</Frame> }
}
