//! The page `/workflows/{id}`: palette, canvas, inspector; on phones the outline with the inspector as a sheet.

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_params_map;
use wasm_bindgen::JsCast;

use super::{
    actions::Desk,
    backtest::BacktestDialog,
    breakpoints,
    commands::Commands,
    company::{self, Company},
    connect::ConnectDialog,
    editor::Editor,
    export::ExportDialog,
    files,
    header::{Actions, Heading},
    history_panel::HistoryPanel,
    import::{ImportDialog, ReportDialog},
    insight::InsightStrip,
    inspector::Inspector,
    keymap::Keymap,
    keys,
    library::Library,
    link,
    menu::Menu,
    outline::Outline,
    palette::Palette,
    problems::ProblemMark,
    quick_add::{Place, QuickAdd},
    run::RunDialog,
    shortcuts::Shortcuts,
};
use crate::{
    api::{ApiError, workflows::get_workflow},
    domain::{
        draft::{Draft, MAX_BYTES},
        id::WorkflowId,
        role::Action,
        task::Kind,
        workflow::Point,
    },
    ui::{
        canvas::{Canvas, Hands},
        components::{Skeleton, Toasts},
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
                    let role = session.role().await;
                    let may = |action: Action| role.is_some_and(|role| role.may(action));
                    let (editable, may_run) = (may(Action::EditWorkflows), may(Action::RunExecutions));
                    view! { <Designer draft editable may_run/> }.into_any()
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
    /// Ctrl+K.
    pub commands: RwSignal<bool>,
    pub history: RwSignal<bool>,
    pub import: RwSignal<bool>,
    pub export: RwSignal<bool>,
    pub backtest: RwSignal<bool>,
    /// What an import left to do.
    pub report: RwSignal<Option<Vec<String>>>,
    /// What can be done with the selection, in pixels from the stage's corner.
    pub menu: RwSignal<Option<Point>>,
    /// On phones: the inspector covers the outline.
    pub sheet: RwSignal<bool>,
    /// The outline stands in the place of the canvas; on phones it always does.
    pub outline: RwSignal<bool>,
}

impl Overlays {
    fn new() -> Self {
        Self {
            quick_add: RwSignal::new(None),
            connect: RwSignal::new(false),
            run: RwSignal::new(false),
            keys: RwSignal::new(false),
            commands: RwSignal::new(false),
            history: RwSignal::new(false),
            import: RwSignal::new(false),
            export: RwSignal::new(false),
            backtest: RwSignal::new(false),
            report: RwSignal::new(None),
            menu: RwSignal::new(None),
            sheet: RwSignal::new(false),
            outline: RwSignal::new(false),
        }
    }

    /// The outline comes in the place of the canvas, with the focus, or goes.
    pub fn toggle_outline(self) {
        self.outline.update(|outline| *outline = !*outline);
        if self.outline.get_untracked() {
            request_animation_frame(|| {
                let line = document().query_selector("[data-line]").ok().flatten();
                if let Some(line) = line.and_then(|line| line.dyn_into::<web_sys::HtmlElement>().ok()) {
                    drop(line.focus());
                }
            });
        }
    }

    /// What lies over the canvas without being a dialog goes.
    pub fn close(self) {
        self.quick_add.set(None);
        self.menu.set(None);
    }
}

#[component]
fn Designer(draft: Draft, editable: bool, may_run: bool) -> impl IntoView {
    let id = draft.id;
    let editor = Editor::new(draft, editable);
    let overlays = Overlays::new();
    Library::provide();
    let desk = Desk { editor, overlays, toasts: Toasts::get(), keymap: Keymap::recall(), may_run };
    keys::listen(desk);
    link::follow(editor);
    breakpoints::keep(editor);
    let others = company::keep(editor);
    let title = Signal::derive(move || editor.workflow.with(|workflow| workflow.name.clone()));
    view! {
        <Frame
            section=Section::Workflows
            title
            heading=move || view! { <Heading editor/> }
            tabs=move || view! { <WorkflowTabs workflow=id current=WorkflowTab::Design/> }
            actions=move || view! { <Company others/> <Actions desk/> }
            fill=true
        >
            <div class="relative flex h-full min-h-0">
                {editable.then(|| view! { <Palette editor/> })}
                <Stage desk/>
                <HistoryPanel desk/>
                <Inspector editor sheet=overlays.sheet connect=overlays.connect/>
            </div>
            <ConnectDialog editor open=overlays.connect/>
            <RunDialog editor open=overlays.run/>
            <Shortcuts desk/>
            <Commands desk/>
            <ImportDialog desk/>
            <ReportDialog desk/>
            <ExportDialog desk/>
            <BacktestDialog desk/>
        </Frame>
    }
}

/// The canvas, and on phones the outline in its place.
#[component]
fn Stage(desk: Desk) -> impl IntoView {
    let Desk { editor, overlays, .. } = desk;
    let hands = editor.editable.then(|| hands(desk));
    let label = Signal::derive(move || editor.workflow.with(|workflow| format!("Workflow {}", workflow.name)));
    let tidy = editor.editable.then(|| Callback::new(move |()| editor.tidy()));
    let is_wide = watch_width();
    let is_empty = Memo::new(move |_| editor.workflow.with(|workflow| workflow.nodes.is_empty()));
    let class = move || if overlays.outline.get() { "hidden" } else { "relative hidden min-w-0 flex-1 md:block" };
    view! {
        <section aria-label="Canvas" class=class>
            <Canvas scene=editor.scene hands tidy switch=Some(editor.lens.switch()) label/>
            <Show when=move || is_empty.get()>
                <div class="pointer-events-none absolute inset-0 grid place-items-center">
                    <p class="max-w-72 text-center text-body text-muted">
                        "Drag a trigger from the left to begin, or press N and type what should start this workflow."
                    </p>
                </div>
            </Show>
            <InsightStrip editor/>
            <ProblemMark editor/>
            <QuickAdd editor place=overlays.quick_add/>
            <Menu desk/>
        </section>
        <Show when=move || !is_wide.get() || overlays.outline.get()>
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

fn hands(desk: Desk) -> Hands {
    let Desk { editor, overlays, toasts, .. } = desk;
    Hands {
        moved: Callback::new(move |(moved, onto): (Vec<_>, Option<_>)| editor.move_to(&moved, onto.as_ref())),
        resized: Callback::new(move |(id, size)| editor.resize_note(&id, size)),
        refusals: Callback::new(move |from| editor.refusals(&from)),
        connect: Callback::new(move |edge| editor.connect(edge)),
        dangling: Callback::new(move |dangling| overlays.quick_add.set(Some(Place::after(dangling)))),
        add: Callback::new(move |(edge, at, screen)| overlays.quick_add.set(Some(Place::here(edge, at, screen)))),
        disconnect: Callback::new(move |edges: Vec<_>| editor.disconnect(&edges)),
        dropped: Callback::new(move |(text, at): (String, Point)| match Kind::parse(&text) {
            Some(kind) => drop(editor.drop_kind(kind, at)),
            None => keys::take_in(desk, toasts, &text, Some(at)),
        }),
        file: Callback::new(move |(file, at): (web_sys::Blob, Point)| {
            files::read(&file, MAX_BYTES, move |text| match text {
                Ok(text) => keys::take_in(desk, toasts, &text, Some(at)),
                Err(reason) => toasts.fail(reason),
            });
        }),
        open: Callback::new(move |node| editor.wanted.set(Some((node, String::new())))),
        written: Callback::new(move |(id, text): (_, String)| editor.write(&id, &text)),
        fold: Callback::new(move |id| editor.fold(&id)),
        menu: Callback::new(move |at| overlays.menu.set(Some(at))),
    }
}
