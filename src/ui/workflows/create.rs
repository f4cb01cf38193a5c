//! A new workflow: from a template or from nothing.

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use super::gallery::Gallery;
use crate::{
    api::workflows::create_workflow,
    domain::template::TemplateSummary,
    ui::components::{Button, Dialog, EmptyState, Icon, Look, TextField, Toasts},
};

/// Creates and opens it; from a template, under the template's name.
fn creator() -> Callback<(String, Option<String>)> {
    let (navigate, toasts) = (use_navigate(), Toasts::get());
    let busy = RwSignal::new(false);
    Callback::new(move |(name, template): (String, Option<String>)| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match create_workflow(name, template).await {
                Ok(id) => navigate(&format!("/workflows/{id}"), Default::default()),
                Err(error) => toasts.fail(error.detail),
            }
            busy.try_set(false);
        });
    })
}

/// The empty start page: what this is, and a template one click away.
#[component]
pub fn FirstSteps(templates: Vec<TemplateSummary>, editable: bool) -> impl IntoView {
    if !editable {
        return view! {
            <EmptyState icon=Icon::Workflow title="There are no workflows yet" text="Once somebody who may edit has drawn one, it is listed here."/>
        }
        .into_any();
    }
    let create = creator();
    let choose = Callback::new(move |id: String| create.run((String::new(), Some(id))));
    view! {
        <div class="mx-auto max-w-3xl pt-6 md:pt-10">
            <h2 class="text-display font-semibold">"Draw your first workflow"</h2>
            <p class="mt-1 mb-7 max-w-lg text-lead text-muted">
                "A trigger starts it, tasks do the work, and every step is kept. Begin with a template that runs once its addresses are filled in, or with an empty canvas."
            </p>
            <div class="mb-6 flex items-center gap-3">
                <Button icon=Icon::Plus on_click=Callback::new(move |_| create.run(("Untitled workflow".to_owned(), None)))>
                    "Start from nothing"
                </Button>
            </div>
            <Gallery templates choose/>
        </div>
    }
    .into_any()
}

#[component]
pub fn NewWorkflow(open: RwSignal<bool>, templates: Vec<TemplateSummary>) -> impl IntoView {
    let create = creator();
    let templates = StoredValue::new(templates);
    view! {
        <Dialog open title="New workflow" wide=true>
            <Choice create templates/>
        </Dialog>
    }
}

#[component]
fn Choice(create: Callback<(String, Option<String>)>, templates: StoredValue<Vec<TemplateSummary>>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked();
        let name = if name.trim().is_empty() { "Untitled workflow".to_owned() } else { name };
        create.run((name, None));
    };
    let choose = Callback::new(move |id: String| create.run((name.get_untracked(), Some(id))));
    view! {
        <form class="flex items-end gap-2" on:submit=send>
            <div class="flex-1">
                <TextField name="workflow-name" label="Name" value=name on_input=Callback::new(move |value| name.set(value)) placeholder="Untitled workflow"/>
            </div>
            <Button look=Look::Primary submit=true>"Start from nothing"</Button>
        </form>
        <h3 class="mt-5 mb-2 text-label font-semibold text-muted">"Or from a template"</h3>
        <Gallery templates=templates.get_value() choose/>
    }
}
