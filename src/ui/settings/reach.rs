//! Choosing how far a token reaches: a preset or single scopes, certain workflows, certain networks. Also how a reach is
//! told in a few words.

use leptos::prelude::*;

use crate::{
    api::workflows::list_workflows,
    domain::{
        draft::WorkflowSummary,
        id::WorkflowId,
        role::Role,
        scope::{Preset, Reach, Scope},
    },
    ui::components::{ErrorState, Skeleton, TextField},
};

/// What is chosen so far.
#[derive(Clone, Copy)]
pub struct Choice {
    role: Role,
    /// None: single scopes.
    preset: RwSignal<Option<Preset>>,
    scopes: RwSignal<Vec<Scope>>,
    workflows: RwSignal<Vec<WorkflowId>>,
    networks: RwSignal<String>,
}

impl Choice {
    pub fn of(role: Role) -> Self {
        let preset = if role == Role::Viewer { Preset::Read } else { Preset::Run };
        Self {
            role,
            preset: RwSignal::new(Some(preset)),
            scopes: RwSignal::new(preset.scopes(role)),
            workflows: RwSignal::new(Vec::new()),
            networks: RwSignal::new(String::new()),
        }
    }

    pub fn reach(self) -> Reach {
        let chosen = match self.preset.get_untracked() {
            Some(preset) => preset.scopes(self.role),
            None => self.scopes.get_untracked(),
        };
        let workflows = self.workflows.get_untracked();
        let is_narrow = !workflows.is_empty();
        // A preset means what of it makes sense for these workflows.
        let fits = |scope: &Scope| !is_narrow || scope.is_about_workflows();
        let networks = self.networks.get_untracked();
        let networks = networks.split([',', ';', ' ', '\n']).map(str::trim).filter(|text| !text.is_empty());
        Reach {
            scopes: chosen.into_iter().filter(fits).collect(),
            workflows: is_narrow.then_some(workflows),
            networks: networks.map(str::to_owned).collect(),
        }
    }

    fn choose(self, preset: Option<Preset>) {
        // Single scopes begin with those of the preset that was chosen before.
        if let (None, Some(before)) = (preset, self.preset.get_untracked()) {
            self.scopes.set(before.scopes(self.role));
        }
        self.preset.set(preset);
    }
}

#[component]
pub fn ReachFields(choice: Choice, scopes: Signal<Option<String>>, networks: Signal<Option<String>>) -> impl IntoView {
    let single = move || choice.preset.get().is_none().then(|| view! { <Scopes choice/> });
    view! {
        <fieldset class="flex flex-col gap-2">
            <legend class="mb-1.5 text-label text-muted">"What it may do"</legend>
            <div class="grid grid-cols-2 gap-2 sm:grid-cols-4">{PRESETS.map(|preset| card(preset, choice)).collect_view()}</div>
            {single}
            <p class="text-caption text-bad-text empty:hidden" role="alert">{move || scopes.get()}</p>
        </fieldset>
        <Workflows choice/>
        <TextField name="networks" label="Only from these networks" value=choice.networks
            on_input=Callback::new(move |text| choice.networks.set(text)) placeholder="203.0.113.0/24"
            help="With commas. Empty: from anywhere." error=networks/>
    }
}

type PresetCard = (Option<Preset>, &'static str, &'static str);

const PRESETS: [PresetCard; 4] = [
    (Some(Preset::Read), "Read", "See workflows and executions"),
    (Some(Preset::Run), "Run", "See and run them"),
    (Some(Preset::Full), "Full", "All that you may, but for people"),
    (None, "Custom", "Choose one by one"),
];

fn card((preset, name, text): PresetCard, choice: Choice) -> impl IntoView {
    let is_chosen = move || choice.preset.get() == preset;
    view! {
        <label class="flex cursor-pointer flex-col rounded-lg border border-line px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent">
            <input type="radio" name="preset" class="sr-only" prop:checked=is_chosen on:change=move |_| choice.choose(preset)/>
            <span class="text-body font-medium">{name}</span>
            <span class="text-caption text-muted">{text}</span>
        </label>
    }
}

#[component]
fn Scopes(choice: Choice) -> impl IntoView {
    let line = move |scope: Scope| {
        let is_chosen = move || choice.scopes.with(|scopes| scopes.contains(&scope));
        tick(scope.label().to_owned(), Some(scope.name()), is_chosen, move || toggle(choice.scopes, scope))
    };
    let offered = Scope::ALL.into_iter().filter(move |scope| scope.suits(choice.role));
    view! { <div class="flex flex-col rounded-lg border border-line p-1">{offered.map(line).collect_view()}</div> }
}

fn toggle<T: PartialEq + Send + Sync + 'static>(chosen: RwSignal<Vec<T>>, item: T) {
    chosen.update(|chosen| match chosen.iter().position(|other| *other == item) {
        Some(place) => drop(chosen.remove(place)),
        None => chosen.push(item),
    });
}

/// A line with a box to tick; `code` stands at its end.
fn tick(
    label: String,
    code: Option<&'static str>,
    is_chosen: impl Fn() -> bool + Send + Sync + 'static,
    on_toggle: impl Fn() + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <label class="flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5 text-body hover:bg-hover">
            <input type="checkbox" class="size-4 shrink-0 accent-(--accent)" prop:checked=is_chosen on:change=move |_| on_toggle()/>
            <span class="min-w-0 flex-1 truncate">{label}</span>
            {code.map(|code| view! { <code class="mono hidden text-muted sm:inline">{code}</code> })}
        </label>
    }
}

/// Folded until somebody wants it: most tokens are for all workflows.
#[component]
fn Workflows(choice: Choice) -> impl IntoView {
    let opened = RwSignal::new(false);
    let told = move || match choice.workflows.with(Vec::len) {
        0 => "all".to_owned(),
        1 => "1 chosen".to_owned(),
        count => format!("{count} chosen"),
    };
    let list = move || opened.get().then(|| view! { <WorkflowList choice/> });
    view! {
        <details class="rounded-lg border border-line" on:toggle=move |_| opened.set(true)>
            <summary class="flex items-center justify-between px-3 py-2 text-body">
                "Only for certain workflows" <span class="text-muted">{told}</span>
            </summary>
            {list}
        </details>
    }
}

#[component]
fn WorkflowList(choice: Choice) -> impl IntoView {
    let workflows = LocalResource::new(list_workflows);
    let line = move |workflow: WorkflowSummary| {
        let id = workflow.id;
        let is_chosen = move || choice.workflows.with(|chosen| chosen.contains(&id));
        tick(workflow.name, None, is_chosen, move || toggle(choice.workflows, id))
    };
    let list = move || {
        workflows.get().map(|found| match found {
            Ok(found) if found.is_empty() => {
                view! { <p class="px-2 py-1.5 text-body text-muted">"There are no workflows yet."</p> }.into_any()
            }
            Ok(found) => found.into_iter().map(line).collect_view().into_any(),
            Err(error) => view! { <ErrorState title="The workflows cannot be shown" text=error.detail/> }.into_any(),
        })
    };
    view! {
        <div class="flex max-h-48 flex-col overflow-y-auto border-t border-line p-1">
            <Suspense fallback=|| view! { <Skeleton rows=2/> }>{list}</Suspense>
        </div>
    }
}

/// What a reach amounts to, in two or three words and the rest: `run`, `4 scopes`; `2 workflows, from 203.0.113.0/24`.
pub fn told(reach: &Reach) -> (String, String) {
    let is_preset = |preset: &Preset| {
        Role::ALL.iter().any(|role| preset.scopes(*role) == reach.scopes) && reach.workflows.is_none()
    };
    let what = match (Preset::ALL.iter().find(|preset| is_preset(preset)), reach.scopes.as_slice()) {
        (Some(preset), _) => preset.name().to_owned(),
        (None, [single]) => single.name().to_owned(),
        (None, several) => format!("{} scopes", several.len()),
    };
    let workflows = reach.workflows.as_ref().map(|ids| match ids.len() {
        1 => "1 workflow".to_owned(),
        count => format!("{count} workflows"),
    });
    let networks = (!reach.networks.is_empty()).then(|| format!("from {}", reach.networks.join(", ")));
    (what, [workflows, networks].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reach_is_told_by_its_preset_or_else_by_its_size() {
        let run = Reach::of(Preset::Run, Role::Owner);
        assert_eq!(told(&run), ("run".to_owned(), String::new()));
        let single = Reach { scopes: vec![Scope::ExecutionsRun], ..run.clone() };
        assert_eq!(told(&single).0, "executions:run");
        let narrow = Reach {
            workflows: Some(vec![WorkflowId(uuid::Uuid::nil())]),
            networks: vec!["203.0.113.0/24".to_owned()],
            ..run
        };
        assert_eq!(told(&narrow), ("3 scopes".to_owned(), "1 workflow, from 203.0.113.0/24".to_owned()));
    }
}
