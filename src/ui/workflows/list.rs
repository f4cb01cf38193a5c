//! The page `/`: every workflow with what is live, when it changed and how its last execution went.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};

use super::create::{FirstSteps, NewWorkflow};
use crate::{
    api::{
        ApiError,
        executions::list_executions,
        workflows::{delete_workflow, list_templates, list_workflows},
    },
    domain::{
        draft::WorkflowSummary,
        execution::{ExecutionFilter, ExecutionStatus},
        id::WorkflowId,
        role::Action,
        template::TemplateSummary,
    },
    ui::{
        components::{
            Badge, Button, Cell, Dialog, ErrorState, HeadCell, Icon, IconButton, Look, Skeleton, Status, StatusBadge,
            Table, Time, Toasts, Tone,
        },
        kind,
        layout::{Frame, Section},
        session::CurrentSession,
    },
};

/// What the page shows.
#[derive(Clone)]
struct Shelf {
    workflows: Vec<WorkflowSummary>,
    templates: Vec<TemplateSummary>,
    /// The status of each one's last execution.
    last: HashMap<WorkflowId, ExecutionStatus>,
}

#[component]
pub fn WorkflowsPage() -> impl IntoView {
    let loaded = Resource::new(|| (), |()| load());
    let session = CurrentSession::get();
    let asks = RwSignal::new(false);
    let reload = Callback::new(move |()| loaded.refetch());
    let content = move || {
        Suspend::new(async move {
            let editable = session.role().await.is_some_and(|role| role.may(Action::EditWorkflows));
            match loaded.await {
                Ok((workflows, templates, last)) => {
                    let shelf = Shelf { workflows, templates, last: last.into_iter().collect() };
                    view! { <Content shelf editable asks reload/> }.into_any()
                }
                Err(error) => {
                    view! { <ErrorState title="The workflows could not be loaded" text=error.detail retry=reload/> }
                        .into_any()
                }
            }
        })
    };
    view! {
        <Frame section=Section::Workflows title="Workflows">
            <Transition fallback=|| view! { <Skeleton rows=6/> }>{content}</Transition>
        </Frame>
    }
}

type Loaded = (Vec<WorkflowSummary>, Vec<TemplateSummary>, Vec<(WorkflowId, ExecutionStatus)>);

async fn load() -> Result<Loaded, ApiError> {
    let workflows = list_workflows().await?;
    let recent = list_executions(ExecutionFilter { limit: 100, ..Default::default() }).await?;
    let mut last: Vec<(WorkflowId, ExecutionStatus)> = Vec::new();
    for execution in recent.executions {
        if !last.iter().any(|(id, _)| *id == execution.workflow_id) {
            last.push((execution.workflow_id, execution.status));
        }
    }
    Ok((workflows, list_templates().await?, last))
}

#[component]
fn Content(shelf: Shelf, editable: bool, asks: RwSignal<bool>, reload: Callback<()>) -> impl IntoView {
    if shelf.workflows.is_empty() {
        return view! { <FirstSteps templates=shelf.templates editable/> }.into_any();
    }
    let search = RwSignal::new(String::new());
    let doomed = RwSignal::new(None::<WorkflowSummary>);
    let (workflows, last) = (StoredValue::new(shelf.workflows), StoredValue::new(shelf.last));
    let found = move || {
        let wanted = search.get().trim().to_lowercase();
        let fits = |workflow: &&WorkflowSummary| {
            wanted.is_empty()
                || workflow.name.to_lowercase().contains(&wanted)
                || workflow.description.to_lowercase().contains(&wanted)
        };
        workflows.with_value(|workflows| workflows.iter().filter(fits).cloned().collect::<Vec<_>>())
    };
    let row = move |workflow: WorkflowSummary| {
        let status = last.with_value(|last| last.get(&workflow.id).copied());
        view! { <Row workflow status editable doomed/> }
    };
    let nothing = move || {
        found()
            .is_empty()
            .then(|| view! { <p class="px-4 py-8 text-center text-muted">"No workflow has that in its name."</p> })
    };
    view! {
        <div class="mb-5 flex items-center gap-3">
            <div class="relative max-w-72 flex-1">
                <span class="pointer-events-none absolute top-2.5 left-2.5 text-muted">{Icon::Search.view("")}</span>
                <input
                    type="search"
                    class="control bg-surface pl-8"
                    placeholder="Search workflows"
                    aria-label="Search workflows"
                    on:input=move |event| search.set(event_target_value(&event))
                />
            </div>
            <span class="hidden flex-1 md:block"></span>
            {editable.then(|| view! { <Button look=Look::Primary icon=Icon::Plus on_click=Callback::new(move |_| asks.set(true))>"New workflow"</Button> })}
        </div>
        <Table
            label="Workflows"
            head=Box::new(|| view! { <HeadCell>"Name"</HeadCell><HeadCell>"Live"</HeadCell><HeadCell>"Last execution"</HeadCell><HeadCell>"Changed"</HeadCell><HeadCell><span class="sr-only">"Actions"</span></HeadCell> }.into_any())
        >
            <For each=found key=|workflow| workflow.id children=row/>
        </Table>
        {nothing}
        <NewWorkflow open=asks templates=shelf.templates/>
        <DeleteDialog doomed reload/>
    }
    .into_any()
}

#[component]
fn Row(
    workflow: WorkflowSummary,
    status: Option<ExecutionStatus>,
    editable: bool,
    doomed: RwSignal<Option<WorkflowSummary>>,
) -> impl IntoView {
    let href = format!("/workflows/{}", workflow.id);
    let live = match workflow.live_version {
        Some(version) => view! { <Badge tone=Tone::Ok>{format!("v{version}")}</Badge> }.into_any(),
        None => view! { <span class="text-muted">"Draft"</span> }.into_any(),
    };
    let kinds: Vec<_> = workflow
        .kinds
        .iter()
        .take(5)
        .map(|kind| view! { <span class="tile size-6" data-family=kind::family(*kind) title=kind.spec().label>{kind::icon(*kind).view("size-3.5")}</span> })
        .collect();
    let about = if workflow.description.is_empty() {
        format!("{} nodes", workflow.node_count)
    } else {
        workflow.description.clone()
    };
    let last = status.map(|status| view! { <StatusBadge status=Status::from(status)/> });
    let name = workflow.name.clone();
    let (label, at) = (format!("Delete {name}"), workflow.updated_at);
    let delete = editable.then(move || view! { <IconButton icon=Icon::Trash label on_click=Callback::new(move |_| doomed.set(Some(workflow.clone())))/> });
    view! {
        <tr class="relative">
            <Cell>
                <div class="flex min-w-40 items-center gap-3 md:min-w-56">
                    <div class="min-w-0 flex-1">
                        <a href=href class="font-medium after:absolute after:inset-0 hover:text-accent-strong">{name}</a>
                        <p class="max-w-40 truncate text-label md:max-w-80 text-muted">{about}</p>
                    </div>
                    <span class="hidden gap-1 lg:flex" aria-hidden="true">{kinds}</span>
                </div>
            </Cell>
            <Cell>{live}</Cell>
            <Cell>{last}</Cell>
            <Cell><span class="text-muted"><Time at/></span></Cell>
            <Cell><span class="relative z-10 flex justify-end">{delete}</span></Cell>
        </tr>
    }
}

#[component]
fn DeleteDialog(doomed: RwSignal<Option<WorkflowSummary>>, reload: Callback<()>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if doomed.with(Option::is_some) {
            open.set(true);
        }
    });
    let toasts = Toasts::get();
    let delete = move |_| {
        let Some(workflow) = doomed.get_untracked() else { return };
        open.set(false);
        spawn_local(async move {
            match delete_workflow(workflow.id).await {
                Ok(()) => {
                    toasts.say(format!("Deleted “{}”.", workflow.name));
                    reload.run(());
                }
                Err(error) => toasts.fail(error.detail),
            }
        });
    };
    let name = move || doomed.get().map(|workflow| workflow.name).unwrap_or_default();
    view! {
        <Dialog open title="Delete this workflow?">
            <p class="mb-4 text-body text-muted">
                {move || format!("“{}” goes with all its versions, and its triggers stop. This cannot be undone.", name())}
            </p>
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Keep it"</Button>
                <Button look=Look::Danger on_click=Callback::new(delete)>"Delete"</Button>
            </div>
        </Dialog>
    }
}
