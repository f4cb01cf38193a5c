//! One published version: as it was, or what changed since another one, on the canvas and field by field.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use serde_json::Value;

use super::{export::file_name, files};
use crate::{
    api::workflows::{describe_version, get_version, import_workflow, save_draft},
    domain::{
        diff::{self, Diff, FieldChange, NodeChange, Sort},
        draft::{Draft, Version, VersionSummary},
        id::NodeId,
        workflow::Workflow,
    },
    ui::{
        canvas::{Canvas, Card, Scene},
        components::{
            Button, Dialog, ErrorState, Icon, IconButton, Look, Select, Skeleton, TextArea, TextField, Toasts,
        },
        kind,
    },
};

/// What a version is compared with.
const NOTHING: &str = "";
const DRAFT: &str = "draft";

#[component]
pub fn Shown(draft: StoredValue<Draft>, versions: StoredValue<Vec<VersionSummary>>, version: i32) -> impl IntoView {
    let id = draft.with_value(|draft| draft.id);
    let loaded = LocalResource::new(move || get_version(id, version));
    let content = move || {
        loaded.get().map(|found| match found {
            Ok(found) => view! { <Compared draft versions found/> }.into_any(),
            Err(error) => view! { <ErrorState title="This version could not be loaded" text=error.detail/> }.into_any(),
        })
    };
    view! { <Suspense fallback=|| view! { <div class="p-6"><Skeleton rows=5/></div> }>{content}</Suspense> }
}

#[component]
fn Compared(draft: StoredValue<Draft>, versions: StoredValue<Vec<VersionSummary>>, found: Version) -> impl IntoView {
    let (id, number) = (draft.with_value(|draft| draft.id), found.summary.version);
    let with = RwSignal::new(NOTHING.to_owned());
    let others = versions.with_value(|versions| {
        let earlier = versions.iter().map(|other| other.version).filter(|other| *other != number);
        let earlier = earlier.map(|other| (other.to_string(), format!("Changes since version {other}")));
        let first =
            [(NOTHING.to_owned(), "As it was".to_owned()), (DRAFT.to_owned(), "Changes up to the draft".to_owned())];
        first.into_iter().chain(earlier).collect::<Vec<_>>()
    });
    let (summary, own) = (found.summary, StoredValue::new(found.workflow));
    let other = LocalResource::new(move || {
        let with = with.get();
        async move {
            match with.as_str() {
                NOTHING => Ok(None),
                DRAFT => Ok(Some(draft.with_value(|draft| draft.workflow.clone()))),
                version => {
                    let version = version.parse().unwrap_or_default();
                    get_version(id, version).await.map(|found| Some(found.workflow))
                }
            }
        }
    });
    let picture = move || {
        other.get().map(|other| match other {
            Ok(None) => view! { <Picture workflow=own.get_value() number/> }.into_any(),
            // A later drawing is on the right of what it came from.
            Ok(Some(drawn)) if with.get_untracked() == DRAFT => {
                view! { <Changes before=own.get_value() after=drawn/> }.into_any()
            }
            Ok(Some(earlier)) => view! { <Changes before=earlier after=own.get_value()/> }.into_any(),
            Err(error) => view! { <ErrorState title="It could not be compared" text=error.detail/> }.into_any(),
        })
    };
    view! {
        <div class="flex h-full min-h-0 flex-col">
            <div class="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
                <div class="w-64"><Select name="compare" label="Show" options=Signal::stored(others) value=with on_change=Callback::new(move |value| with.set(value))/></div>
                <span class="flex-1"></span>
                <Copies number own/>
                <Describe draft summary/>
                <Restore draft number own/>
            </div>
            <div class="relative min-h-0 flex-1"><Suspense fallback=|| view! { <div class="p-6"><Skeleton rows=5/></div> }>{picture}</Suspense></div>
        </div>
    }
}

#[component]
fn Picture(workflow: Workflow, number: i32) -> impl IntoView {
    let scene = Scene::of(&workflow, |node| kind::card(node, 0));
    view! { <div class="absolute inset-0"><Canvas scene label=format!("Version {number}")/></div> }
}

/// Both drawings on one canvas, and beside it every field that differs.
#[component]
fn Changes(before: Workflow, after: Workflow) -> impl IntoView {
    let found = diff::diff(&before, &after);
    let both = diff::together(&before, &after, &found);
    let scene = Scene::new();
    let card = |node: &crate::domain::workflow::Node| Card {
        change: found.sort_of(&node.id).map(Sort::name),
        ..kind::card(node, 0)
    };
    found.added_edges.iter().for_each(|edge| scene.mark_edge(edge.clone(), Sort::Added.name()));
    found.removed_edges.iter().for_each(|edge| scene.mark_edge(edge.clone(), Sort::Removed.name()));
    scene.sync(&both, card);
    scene.fit();
    view! {
        <div class="absolute inset-0 flex">
            <div class="relative min-w-0 flex-1"><Canvas scene label="What changed"/></div>
            <aside aria-label="Changes" class="w-80 shrink-0 overflow-y-auto border-l border-line bg-surface p-4"><List found scene/></aside>
        </div>
    }
}

#[component]
fn List(found: Diff, scene: Scene) -> impl IntoView {
    if found.is_empty() {
        return view! { <p class="text-muted">"Nothing differs but places."</p> }.into_any();
    }
    let count = |sort: Sort| found.nodes.iter().filter(|change| change.sort == sort).count();
    let sums = format!(
        "{} added, {} changed, {} removed; {} edges added, {} removed",
        count(Sort::Added),
        count(Sort::Changed),
        count(Sort::Removed),
        found.added_edges.len(),
        found.removed_edges.len()
    );
    let head = (!found.fields.is_empty()).then(|| {
        view! { <section class="mb-4"><h3 class="mb-1 font-semibold">"Workflow"</h3>{fields(found.fields.clone())}</section> }
    });
    let nodes = found.nodes.into_iter().map(|change| node(scene, change)).collect_view();
    view! { <p class="mb-4 text-label text-muted">{sums}</p> {head} {nodes} }.into_any()
}

fn node(scene: Scene, change: NodeChange) -> impl IntoView {
    let (tint, word) = match change.sort {
        Sort::Added => ("text-ok-text", "added"),
        Sort::Changed => ("text-wait-text", "changed"),
        Sort::Removed => ("text-bad-text", "removed"),
    };
    let show = move |id: &NodeId| {
        scene.select_nodes([id.clone()]);
        scene.reveal(id);
    };
    let id = change.id.clone();
    view! {
        <section class="mb-4">
            <button type="button" class="mb-1 flex w-full items-baseline justify-between gap-2 text-left hover:underline" on:click=move |_| show(&id)>
                <span class="truncate font-semibold">{change.name}</span>
                <span class=format!("text-label {tint}")>{word}</span>
            </button>
            {fields(change.fields)}
        </section>
    }
}

fn fields(changes: Vec<FieldChange>) -> impl IntoView {
    let line = |change: FieldChange| {
        let before = change.before.map(|value| view! { <del class="block rounded bg-bad-soft px-1.5 text-bad-text no-underline">{format!("− {}", short(&value))}</del> });
        let after = change.after.map(|value| view! { <ins class="block rounded bg-ok-soft px-1.5 text-ok-text no-underline">{format!("+ {}", short(&value))}</ins> });
        view! {
            <div class="mb-1.5">
                <dt class="text-label text-muted">{change.field}</dt>
                <dd class="mono break-words whitespace-pre-wrap">{before} {after}</dd>
            </div>
        }
    };
    view! { <dl>{changes.into_iter().map(line).collect_view()}</dl> }
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    if text.chars().count() > 300 { text.chars().take(300).chain(['…']).collect() } else { text }
}

/// It leaves as a file, or becomes a workflow of its own.
#[component]
fn Copies(number: i32, own: StoredValue<Workflow>) -> impl IntoView {
    let (toasts, navigate, busy) = (Toasts::get(), use_navigate(), RwSignal::new(false));
    let save = Callback::new(move |_| {
        own.with_value(|workflow| {
            let name = file_name(&format!("{} v{number}", workflow.name), "json");
            files::save(&name, "application/json", &serde_json::to_string_pretty(workflow).unwrap_or_default());
        });
    });
    let copy = Callback::new(move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (workflow, navigate) = (own.get_value(), navigate.clone());
        spawn_local(async move {
            let name = format!("{} (version {number})", workflow.name);
            match import_workflow(Workflow { name, ..workflow }).await {
                Ok(id) => navigate(&format!("/workflows/{id}"), Default::default()),
                Err(error) => toasts.fail(error.detail),
            }
            busy.try_set(false);
        });
    });
    view! {
        <IconButton icon=Icon::Download label="Download as JSON" on_click=save/>
        <IconButton icon=Icon::Copy label="New workflow from this version" on_click=copy/>
    }
}

/// What people call it and say of it.
#[component]
fn Describe(draft: StoredValue<Draft>, summary: VersionSummary) -> impl IntoView {
    let (id, version) = (draft.with_value(|draft| draft.id), summary.version);
    let asks = RwSignal::new(false);
    let (name, note) = (RwSignal::new(summary.name), RwSignal::new(summary.note));
    let toasts = Toasts::get();
    let save = Callback::new(move |()| {
        spawn_local(async move {
            match describe_version(id, version, name.get_untracked(), note.get_untracked()).await {
                Ok(()) => {
                    asks.set(false);
                    // The list beside shows it too.
                    drop(window().location().reload());
                }
                Err(error) => toasts.fail(error.detail),
            }
        });
    });
    view! {
        <IconButton icon=Icon::Pencil label="Name and note" on_click=Callback::new(move |_| asks.set(true))/>
        <Dialog open=asks title=format!("Version {version}")>
            <div class="flex flex-col gap-4">
                <TextField name="version-name" label="Name" value=name on_input=Callback::new(move |text| name.set(text))/>
                <TextArea name="version-note" label="Note" rows=4 value=note on_input=Callback::new(move |text| note.set(text))/>
                <div class="flex justify-end"><Button look=Look::Primary on_click=Callback::new(move |_| save.run(()))>"Keep"</Button></div>
            </div>
        </Dialog>
    }
}

#[component]
fn Restore(draft: StoredValue<Draft>, number: i32, own: StoredValue<Workflow>) -> impl IntoView {
    let asks = RwSignal::new(false);
    let (toasts, navigate) = (Toasts::get(), use_navigate());
    let restore = Callback::new(move |()| {
        let navigate = navigate.clone();
        let (id, revision) = draft.with_value(|draft| (draft.id, draft.revision));
        spawn_local(async move {
            match save_draft(id, revision, own.get_value()).await {
                Ok(_) => {
                    toasts.say(format!("Version {number} is the draft now. Publish it to make it live."));
                    navigate(&format!("/workflows/{id}"), Default::default());
                }
                Err(error) => toasts.fail(error.detail),
            }
        });
    });
    view! {
        <Button icon=Icon::History on_click=Callback::new(move |_| asks.set(true))>"Restore into the draft"</Button>
        <Dialog open=asks title=format!("Restore version {number}?")>
            <p class="mb-4 text-body text-muted">"It replaces the draft as it is now. What is live does not change until you publish."</p>
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| asks.set(false))>"Keep the draft"</Button>
                <Button look=Look::Primary on_click=Callback::new(move |_| restore.run(()))>"Restore"</Button>
            </div>
        </Dialog>
    }
}
