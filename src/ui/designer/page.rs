//! The page `/workflows/{id}`: palette, canvas, inspector; on phones the outline with the inspector as a sheet.

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_params_map;

use super::{
    connect::ConnectDialog,
    editor::Editor,
    header::{Actions, Heading},
    inspector::Inspector,
    keys::{self, Keys},
    library::Library,
    outline::Outline,
    palette::Palette,
    problems::ProblemMark,
    quick_add::{Place, QuickAdd},
    run::RunDialog,
};
use crate::{
    api::{ApiError, workflows::get_workflow},
    domain::{draft::Draft, id::WorkflowId, role::Action, task::Kind, workflow::Point},
    ui::{
        canvas::{Canvas, Hands},
        components::Skeleton,
        failure::Failure,
        layout::{Frame, Section, WorkflowTab, WorkflowTabs},
        session::CurrentSession,
    },
};

#[component]
pub fn DesignerPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<WorkflowId>().ok()));
    let draft = Resource::new(move || id.get(), load);
    let session = CurrentSession::get();
    let content = move || {
        Suspend::new(async move {
            match draft.await {
                Ok(draft) => {
                    let editable = session.role().await.is_some_and(|role| role.may(Action::EditWorkflows));
                    view! { <Designer draft editable/> }.into_any()
                }
                Err(error) => view! { <Failure error section=Section::Workflows what="workflow"/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=Loading>{content}</Transition> }
}

async fn load(id: Option<WorkflowId>) -> Result<Draft, ApiError> {
    match id {
        Some(id) => get_workflow(id).await,
        None => Err(ApiError::not_found("workflow")),
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! { <Frame section=Section::Workflows title="Workflow"><Skeleton rows=6/></Frame> }
}

/// What is open in front of the canvas.
#[derive(Clone, Copy)]
pub struct Overlays {
    pub quick_add: RwSignal<Option<Place>>,
    pub connect: RwSignal<bool>,
    pub run: RwSignal<bool>,
    pub keys: RwSignal<bool>,
    /// On phones: the inspector covers the outline.
    pub sheet: RwSignal<bool>,
}

impl Overlays {
    fn new() -> Self {
        Self {
            quick_add: RwSignal::new(None),
            connect: RwSignal::new(false),
            run: RwSignal::new(false),
            keys: RwSignal::new(false),
            sheet: RwSignal::new(false),
        }
    }
}

#[component]
fn Designer(draft: Draft, editable: bool) -> impl IntoView {
    let id = draft.id;
    let editor = Editor::new(draft, editable);
    let overlays = Overlays::new();
    Library::provide();
    keys::listen(editor, overlays);
    let title = Signal::derive(move || editor.workflow.with(|workflow| workflow.name.clone()));
    view! {
        <Frame
            section=Section::Workflows
            title
            heading=move || view! { <Heading editor/> }
            tabs=move || view! { <WorkflowTabs workflow=id current=WorkflowTab::Design/> }
            actions=move || view! { <Actions editor overlays/> }
            fill=true
        >
            <div class="relative flex h-full min-h-0">
                {editable.then(|| view! { <Palette editor/> })}
                <Stage editor overlays/>
                <Inspector editor sheet=overlays.sheet connect=overlays.connect/>
            </div>
            <ConnectDialog editor open=overlays.connect/>
            <RunDialog editor open=overlays.run/>
            <Keys open=overlays.keys/>
        </Frame>
    }
}

/// The canvas, and on phones the outline in its place.
#[component]
fn Stage(editor: Editor, overlays: Overlays) -> impl IntoView {
    let hands = editor.editable.then(|| hands(editor, overlays));
    let label = Signal::derive(move || editor.workflow.with(|workflow| format!("Workflow {}", workflow.name)));
    let tidy = editor.editable.then(|| Callback::new(move |()| editor.tidy()));
    let is_wide = watch_width();
    let is_empty = Memo::new(move |_| editor.workflow.with(|workflow| workflow.nodes.is_empty()));
    view! {
        <section aria-label="Canvas" class="relative hidden min-w-0 flex-1 md:block">
            <Canvas scene=editor.scene hands tidy label/>
            <Show when=move || is_empty.get()>
                <div class="pointer-events-none absolute inset-0 grid place-items-center">
                    <p class="max-w-72 text-center text-body text-muted">
                        "Drag a trigger from the left to begin, or press N and type what should start this workflow."
                    </p>
                </div>
            </Show>
            <ProblemMark editor/>
            <QuickAdd editor place=overlays.quick_add/>
        </section>
        <Show when=move || !is_wide.get()>
            <Outline editor overlays/>
        </Show>
    }
}

/// Whether the canvas has its room. False until the page is awake: the server sends canvas and outline, and the
/// stylesheet shows the one that fits; then the outline leaves wide pages.
fn watch_width() -> RwSignal<bool> {
    let is_wide = RwSignal::new(false);
    let measure = move || {
        let query = window().match_media("(min-width: 48rem)").ok().flatten();
        let matches = query.is_some_and(|query| query.matches());
        if is_wide.get_untracked() != matches {
            is_wide.set(matches);
        }
    };
    Effect::new(move |_| {
        measure();
        let resized = window_event_listener(ev::resize, move |_| measure());
        on_cleanup(move || resized.remove());
    });
    is_wide
}

fn hands(editor: Editor, overlays: Overlays) -> Hands {
    Hands {
        moved: Callback::new(move |moved: Vec<_>| editor.move_to(&moved)),
        refusals: Callback::new(move |from| editor.refusals(&from)),
        connect: Callback::new(move |edge| editor.connect(edge)),
        dangling: Callback::new(move |dangling| overlays.quick_add.set(Some(Place::after(dangling)))),
        dropped: Callback::new(move |(text, at): (String, Point)| {
            if let Some(kind) = Kind::parse(&text) {
                editor.drop_kind(kind, at);
            }
        }),
        open: Callback::new(move |node| editor.wanted.set(Some((node, String::new())))),
    }
}
