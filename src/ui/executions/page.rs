//! `/executions/{id}`: one execution, live.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    actions::Actions, events::EventList, follow::LiveExecution, gantt::Gantt, graph::Graph, hold::HoldNotice,
    nodes::NodeList, notice::DiagnosisNotice, panel::NodePanel,
};
use crate::{
    api::{ApiError, executions::get_execution},
    domain::{
        execution::ExecutionView,
        id::{ExecutionId, NodeId},
    },
    ui::{
        components::{Badge, EmptyState, ErrorState, Icon, Look, Skeleton, TextLink},
        layout::{Breadcrumb, Frame, Section, WorkflowTab, WorkflowTabs},
    },
};

#[component]
pub fn ExecutionPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<ExecutionId>().ok())));
    let view = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_execution(id).await,
                None => Err(ApiError::not_found("execution")),
            }
        },
    );
    let retry = Callback::new(move |()| view.refetch());
    let body = move || {
        Suspend::new(async move {
            match view.await {
                Ok(view) => view! { <Loaded view/> }.into_any(),
                Err(error) => view! { <Failed error retry/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <Waiting/> }>{body}</Suspense> }
}

#[component]
fn Waiting() -> impl IntoView {
    view! { <Frame section=Section::Executions title="Execution"><Skeleton rows=6/></Frame> }
}

#[component]
fn Failed(error: ApiError, retry: Callback<()>) -> impl IntoView {
    let content = match error.status {
        404 => view! {
            <EmptyState icon=Icon::Search title="There is no such execution" text="It may belong to another workspace, or its workflow was deleted.">
                <TextLink href="/executions" look=Look::Primary>"All executions"</TextLink>
            </EmptyState>
        }
        .into_any(),
        _ => view! { <ErrorState title="The execution could not be loaded" text=error.detail retry/> }.into_any(),
    };
    view! { <Frame section=Section::Executions title="Execution">{content}</Frame> }
}

#[component]
fn Loaded(view: ExecutionView) -> impl IntoView {
    let live = LiveExecution::follow(view);
    let query = use_query_map();
    let selected = Memo::new(move |_| query.with(|query| query.get("node").map(NodeId::from)));
    let name = live.summary.with_value(|summary| summary.workflow_name.clone());
    let workflow = live.summary.with_value(|summary| summary.workflow_id);
    let heading = move || view! { <Heading live/> }.into_any();
    view! {
        <Frame
            section=Section::Executions
            title=format!("{name}, execution")
            heading
            tabs=move || view! { <WorkflowTabs workflow current=WorkflowTab::Executions/> }.into_any()
            actions=move || view! { <Actions live/> }.into_any()
            fill=true
        >
            <div class="flex h-full flex-col overflow-y-auto md:grid md:grid-cols-[minmax(0,1fr)_320px] md:overflow-hidden">
                <div class="contents md:flex md:min-h-0 md:flex-col">
                    <DiagnosisNotice live/>
                    <HoldNotice live/>
                    <div class="relative hidden min-h-0 flex-1 md:block"><Graph live selected/></div>
                    <NodeList live selected/>
                    <Gantt live/>
                </div>
                <aside aria-label="Details" class="contents border-line bg-surface md:block md:min-h-0 md:overflow-y-auto md:border-l">
                    <div id="details" class="order-1 shrink-0 bg-surface"><NodePanel live selected/></div>
                    <EventList live selected/>
                </aside>
            </div>
        </Frame>
    }
}

#[component]
fn Heading(live: LiveExecution) -> impl IntoView {
    let (name, workflow, version) =
        live.summary.with_value(|summary| (summary.workflow_name.clone(), summary.workflow_id, summary.version));
    let version = if version == 0 { "draft".to_owned() } else { format!("v{version}") };
    view! {
        <Breadcrumb parent="Executions" href=format!("/workflows/{workflow}/executions") name/>
        <span class="hidden md:inline-flex"><Badge>{version}</Badge></span>
    }
}
