//! The dialog that keeps a node in the library: its name, what it does, and which fields are asked for at every use.

use std::collections::BTreeMap;

use leptos::{ev, ev::SubmitEvent, prelude::*};

use super::node::Subject;
use crate::{
    api::{
        ApiError,
        library::{create_library_task, improve_library_task},
    },
    domain::{
        id::LibraryTaskId,
        library::{Definition, LibraryTask, LibraryUse, LibraryWish, Parameter},
        problem::Problem,
        python::arguments_of,
        task::Field,
    },
    ui::{
        components::{Button, Dialog, Look, Notice, TextArea, TextField, Toasts, Tone},
        designer::library::Library,
    },
};

#[component]
pub fn SaveTaskDialog(subject: Subject, open: RwSignal<bool>, source: Signal<Option<LibraryTask>>) -> impl IntoView {
    view! {
        <Dialog open title="Save to library">
            {move || open.get().then(|| view! { <Form subject open source=source.get_untracked()/> })}
        </Dialog>
    }
}

/// What is being typed.
#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    description: RwSignal<String>,
    note: RwSignal<String>,
    /// The fields that become parameters, with what people see of them.
    parameters: RwSignal<BTreeMap<&'static str, Asked>>,
    problems: RwSignal<Vec<Problem>>,
    failure: RwSignal<Option<String>>,
}

/// How a parameter is asked for.
#[derive(Clone, Default)]
struct Asked {
    label: String,
    help: String,
}

impl Asked {
    fn of(field: &Field) -> Self {
        Self { label: field.label.to_owned(), help: String::new() }
    }
}

impl Typed {
    fn new(subject: Subject, source: Option<&LibraryTask>) -> Self {
        let name =
            source.map_or_else(|| subject.read(|node| node.name.clone()).get_untracked(), |task| task.name.clone());
        let known = |field: &'static Field| {
            let definition = &source?.definition;
            let help = definition.parameter(field.name)?.help.clone();
            Some((field.name, Asked { label: definition.label(field).to_owned(), help }))
        };
        let mut parameters: BTreeMap<_, _> = subject.kind.spec().fields.iter().filter_map(known).collect();
        // A function that says what it wants is a form by itself.
        let is_form = subject.read(|node| !arguments_of(node).is_empty()).get_untracked();
        let values = subject.kind.field("data").filter(|_| is_form && source.is_none());
        parameters.extend(values.map(|field| (field.name, Asked::of(field))));
        Self {
            name: RwSignal::new(name),
            description: RwSignal::new(source.map(|task| task.definition.description.clone()).unwrap_or_default()),
            note: RwSignal::default(),
            parameters: RwSignal::new(parameters),
            problems: RwSignal::default(),
            failure: RwSignal::new(None),
        }
    }

    fn wish(self, subject: Subject) -> LibraryWish {
        let values = subject.read(|node| node.parameters.clone()).get_untracked();
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let chosen = self.parameters.get_untracked();
        let parameters = subject.kind.spec().fields.iter().filter_map(|field| {
            let Asked { label, help } = chosen.get(field.name)?;
            let (label, help) = (label.trim().to_owned(), help.trim().to_owned());
            Some(Parameter { field: field.name.to_owned(), label, help, required: field.required })
        });
        let (kind, description, note) = (subject.kind, text(self.description), text(self.note));
        let definition = Definition { kind, description, note, values, parameters: parameters.collect() };
        LibraryWish { name: text(self.name), definition }
    }

    fn error_of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_it = |problem: &&Problem| problem.field.as_deref() == Some(field);
            self.problems.with(|problems| problems.iter().find(is_it).map(|problem| problem.message.clone()))
        })
    }

    fn show(self, error: ApiError) {
        self.failure.set(error.problems.is_empty().then_some(error.detail));
        self.problems.set(error.problems);
    }
}

/// A new task, or another version of the one that the node was made from.
async fn keep(of: Option<LibraryTaskId>, wish: LibraryWish) -> Result<LibraryUse, ApiError> {
    match of {
        Some(task) => Ok(LibraryUse { task, version: improve_library_task(task, wish).await? }),
        None => Ok(LibraryUse { task: create_library_task(wish).await?, version: 1 }),
    }
}

#[component]
fn Form(subject: Subject, open: RwSignal<bool>, source: Option<LibraryTask>) -> impl IntoView {
    let (typed, toasts, library) = (Typed::new(subject, source.as_ref()), Toasts::get(), Library::get());
    let known = source.as_ref().map(|task| task.id);
    let as_version = RwSignal::new(known.is_some());
    let save = Action::new(move |wish: &LibraryWish| keep(known.filter(|_| as_version.get_untracked()), wish.clone()));
    Effect::new(move |_| match save.value().get() {
        Some(Ok(used)) => {
            open.set(false);
            toasts.say(format!("“{}” is in the library, version {}.", typed.name.get_untracked().trim(), used.version));
            subject.change("library task", |node| node.library = Some(used));
            library.reload();
        }
        Some(Err(error)) => typed.show(error),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let wish = typed.wish(subject);
        typed.problems.set(wish.problems());
        if typed.problems.with_untracked(Vec::is_empty) {
            save.dispatch(wish);
        }
    };
    let on_input = |signal: RwSignal<String>| Callback::new(move |text| signal.set(text));
    let fields = subject.kind.spec().fields.iter().map(|field| view! { <Choice typed field/> }).collect_view();
    view! {
        <form on:submit=submit novalidate=true class="flex flex-col gap-4">
            {source.map(|task| view! { <AsVersion as_version name=task.name/> })}
            <TextField name="task-name" label="Name" value=typed.name on_input=on_input(typed.name) error=typed.error_of("name")
                help="What the palette calls it." required=true/>
            <TextArea name="task-description" label="What it does" rows=2 value=typed.description on_input=on_input(typed.description)/>
            <Show when=move || as_version.get()>
                <TextField name="task-note" label="What is new" value=typed.note on_input=on_input(typed.note)/>
            </Show>
            <fieldset class="flex flex-col gap-1">
                <legend class="mb-1 text-label font-medium">"Asked for at every use"</legend>
                {fields}
                <p class="mt-1 text-label text-muted">"Everything else stays as it is in this node."</p>
            </fieldset>
            {move || typed.error_of("parameters").get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            {move || typed.failure.get().map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <div class="flex justify-end gap-2">
                <Button on_click=Callback::new(move |_| open.set(false))>"Cancel"</Button>
                <Button look=Look::Primary submit=true disabled=save.pending()>"Save task"</Button>
            </div>
        </form>
    }
}

#[component]
fn AsVersion(as_version: RwSignal<bool>, name: String) -> impl IntoView {
    view! {
        <label class="flex items-center gap-2 text-body">
            <input type="checkbox" name="as-version" prop:checked=move || as_version.get()
                on:change=move |event| as_version.set(event_target_checked(&event))/>
            {format!("As a newer version of “{name}”")}
        </label>
    }
}

/// One field: whether it is a parameter, and what people see of it then.
#[component]
fn Choice(typed: Typed, field: &'static Field) -> impl IntoView {
    let is_chosen = move || typed.parameters.with(|chosen| chosen.contains_key(field.name));
    let choose = move |event: ev::Event| {
        let is_checked = event_target_checked(&event);
        typed.parameters.update(|chosen| match is_checked {
            true => drop(chosen.insert(field.name, Asked::of(field))),
            false => drop(chosen.remove(field.name)),
        });
    };
    let shown = move |part: fn(&Asked) -> &str| {
        Signal::derive(move || {
            typed
                .parameters
                .with(|chosen| chosen.get(field.name).map(|asked| part(asked).to_owned()).unwrap_or_default())
        })
    };
    let set = move |part: fn(&mut Asked) -> &mut String| {
        Callback::new(move |text: String| {
            typed.parameters.update(|chosen| *part(chosen.entry(field.name).or_default()) = text);
        })
    };
    let (label, relabel) = (shown(|asked| &asked.label), set(|asked| &mut asked.label));
    let (help, explain) = (shown(|asked| &asked.help), set(|asked| &mut asked.help));
    view! {
        <label class="flex items-center gap-2 py-0.5 text-body">
            <input type="checkbox" name=format!("ask-{}", field.name) prop:checked=is_chosen on:change=choose/>
            {field.label}
        </label>
        <Show when=is_chosen>
            <div class="mb-2 flex flex-col gap-2 pl-6">
                <TextField name=format!("label-{}", field.name) label="Label" value=label on_input=relabel/>
                <TextField name=format!("help-{}", field.name) label="Help" value=help on_input=explain/>
            </div>
        </Show>
    }
}
