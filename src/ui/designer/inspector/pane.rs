//! What a node saw or handed on in the chosen execution: as a tree whose members can be dragged into fields, as a table, as
//! a schema, as JSON. The output can be pinned and edited.

use leptos::{ev, prelude::*};
use serde_json::Value;

use super::{
    learned::LearnedOutput,
    node::Subject,
    shape::{self, Line, table, traits},
};
use crate::{
    domain::{payload::cut_bytes, workflow::Workflow},
    ui::components::{Button, Icon, Look, Notice, TextArea, Tone},
};

/// The sort of data under which a path is dragged.
pub const PATH: &str = "application/x-flowpilot-path";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Input,
    Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Tree,
    Table,
    Schema,
    Json,
}

#[component]
pub fn Pane(subject: Subject, side: Side) -> impl IntoView {
    let view = RwSignal::new(View::Tree);
    let value = Memo::new(move |_| {
        subject.editor.workflow.with(|workflow| subject.id.with_value(|id| value_of(subject, workflow, id, side)))
    });
    let content = move || match value.get() {
        None | Some(Value::Null) => empty(side).into_any(),
        Some(value) => match cut_bytes(&value) {
            Some(bytes) => large(bytes, subject).into_any(),
            None => shown(&value, side, view.get()).into_any(),
        },
    };
    let heading = if side == Side::Input { "Input" } else { "Output" };
    let pin = (side == Side::Output && subject.editor.editable && !subject.kind.is_trigger())
        .then(|| view! { <Pinning subject value/> });
    view! {
        <div class="flex flex-col gap-3">
            <header class="flex items-center justify-between gap-2">
                <h3 class="text-label font-semibold">{heading}</h3>
                <Views view/>
            </header>
            {(side == Side::Input).then(|| view! { <Chosen subject/> })}
            {pin}
            {(side == Side::Output).then(|| view! { <Stale subject/> })}
            {content}
            {(side == Side::Output).then(|| view! { <LearnedOutput subject/> })}
        </div>
    }
}

/// Says so where the output is from before something changed.
#[component]
fn Stale(subject: Subject) -> impl IntoView {
    let is_stale = Memo::new(move |_| {
        let stale = subject.editor.workflow.with(|workflow| subject.data.stale(workflow));
        subject.id.with_value(|id| stale.contains(id))
    });
    view! {
        <Show when=move || is_stale.get()>
            <Notice tone=Tone::Wait>"Out of date: since it ran, the node or something before it has changed. Run from here to renew it."</Notice>
        </Show>
    }
}

fn value_of(subject: Subject, workflow: &Workflow, id: &crate::domain::id::NodeId, side: Side) -> Option<Value> {
    let pinned = workflow.node(id).and_then(|node| node.pinned.clone());
    let data = subject.data.of(workflow, id);
    match side {
        Side::Input => data.map(|(input, _)| input),
        Side::Output => pinned.or(data.map(|(_, output)| output)),
    }
}

fn empty(side: Side) -> impl IntoView {
    let text = match side {
        Side::Input => "Nothing came in yet. Run the workflow, or this node's predecessors, once.",
        Side::Output => "It has handed nothing on yet. Test it, or pin an output of your own.",
    };
    view! { <p class="text-label text-muted">{text}</p> }
}

fn large(bytes: usize, subject: Subject) -> impl IntoView {
    let link = subject.data.execution().map(|id| format!("/executions/{id}"));
    view! {
        <p class="text-label text-muted">{format!("{} KB: too much to show here. ", bytes / 1_000)}
            {link.map(|href| view! { <a class="text-accent-strong hover:underline" href=href>"See it in the execution"</a> })}
        </p>
    }
}

#[component]
fn Views(view: RwSignal<View>) -> impl IntoView {
    let one = move |(this, label): (View, &'static str)| {
        let class = move || {
            let tint = if view.get() == this { "bg-hover text-fg" } else { "text-muted hover:text-fg" };
            format!("rounded-md px-1.5 py-0.5 text-caption {tint}")
        };
        view! { <button type="button" class=class aria-pressed=move || (view.get() == this).to_string() on:click=move |_| view.set(this)>{label}</button> }
    };
    let all = [(View::Tree, "Tree"), (View::Table, "Table"), (View::Schema, "Schema"), (View::Json, "JSON")];
    view! { <div role="group" aria-label="How it is shown" class="flex gap-0.5">{all.map(one).collect_view()}</div> }
}

/// Which execution the data is of.
#[component]
fn Chosen(subject: Subject) -> impl IntoView {
    let data = subject.data;
    let choose = move |event: ev::Event| {
        if let Ok(id) = event_target_value(&event).parse() {
            data.follow(subject.editor, id, Callback::new(|_| {}));
        }
    };
    let options = move || {
        let now = data.get().and_then(|data| data.execution());
        let option = |execution: crate::domain::execution::ExecutionSummary| {
            let label = format!("{} · {}", execution.created_at.format("%d %b %H:%M:%S"), execution.status.name());
            view! { <option value=execution.id.to_string() selected=now == Some(execution.id)>{label}</option> }
        };
        data.choices.get().into_iter().map(option).collect_view()
    };
    view! {
        <Show when=move || data.choices.with(|choices| !choices.is_empty())>
            <select class="control min-h-8 py-1 text-label" aria-label="Execution whose data is shown" on:change=choose>{options}</select>
        </Show>
    }
}

fn shown(value: &Value, side: Side, view: View) -> AnyView {
    let json = || {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        view! { <pre class="mono max-h-[60vh] overflow-auto rounded-lg bg-hover p-2.5 whitespace-pre-wrap break-words">{text}</pre> }.into_any()
    };
    match view {
        View::Tree => {
            let lines = shape::lines(value, "input");
            if lines.is_empty() { json() } else { tree(lines, side).into_any() }
        }
        View::Table => match table(value) {
            Some((heads, rows)) => grid(heads, rows).into_any(),
            None => json(),
        },
        View::Schema => schema(value).into_any(),
        View::Json => json(),
    }
}

/// Members of the input can be dragged into a field.
fn tree(lines: Vec<Line>, side: Side) -> impl IntoView {
    let line = move |line: Line| {
        let path = line.path.clone();
        let start = move |event: ev::DragEvent| {
            if let Some(data) = event.data_transfer() {
                let _ = data.set_data(PATH, &path);
                let _ = data.set_data("text/plain", &format!("{{{{ {path} }}}}"));
                data.set_effect_allowed("copy");
            }
        };
        let can_drag = side == Side::Input;
        let class = if can_drag { "cursor-grab hover:bg-hover" } else { "" };
        view! {
            <li
                class=format!("mono flex items-baseline gap-2 rounded px-1 py-0.5 {class}")
                style=format!("padding-left:{}px", 4 + 14 * line.depth)
                draggable=can_drag.then_some("true")
                title=if can_drag { format!("Drag into a field: {}", line.path) } else { line.path.clone() }
                data-path=line.path.clone()
                on:dragstart=start
            >
                <span class="shrink-0 text-accent-strong">{line.name}</span>
                <span class="min-w-0 truncate text-muted">{line.shown}</span>
            </li>
        }
    };
    view! { <ul class="flex flex-col" aria-label="Data">{lines.into_iter().map(line).collect_view()}</ul> }
}

fn grid(heads: Vec<String>, rows: Vec<Vec<String>>) -> impl IntoView {
    let head = heads
        .into_iter()
        .map(|head| view! { <th class="px-2 py-1 text-left font-medium text-muted" scope="col">{head}</th> });
    let head = head.collect_view();
    let row = |cells: Vec<String>| {
        let cells = cells
            .into_iter()
            .map(|cell| view! { <td class="max-w-48 truncate border-t border-line px-2 py-1">{cell}</td> });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    view! {
        // A region that scrolls can be reached by the keyboard.
        <div class="max-h-[60vh] overflow-auto rounded-lg border border-line" tabindex="0" role="group" aria-label="Table">
            <table class="mono w-full"><thead><tr>{head}</tr></thead><tbody>{rows.into_iter().map(row).collect_view()}</tbody></table>
        </div>
    }
}

fn schema(value: &Value) -> impl IntoView {
    let (found, count) = traits(value);
    let line = move |found: shape::Trait| {
        let lacks = (count > 1 && found.count < count).then(|| format!("in {} of {count}", found.count));
        view! {
            <li class="mono flex items-baseline gap-2 px-1 py-0.5">
                <span class="text-accent-strong">{found.name}</span>
                <span class="text-muted">{found.sorts.join(" or ")}</span>
                {lacks.map(|lacks| view! { <span class="text-wait-text">{lacks}</span> })}
            </li>
        }
    };
    let of = if value.is_array() { format!("A list of {count}") } else { format!("One {}", shape::sort(value)) };
    view! { <p class="text-caption text-muted">{of}</p> <ul>{found.into_iter().map(line).collect_view()}</ul> }
}

/// An output that stands in whenever the draft is tried.
#[component]
fn Pinning(subject: Subject, value: Memo<Option<Value>>) -> impl IntoView {
    let pinned = subject.read(|node| node.pinned.clone());
    let (edits, text, failure) = (RwSignal::new(false), RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let begin = move |_| {
        text.set(serde_json::to_string_pretty(&value.get_untracked().unwrap_or_default()).unwrap_or_default());
        failure.set(None);
        edits.set(true);
    };
    let keep = move |_| match serde_json::from_str::<Value>(&text.get_untracked()) {
        Ok(value) => {
            subject.change("pinned output", |node| node.pinned = Some(value));
            edits.set(false);
        }
        Err(error) => failure.set(Some(format!("This is not JSON yet: {error}"))),
    };
    let pin = move |_| {
        let value = value.get_untracked().filter(|value| !value.is_null());
        if let Some(value) = value {
            subject.change("pinned output", |node| node.pinned = Some(value));
        }
    };
    let has_value = move || value.with(|value| value.as_ref().is_some_and(|value| !value.is_null()));
    view! {
        <div class="flex flex-wrap items-center gap-1.5">
            <Show
                when=move || pinned.with(Option::is_some)
                fallback=move || view! { <Show when=has_value><Button icon=Icon::Pin on_click=Callback::new(pin)>"Pin"</Button></Show> }
            >
                <Button icon=Icon::Pin on_click=Callback::new(move |_| subject.change("pinned output", |node| node.pinned = None))>"Unpin"</Button>
            </Show>
            <Button look=Look::Quiet icon=Icon::Pencil on_click=Callback::new(begin)>"Edit"</Button>
        </div>
        <Show when=move || pinned.with(Option::is_some)>
            <Notice tone=Tone::Run>"Pinned: whenever the draft is tried, this stands in for the node. What is published runs it."</Notice>
        </Show>
        <Show when=move || edits.get()>
            <TextArea name="pinned" label="Output (JSON)" rows=8 mono=true value=text on_input=Callback::new(move |value| text.set(value)) error=failure/>
            <div class="flex gap-2">
                <Button look=Look::Primary on_click=Callback::new(keep)>"Pin this"</Button>
                <Button on_click=Callback::new(move |_| edits.set(false))>"Cancel"</Button>
            </div>
        </Show>
    }
}
