//! `/executions` and `/workflows/{id}/executions`: executions, newest first, as they change.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    filter::{Filter, FilterBar},
    news::{Changes, merge},
    row::ListRow,
};
use crate::{
    api::{
        ApiError,
        executions::list_executions,
        workflows::{get_workflow, list_workflows},
    },
    domain::{
        execution::{ExecutionPage, ExecutionSummary},
        id::WorkflowId,
    },
    ui::{
        components::{EmptyState, ErrorState, Icon, Look, Skeleton, TextLink},
        layout::{Breadcrumb, Frame, Section, WorkflowTab, WorkflowTabs},
    },
};

/// Every execution of the workspace.
#[component]
pub fn ExecutionsPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(|query| Filter::of("/executions", |name| query.get(name))));
    let workflows = Resource::new(|| (), |()| list_workflows());
    let options = move || {
        Suspend::new(async move {
            let known = workflows.await.unwrap_or_default();
            let options = known.into_iter().map(|workflow| (workflow.id, workflow.name)).collect::<Vec<_>>();
            view! { <FilterBar filter options/> }
        })
    };
    view! {
        <Frame section=Section::Executions title="Executions">
            <Suspense fallback=move || view! { <FilterBar filter options=Vec::new()/> }>{options}</Suspense>
            <Executions filter/>
        </Frame>
    }
}

/// The executions of one workflow.
#[component]
pub fn WorkflowExecutionsPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<WorkflowId>().ok())));
    let workflow = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_workflow(id).await.map(|draft| (id, draft.workflow.name)),
                None => Err(ApiError::not_found("workflow")),
            }
        },
    );
    let filter = Memo::new(move |_| {
        let path = format!("/workflows/{}/executions", id.get().map(|id| id.to_string()).unwrap_or_default());
        query.with(|query| Filter { workflow: id.get(), ..Filter::of(&path, |name| query.get(name)) })
    });
    let body = move || {
        Suspend::new(async move {
            match workflow.await {
                Ok((id, name)) => view! { <OfWorkflow id name filter/> }.into_any(),
                Err(error) => view! { <NoWorkflow error/> }.into_any(),
            }
        })
    };
    let waiting = || view! { <Frame section=Section::Workflows title="Executions"><Skeleton/></Frame> };
    view! { <Suspense fallback=waiting>{body}</Suspense> }
}

#[component]
fn OfWorkflow(id: WorkflowId, name: String, filter: Memo<Filter>) -> impl IntoView {
    let heading = {
        let name = name.clone();
        move || view! { <Breadcrumb parent="Workflows" href="/" name=name.clone()/> }.into_any()
    };
    view! {
        <Frame
            section=Section::Workflows
            title=format!("{name}, executions")
            heading
            tabs=move || view! { <WorkflowTabs workflow=id current=WorkflowTab::Executions/> }.into_any()
        >
            <FilterBar filter options=Vec::new()/>
            <Executions filter/>
        </Frame>
    }
}

#[component]
fn NoWorkflow(error: ApiError) -> impl IntoView {
    view! {
        <Frame section=Section::Workflows title="Executions">
            <EmptyState icon=Icon::Search title="The workflow could not be opened" text=error.detail>
                <TextLink href="/" look=Look::Primary>"All workflows"</TextLink>
            </EmptyState>
        </Frame>
    }
}

#[component]
fn Executions(filter: Memo<Filter>) -> impl IntoView {
    let page = Resource::new(move || filter.get().query(), list_executions);
    let retry = Callback::new(move |()| page.refetch());
    let changes = Changes::follow(retry);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => view! { <Loaded filter page changes/> }.into_any(),
                Err(error) => {
                    view! { <ErrorState title="The executions could not be loaded" text=error.detail retry/> }
                        .into_any()
                }
            }
        })
    };
    view! { <Transition fallback=|| view! { <Skeleton rows=8/> }>{body}</Transition> }
}

#[component]
fn Loaded(filter: Memo<Filter>, page: ExecutionPage, changes: Changes) -> impl IntoView {
    let next = page.next.map(|next| filter.get_untracked().before(next));
    let first = filter.get_untracked().first_page();
    let page = StoredValue::new(page);
    let rows: Memo<Vec<ExecutionSummary>> = Memo::new(move |_| {
        let query = filter.get_untracked().query();
        changes.get().with(|changes| page.with_value(|page| merge(page, changes, &query)))
    });
    let shows_workflow = !filter.get_untracked().is_of_one_workflow();
    let row = move |execution: ExecutionSummary| view! { <ListRow execution shows_workflow/> };
    let is_empty = move || rows.with(Vec::is_empty);
    view! {
        <Show when=is_empty fallback=move || view! {
            <ul aria-label="Executions" class="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
                <For each=move || rows.get() key=|row| (row.id, row.status, row.finished_at) children=row/>
            </ul>
        }>
            <Nothing filter/>
        </Show>
        <nav aria-label="Pages" class="mt-4 flex justify-between gap-2">
            <span>{first.map(|href| view! { <TextLink href icon=Icon::ArrowLeft>"Newest"</TextLink> })}</span>
            <span>{next.map(|href| view! { <TextLink href>"Older"</TextLink> })}</span>
        </nav>
    }
}

#[component]
fn Nothing(filter: Memo<Filter>) -> impl IntoView {
    let is_filtered = filter.get_untracked().is_narrowed();
    let path = filter.get_untracked().path;
    if is_filtered {
        return view! {
            <EmptyState icon=Icon::Filter title="No execution matches" text="Executions that match the filter show up here as soon as there are some.">
                <TextLink href=path>"Show all"</TextLink>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState icon=Icon::List title="Nothing has run yet" text="An execution is one run of a workflow. Press Run in the designer, call its webhook, or wait for its schedule; it shows up here live.">
            <TextLink href="/" look=Look::Primary>"Go to the workflows"</TextLink>
        </EmptyState>
    }
    .into_any()
}
