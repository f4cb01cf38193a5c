//! What the panel of a node says of the library: where the node comes from, and whether there is a newer version.

use leptos::prelude::*;

use super::{node::Subject, save_task::SaveTaskDialog};
use crate::{
    domain::{
        library::{LibraryTask, LibraryUse},
        task::Field,
    },
    ui::{
        components::{Badge, Button, Icon, Tone},
        designer::library::Library,
    },
};

/// The library task that the node was made from, as it is now in the library.
pub fn source_of(subject: Subject) -> Signal<Option<LibraryTask>> {
    let (library, used) = (Library::get(), use_of(subject));
    Signal::derive(move || library.task(used.get()?.task))
}

fn use_of(subject: Subject) -> Signal<Option<LibraryUse>> {
    subject.read(|node| node.library.clone())
}

/// Below the summary: origin, update, and the button that keeps the node.
#[component]
pub fn LibraryInfo(subject: Subject, shows_all: RwSignal<bool>) -> impl IntoView {
    let (used, source, saving) = (use_of(subject), source_of(subject), RwSignal::new(false));
    let origin = move || used.get().map(|used| view! { <Origin subject used source=source.get() shows_all/> });
    let open = Callback::new(move |_| saving.set(true));
    view! {
        <div class="flex flex-col gap-2">
            {origin}
            <Show when=move || subject.editor.editable>
                <div><Button icon=Icon::Save on_click=open>"Save to library"</Button></div>
            </Show>
        </div>
        <SaveTaskDialog subject open=saving source/>
    }
}

#[component]
fn Origin(subject: Subject, used: LibraryUse, source: Option<LibraryTask>, shows_all: RwSignal<bool>) -> impl IntoView {
    let newer = source.clone().filter(|task| task.version > used.version);
    let name = source.map_or_else(|| "a task that is no longer in the library".to_owned(), |task| task.name);
    let detach = Callback::new(move |_| subject.change("library task", |node| node.library = None));
    let label = move || if shows_all.get() { "Parameters only" } else { "Show all fields" };
    view! {
        <div class="flex flex-col gap-2 rounded-lg border border-line px-3 py-2.5" data-testid="library-origin">
            <p class="text-label text-muted">"From the library: "<span class="font-medium text-fg">{name}</span>{format!(", version {}", used.version)}</p>
            {newer.map(|task| view! { <Offer subject task/> })}
            <div class="flex flex-wrap gap-2">
                <Button on_click=Callback::new(move |_| shows_all.update(|all| *all = !*all))>{label}</Button>
                <Button on_click=detach>"Detach"</Button>
            </div>
        </div>
    }
}

/// A newer version, which nobody has to take.
#[component]
fn Offer(subject: Subject, task: LibraryTask) -> impl IntoView {
    let note = task.definition.note.clone();
    let update = Callback::new({
        let task = task.clone();
        move |_| subject.change("library task", |node| task.apply(node))
    });
    view! {
        <div class="flex flex-wrap items-center gap-2">
            <Badge tone=Tone::Wait>{format!("Newer version {}", task.version)}</Badge>
            <Button on_click=update>"Update"</Button>
            {(!note.is_empty()).then(|| view! { <p class="w-full text-label text-muted">{note}</p> })}
        </div>
    }
}

/// What the library task calls the field and says of it; none: it is fixed there.
pub fn parameter(task: &LibraryTask, field: &'static Field) -> Option<(String, String)> {
    let parameter = task.definition.parameter(field.name)?;
    let label = if parameter.label == field.label { String::new() } else { parameter.label.clone() };
    Some((label, parameter.help.clone()))
}
