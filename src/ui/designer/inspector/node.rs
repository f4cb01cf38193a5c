//! One node: name, parameters from its kind's fields, settings.

use leptos::prelude::*;

use super::{
    connections::Connections,
    data::LastData,
    field::FieldEditor,
    help::Help,
    library::{LibraryInfo, parameter, source_of},
    pane::{Pane, Side},
    settings::Settings,
    trial::Trial,
    trigger::TriggerInfo,
};
use crate::{
    domain::{
        id::NodeId,
        library::LibraryTask,
        problem::Problem,
        task::{Field, Kind},
    },
    ui::{
        components::{Icon, IconButton, TextField},
        designer::editor::Editor,
        kind,
    },
};

/// What every part of the panel needs to know.
#[derive(Clone, Copy)]
pub struct Subject {
    pub editor: Editor,
    pub id: StoredValue<NodeId>,
    pub kind: Kind,
    pub data: LastData,
}

impl Subject {
    /// The first problem of this field.
    pub fn problem(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_about = |problem: &&Problem| {
                problem.field.as_deref() == Some(field) && self.id.with_value(|id| problem.node.as_ref() == Some(id))
            };
            self.editor.problems.with(|problems| problems.iter().find(is_about).map(|problem| problem.message.clone()))
        })
    }

    /// Something of the node, as it is now; the default once it is gone.
    pub fn read<T: Default + Send + Sync + 'static>(
        self,
        read: impl Fn(&crate::domain::workflow::Node) -> T + Send + Sync + 'static,
    ) -> Signal<T> {
        Signal::derive(move || {
            self.editor
                .workflow
                .with(|workflow| self.id.with_value(|id| workflow.node(id).map(&read)))
                .unwrap_or_default()
        })
    }

    pub fn change(self, field: &str, change: impl FnOnce(&mut crate::domain::workflow::Node)) {
        self.editor.change_node(&self.id.get_value(), field, change);
    }
}

/// Which part shows where there is room for one; with more room all three stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Input,
    Fields,
    Output,
}

#[component]
pub fn NodePanel(
    editor: Editor,
    id: NodeId,
    kind: Kind,
    data: LastData,
    connect: RwSignal<bool>,
    wide: RwSignal<bool>,
) -> impl IntoView {
    let subject = Subject { editor, id: StoredValue::new(id), kind, data };
    let spec = kind.spec();
    let name = subject.read(|node| node.name.clone());
    let rename = Callback::new(move |name: String| subject.change("name", |node| node.name = name));
    let tab = RwSignal::new(Tab::Fields);
    // The fields have the focus when they are asked for.
    Effect::new(move |_| {
        if editor.wanted.with(Option::is_some) {
            tab.set(Tab::Fields);
        }
    });
    let part = move |part: Tab| {
        move || {
            let is_shown = wide.get() || tab.get() == part;
            if is_shown { "min-w-0 overflow-y-auto px-4 py-4" } else { "hidden" }
        }
    };
    let (shows_all, source) = (RwSignal::new(false), source_of(subject));
    let shown = Shown { source, shows_all };
    let fields = spec.fields.iter().map(|field| view! { <ShownField subject field shown/> }).collect_view();
    view! {
        <div class="flex items-center gap-3 border-b border-line px-4 py-4" data-family=kind::family(kind)>
            <span class="tile size-9">{kind::icon(kind).view("size-[18px]")}</span>
            <div class="min-w-0 flex-1">
                <h2 class="truncate text-lead font-semibold">{move || name.get()}</h2>
                <p class="truncate text-label text-muted">{spec.label}</p>
            </div>
            <Show when=move || editor.editable>
                <IconButton icon=Icon::Panes label="Input, fields and output side by side (W)" on_click=Callback::new(move |_| wide.update(|wide| *wide = !*wide))/>
                <IconButton icon=Icon::Copy label="Duplicate (Ctrl+D)" on_click=Callback::new(move |_| editor.duplicate())/>
                <IconButton icon=Icon::Trash label="Delete (Del)" on_click=Callback::new(move |_| editor.remove_selection(true))/>
            </Show>
        </div>
        {(!kind.is_trigger()).then(|| view! { <Trial subject/> })}
        <Tabs tab wide/>
        <div class=move || if wide.get() { "grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)_320px_minmax(0,1fr)] divide-x divide-line" } else { "" }>
        <section aria-label="Input of the node" class=part(Tab::Input)><Pane subject side=Side::Input/></section>
        <fieldset class=part(Tab::Fields) disabled=!editor.editable>
            <div class="flex flex-col gap-5">
            <p class="text-label text-muted">{spec.summary}</p>
            <div data-field="name">
                <TextField name="field-name" label="Name" value=name on_input=rename error=subject.problem("name")/>
            </div>
            {kind.has_input().then(|| view! { <LibraryInfo subject shows_all/> })}
            {fields}
            {kind.is_trigger().then(|| view! { <TriggerInfo subject/> })}
            <EdgeProblem subject/>
            <Connections subject connect/>
            {kind.has_input().then(|| view! { <Settings subject/> })}
            <Help kind/>
            </div>
        </fieldset>
        <section aria-label="Output of the node" class=part(Tab::Output)><Pane subject side=Side::Output/></section>
        </div>
    }
}

#[component]
fn Tabs(tab: RwSignal<Tab>, wide: RwSignal<bool>) -> impl IntoView {
    let one = move |(this, label): (Tab, &'static str)| {
        let class = move || {
            let tint =
                if tab.get() == this { "border-accent text-fg" } else { "border-transparent text-muted hover:text-fg" };
            format!("-mb-px border-b-2 px-0.5 py-2.5 text-label font-medium {tint}")
        };
        view! { <button type="button" class=class aria-pressed=move || (tab.get() == this).to_string() on:click=move |_| tab.set(this)>{label}</button> }
    };
    let tabs = [(Tab::Fields, "Parameters"), (Tab::Input, "Input"), (Tab::Output, "Output")];
    view! {
        <Show when=move || !wide.get()>
            <div role="group" aria-label="Parts of the node" class="flex gap-5 border-b border-line px-4">{tabs.map(one).collect_view()}</div>
        </Show>
    }
}

/// Of a node from the library only its parameters, unless all fields are wanted.
#[derive(Clone, Copy)]
struct Shown {
    source: Signal<Option<LibraryTask>>,
    shows_all: RwSignal<bool>,
}

#[component]
fn ShownField(subject: Subject, field: &'static Field, shown: Shown) -> impl IntoView {
    let counts = subject.read(move |node| field.is_shown(&node.parameters));
    let told = Memo::new(move |_| shown.source.with(|task| task.as_ref().map(|task| parameter(task, field))));
    let is_shown = move || counts.get() && (shown.shows_all.get() || told.get() != Some(None));
    let words = move || {
        let (label, help) = told.get().flatten()?;
        (!label.is_empty() || !help.is_empty()).then(|| view! {
            <p class="mb-1 text-label"><span class="font-medium">{label}</span>" "<span class="text-muted">{help}</span></p>
        })
    };
    view! {
        <Show when=is_shown>
            <div data-field=field.name class="empty:hidden">{words}<FieldEditor subject field/></div>
        </Show>
    }
}

/// Settings that show their problems themselves.
const SHOWN: [&str; 11] = [
    "name",
    "retry",
    "timeout_secs",
    "total_timeout_secs",
    "start_timeout_secs",
    "heartbeat_timeout_secs",
    "group",
    "concurrency",
    "rate",
    "breaker",
    "cache_secs",
];

/// Problems of the node that no field shows: missing edges, say.
#[component]
fn EdgeProblem(subject: Subject) -> impl IntoView {
    let other = move || {
        let is_shown = |problem: &Problem| {
            let field = problem.field.as_deref().unwrap_or("edges");
            SHOWN.contains(&field) || subject.kind.field(field).is_some()
        };
        subject.editor.problems.with(|problems| {
            problems
                .iter()
                .filter(|problem| subject.id.with_value(|id| problem.node.as_ref() == Some(id)) && !is_shown(problem))
                .map(|problem| view! { <p class="text-label text-bad-text">{problem.message.clone()}</p> })
                .collect_view()
        })
    };
    view! { <div class="flex flex-col gap-1 empty:hidden">{other}</div> }
}
