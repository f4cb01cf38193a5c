//! The page of variables: values that all workflows of the workspace read in expressions.

use leptos::prelude::*;

use super::{LibraryTabs, Tab, variable_dialog::VariableDialog};
use crate::{
    api::{
        ApiError,
        variables::{delete_variable, list_variables},
    },
    domain::{
        role::Action as Permission,
        variable::{Variable, typed},
    },
    ui::{
        components::{Button, EmptyState, ErrorState, Icon, IconButton, Look, Skeleton, Time, Toasts},
        layout::{Frame, Section},
        session::CurrentSession,
    },
};

/// The dialog, and the variable that it is about; none: a new one.
#[derive(Clone, Copy)]
struct Editing {
    open: RwSignal<bool>,
    about: RwSignal<Option<Variable>>,
}

impl Editing {
    fn begin(self, about: Option<Variable>) {
        self.about.set(about);
        self.open.set(true);
    }
}

#[component]
pub fn VariablesPage() -> impl IntoView {
    let variables = Resource::new(|| (), |()| list_variables());
    let editing = Editing { open: RwSignal::new(false), about: RwSignal::new(None) };
    let changed = Callback::new(move |()| variables.refetch());
    let list = move || variables.get().map(|variables| contents(variables, editing, changed));
    let tabs = || view! { <LibraryTabs current=Tab::Variables/> };
    view! {
        <Frame section=Section::Library title="Variables" tabs actions=move || view! { <HeadButton editing/> }>
            <Transition fallback=|| view! { <Skeleton rows=3/> }>{list}</Transition>
            <VariableDialog open=editing.open about=editing.about on_done=changed/>
        </Frame>
    }
}

/// Read it inside of a `Transition`.
fn may_change() -> bool {
    CurrentSession::get().session().is_some_and(|session| session.role.may(Permission::PublishWorkflows))
}

#[component]
fn HeadButton(editing: Editing) -> impl IntoView {
    view! { <Transition>{move || may_change().then(|| new_button(editing))}</Transition> }
}

fn new_button(editing: Editing) -> impl IntoView {
    let create = Callback::new(move |_| editing.begin(None));
    view! { <Button look=Look::Primary icon=Icon::Plus on_click=create>"New variable"</Button> }
}

fn contents(variables: Result<Vec<Variable>, ApiError>, editing: Editing, changed: Callback<()>) -> AnyView {
    match variables {
        Err(error) => {
            view! { <ErrorState title="Variables cannot be shown" text=error.detail retry=changed/> }.into_any()
        }
        Ok(variables) if variables.is_empty() => view! {
            <EmptyState icon=Icon::Braces title="No variables yet"
                text="Keep what several workflows share here: an address, a limit, a list of people. Expressions read it as vars.name.">
                <span></span>
            </EmptyState>
        }
        .into_any(),
        Ok(variables) => {
            let may_change = may_change();
            let rows = variables.into_iter().map(|variable| view! { <Row variable may_change editing changed/> });
            view! {
                <p class="mb-4 text-body text-muted">
                    "Expressions read them as vars.name; a change counts for the next attempt. They are no place for secrets: those are credentials."
                </p>
                <ul aria-label="Variables" class="divide-y divide-line rounded-xl border border-line bg-surface">{rows.collect_view()}</ul>
            }
            .into_any()
        }
    }
}

#[component]
fn Row(variable: Variable, may_change: bool, editing: Editing, changed: Callback<()>) -> impl IntoView {
    let Variable { name, value, description, changed_by, changed_at } = variable.clone();
    let by = (!changed_by.is_empty()).then(|| format!(" by {changed_by}"));
    let value: String = typed(&value).chars().take(200).collect();
    let title = value.clone();
    let about = (!description.is_empty()).then(|| format!("{description} · "));
    let actions = may_change.then(|| view! { <RowActions variable editing changed/> });
    view! {
        <li class="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
            <div class="min-w-0 flex-1 basis-52">
                <p class="mono truncate text-label font-medium">"vars."{name}</p>
                <p class="mono truncate text-label text-muted" title=title>{value}</p>
                <p class="text-caption text-muted">{about}"changed "<Time at=changed_at/>{by}</p>
            </div>
            {actions}
        </li>
    }
}

#[component]
fn RowActions(variable: Variable, editing: Editing, changed: Callback<()>) -> impl IntoView {
    let (toasts, name) = (Toasts::get(), StoredValue::new(variable.name.clone()));
    let deleting = Action::new(|name: &String| delete_variable(name.clone()));
    Effect::new(move |_| match deleting.value().get() {
        Some(Ok(())) => {
            toasts.say(format!("vars.{} is deleted.", name.get_value()));
            changed.run(());
        }
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let label = format!("Delete vars.{}", variable.name);
    let edit = Callback::new(move |_| editing.begin(Some(variable.clone())));
    let delete = Callback::new(move |_| {
        let question = format!("Delete vars.{}? Workflows that read it will not find it.", name.get_value());
        if window().confirm_with_message(&question).unwrap_or(false) {
            deleting.dispatch(name.get_value());
        }
    });
    view! {
        <div class="ml-auto flex items-center gap-1">
            <Button look=Look::Secondary on_click=edit>"Change"</Button>
            <IconButton icon=Icon::Trash label=label on_click=delete/>
        </div>
    }
}
