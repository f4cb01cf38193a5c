//! The page of the library: reusable tasks with their versions, and where each is used.

use leptos::prelude::*;

use super::{LibraryTabs, Tab};
use crate::{
    api::{
        ApiError,
        library::{delete_library_task, library_usage, library_versions, list_library},
    },
    domain::{id::LibraryTaskId, library::LibraryTask, role::Action as Permission},
    ui::{
        components::{Badge, EmptyState, ErrorState, Icon, IconButton, Skeleton, Time, Toasts},
        kind,
        layout::{Frame, Section},
        session::CurrentSession,
    },
};

#[component]
pub fn LibraryPage() -> impl IntoView {
    let tasks = Resource::new(|| (), |()| list_library());
    let changed = Callback::new(move |()| tasks.refetch());
    let list = move || tasks.get().map(|tasks| contents(tasks, changed));
    view! {
        <Frame section=Section::Library title="Library" tabs=|| view! { <LibraryTabs current=Tab::Tasks/> }>
            <Transition fallback=|| view! { <Skeleton rows=3/> }>{list}</Transition>
        </Frame>
    }
}

fn contents(tasks: Result<Vec<LibraryTask>, ApiError>, changed: Callback<()>) -> AnyView {
    match tasks {
        Err(error) => {
            view! { <ErrorState title="The library cannot be shown" text=error.detail retry=changed/> }.into_any()
        }
        Ok(tasks) if tasks.is_empty() => view! {
            <EmptyState icon=Icon::Save title="Nothing in the library yet"
                text="Set up a node in the designer, then choose “Save to library”: it becomes a task of its own that every workflow can use.">
                <span></span>
            </EmptyState>
        }
        .into_any(),
        Ok(tasks) => {
            let may_edit = CurrentSession::get().session().is_some_and(|session| session.role.may(Permission::EditWorkflows));
            let rows = tasks.into_iter().map(|task| view! { <Row task may_edit changed/> });
            view! {
                <p class="mb-4 text-body text-muted">
                    "Nodes hold a copy of the version that they were made from. A newer one is offered in the designer, never forced."
                </p>
                <ul aria-label="Library" class="divide-y divide-line rounded-xl border border-line bg-surface">{rows.collect_view()}</ul>
            }
            .into_any()
        }
    }
}

#[component]
fn Row(task: LibraryTask, may_edit: bool, changed: Callback<()>) -> impl IntoView {
    let LibraryTask { id, name, version, definition, created_by, created_at } = task;
    let of = definition.kind;
    let by = (!created_by.is_empty()).then(|| format!(" by {created_by}"));
    let asked: Vec<String> = definition
        .parameters
        .iter()
        .map(|parameter| if parameter.label.is_empty() { parameter.field.clone() } else { parameter.label.clone() })
        .collect();
    let asks = (!asked.is_empty()).then(|| format!("Asks for: {}", asked.join(", ")));
    let (open, delete_name) = (RwSignal::new(false), name.clone());
    view! {
        <li class="px-4 py-3" data-family=kind::family(of)>
            <div class="flex flex-wrap items-center gap-x-3.5 gap-y-2">
                <span class="tile size-9">{kind::icon(of).view("size-[18px]")}</span>
                <div class="min-w-0 flex-1 basis-52">
                    <p class="flex items-center gap-2"><span class="truncate text-body font-medium">{name}</span><Badge>{format!("v{version}")}</Badge></p>
                    <p class="text-label break-words text-muted">{of.spec().label}{(!definition.description.is_empty()).then(|| format!(" · {}", definition.description))}</p>
                    <p class="text-caption text-muted">{asks.map(|asks| format!("{asks} · "))}"changed "<Time at=created_at/>{by}</p>
                </div>
                {may_edit.then(|| view! { <Deletion id name=delete_name changed/> })}
            </div>
            <details class="mt-2" on:toggle=move |_| open.set(true)>
                <summary class="cursor-pointer text-label text-muted">"Versions, and where it is used"</summary>
                <Show when=move || open.get()><History id/></Show>
            </details>
        </li>
    }
}

/// Loaded when somebody wants to see it.
#[component]
fn History(id: LibraryTaskId) -> impl IntoView {
    let versions = LocalResource::new(move || library_versions(id));
    let users = LocalResource::new(move || library_usage(id));
    let version = |task: LibraryTask| {
        let note = if task.definition.note.is_empty() { "–".to_owned() } else { task.definition.note.clone() };
        view! { <li class="text-label"><span class="font-medium">{format!("v{}", task.version)}</span>" "{note}" · "<Time at=task.created_at/></li> }
    };
    let told = move || match users.get()? {
        Ok(users) if users.is_empty() => Some("No workflow uses it.".to_owned()),
        Ok(users) => Some(format!("Used by {}.", users.join(", "))),
        Err(error) => Some(error.detail),
    };
    view! {
        <div class="flex flex-col gap-2 pt-2">
            <p class="text-label" data-testid="library-usage">{told}</p>
            <ul class="flex flex-col gap-1">
                {move || versions.get().and_then(Result::ok).map(|versions| versions.into_iter().map(version).collect_view())}
            </ul>
        </div>
    }
}

#[component]
fn Deletion(id: LibraryTaskId, name: String, changed: Callback<()>) -> impl IntoView {
    let (toasts, label) = (Toasts::get(), format!("Delete {name}"));
    let deleting = Action::new(move |(): &()| delete_library_task(id));
    Effect::new(move |_| match deleting.value().get() {
        Some(Ok(())) => {
            toasts.say("The task is deleted. Nodes that were made from it stay as they are.");
            changed.run(());
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let delete = Callback::new(move |_| {
        let question = format!("Delete “{name}” from the library? Nodes that were made from it stay as they are.");
        if window().confirm_with_message(&question).unwrap_or(false) {
            deleting.dispatch(());
        }
    });
    view! { <IconButton icon=Icon::Trash label=label on_click=delete/> }
}
