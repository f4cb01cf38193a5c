//! The workspace's library in the designer: its section of the palette, and the nodes that are made from it.

use leptos::{prelude::*, task::spawn_local};

use super::editor::Editor;
use crate::{
    api::library::list_library,
    domain::{
        id::{LibraryTaskId, NodeId},
        library::LibraryTask,
    },
    ui::kind,
};

/// The tasks of the library, each in its newest version; none until they are loaded.
#[derive(Clone, Copy)]
pub struct Library(RwSignal<Vec<LibraryTask>>);

impl Library {
    /// For everything below this component.
    pub fn provide() {
        let library = Self(RwSignal::new(Vec::new()));
        provide_context(library);
        Effect::new(move |_| library.reload());
    }

    pub fn get() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Vec::new())))
    }

    /// In the browser, behind the page's back; where it cannot be read there is nothing to offer.
    pub fn reload(self) {
        spawn_local(async move {
            self.0.try_set(list_library().await.unwrap_or_default());
        });
    }

    pub fn task(self, id: LibraryTaskId) -> Option<LibraryTask> {
        self.0.with(|tasks| tasks.iter().find(|task| task.id == id).cloned())
    }

    fn found(self, text: &str) -> Vec<LibraryTask> {
        let wanted = text.trim().to_lowercase();
        let fits = |task: &&LibraryTask| {
            [&task.name, &task.definition.description].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        self.0.with(|tasks| tasks.iter().filter(fits).cloned().collect())
    }
}

/// Adds a node made from the task where there is room.
pub fn add(editor: Editor, task: &LibraryTask) -> NodeId {
    let id = editor.add_somewhere(task.definition.kind);
    let taken: Vec<String> =
        editor.workflow.with_untracked(|workflow| workflow.nodes.iter().map(|node| node.name.clone()).collect());
    let numbered = (2..).map(|number| format!("{} {number}", task.name));
    let name = std::iter::once(task.name.clone()).chain(numbered).find(|name| !taken.contains(name));
    editor.change_node(&id, "library task", |node| {
        task.apply(node);
        node.name = name.unwrap_or_default();
    });
    id
}

/// The section “Library” of the palette; nothing where the library has nothing that answers the search.
#[component]
pub fn LibrarySection(editor: Editor, text: RwSignal<String>) -> impl IntoView {
    let library = Library::get();
    move || {
        let found = library.found(&text.get());
        (!found.is_empty()).then(|| {
            let items = found.into_iter().map(|task| view! { <Item editor task/> }).collect_view();
            view! {
                <section class="mb-4">
                    <h2 class="mb-1 px-1 text-caption font-semibold text-muted">"Library"</h2>
                    {items}
                </section>
            }
        })
    }
}

#[component]
fn Item(editor: Editor, task: LibraryTask) -> impl IntoView {
    let (of, name, about) = (task.definition.kind, task.name.clone(), task.definition.description.clone());
    view! {
        <button
            type="button"
            title=about
            data-library=task.name.clone()
            data-family=kind::family(of)
            class="flex w-full items-center gap-2.5 rounded-lg px-1.5 py-1 text-left text-body transition-colors hover:bg-hover"
            on:click=move |_| drop(add(editor, &task))
        >
            <span class="tile size-7">{kind::icon(of).view("size-4")}</span>
            <span class="truncate">{name}</span>
        </button>
    }
}
