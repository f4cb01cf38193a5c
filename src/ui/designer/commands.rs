//! Ctrl+K: everything there is, found by typing. Nodes of this workflow by any of their fields, actions, kinds to add,
//! other workflows, recent executions.

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use super::{
    actions::{self, Desk},
    keymap::Keymap,
    palette,
    shortcuts::caps,
};
use crate::{
    api::{executions::list_executions, workflows::list_workflows},
    domain::{
        execution::ExecutionFilter,
        id::NodeId,
        task::Kind,
        workflow::{Node, Workflow},
    },
    ui::{
        components::{Dialog, Icon},
        kind,
    },
};

/// How many lines are shown at most, and of one sort.
const SHOWN: usize = 40;
const OF_A_SORT: usize = 12;

#[derive(Clone, Debug, PartialEq)]
enum Aim {
    Node(NodeId),
    Action(&'static str),
    Add(Kind),
    Page(String),
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    aim: Aim,
    sort: &'static str,
    text: String,
    /// Where in the node the words were found, or what else tells lines apart.
    detail: String,
    icon: Icon,
    family: &'static str,
}

#[component]
pub fn Commands(desk: Desk) -> impl IntoView {
    view! {
        <Dialog open=desk.overlays.commands title="Find anything" wide=true>
            <Search desk/>
        </Dialog>
    }
}

#[component]
fn Search(desk: Desk) -> impl IntoView {
    let (text, active) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let pages = RwSignal::new(Vec::<Found>::new());
    Effect::new(move |_| spawn_local(async move { drop(pages.try_set(elsewhere(desk).await)) }));
    let found = Memo::new(move |_| {
        let text = text.get().trim().to_lowercase();
        let mut found = desk.editor.workflow.with(|workflow| nodes(workflow, &text));
        found.extend(doings(desk, &text));
        found.extend(pages.get().into_iter().filter(|page| fits(&page.text, &text)).take(OF_A_SORT));
        found.truncate(SHOWN);
        found
    });
    let navigate = use_navigate();
    let go = Callback::new(move |aim: Aim| {
        desk.overlays.commands.set(false);
        // The dialog gives the focus back when it closes; only then can it go where the line leads.
        let navigate = navigate.clone();
        request_animation_frame(move || follow(desk, aim, &navigate));
    });
    let list = NodeRef::<html::Div>::new();
    let on_key = move |event: ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => active.update(|active| *active = (*active + 1) % count),
            "ArrowUp" => active.update(|active| *active = (*active + count - 1) % count),
            "Enter" => {
                if let Some(line) = found.with_untracked(|found| found.get(active.get_untracked()).cloned()) {
                    go.run(line.aim);
                }
            }
            _ => return,
        }
        event.prevent_default();
        let chosen = list.get_untracked().and_then(|list| list.query_selector("[aria-selected='true']").ok().flatten());
        if let Some(chosen) = chosen {
            chosen.scroll_into_view_with_bool(false);
        }
    };
    let of_list = List { keymap: desk.keymap, active, go };
    let line = move |(index, line): (usize, Found)| option(of_list, index, line);
    view! {
        <input
            class="control"
            role="combobox"
            aria-expanded="true"
            aria-controls="commands-found"
            aria-label="Search nodes, actions, workflows and executions"
            placeholder="Nodes, actions, workflows, executions"
            autocomplete="off"
            on:input=move |event| { text.set(event_target_value(&event)); active.set(0); }
            on:keydown=on_key
        />
        <div node_ref=list id="commands-found" role="listbox" aria-label="Found" class="mt-2 h-80 overflow-y-auto">
            {move || found.get().into_iter().enumerate().map(line).collect_view()}
            <Show when=move || found.with(Vec::is_empty)><p class="px-2 py-6 text-center text-muted">"Nothing is called that."</p></Show>
        </div>
    }
}

/// What every line of the list needs to know.
#[derive(Clone, Copy)]
struct List {
    keymap: Keymap,
    active: RwSignal<usize>,
    go: Callback<Aim>,
}

fn option(list: List, index: usize, line: Found) -> impl IntoView {
    let List { keymap, active, go } = list;
    let Found { aim, sort, text, detail, icon, family } = line;
    let action = match aim {
        Aim::Action(label) => actions::named(label),
        _ => None,
    };
    let keys = move || action.and_then(|action| keymap.shown(action)).map(|keys| caps(&keys));
    let tint = move || {
        let base = "flex w-full cursor-pointer items-center gap-3 rounded-lg px-2 py-1.5 text-left text-body";
        format!("{base} {}", if active.get() == index { "bg-hover" } else { "" })
    };
    view! {
        <div
            role="option"
            aria-selected=move || (active.get() == index).to_string()
            data-family=family
            class=tint
            on:pointermove=move |_| { if active.get_untracked() != index { active.set(index) } }
            on:click=move |_| go.run(aim.clone())
        >
            <span class=if family.is_empty() { "grid size-7 place-items-center text-muted" } else { "tile size-7" }>{icon.view("size-4")}</span>
            <span class="min-w-0 flex-1 truncate">{text}<span class="ml-2 text-label text-muted">{detail}</span></span>
            {keys}
            <span class="text-caption text-muted">{sort}</span>
        </div>
    }
}

fn follow(desk: Desk, aim: Aim, navigate: &impl Fn(&str, leptos_router::NavigateOptions)) {
    match aim {
        Aim::Node(id) => {
            desk.editor.scene.select_nodes([id.clone()]);
            desk.editor.scene.reveal(&id);
            desk.editor.focus(id);
        }
        Aim::Action(label) => {
            if let Some(action) = actions::named(label) {
                (action.run)(desk);
            }
        }
        Aim::Add(kind) => desk.editor.focus(desk.editor.add_somewhere(kind)),
        Aim::Page(address) => navigate(&address, Default::default()),
    }
}

fn fits(text: &str, wanted: &str) -> bool {
    let text = text.to_lowercase();
    wanted.split_whitespace().all(|word| text.contains(word))
}

/// Nodes that have the words in their name, kind or any parameter; best first.
fn nodes(workflow: &Workflow, wanted: &str) -> Vec<Found> {
    let found = |node: &Node| {
        let label = node.kind.spec().label;
        let (rank, detail) = if fits(&node.name, wanted) {
            (0, kind::line(node))
        } else if fits(&format!("{} {label}", node.name), wanted) {
            (1, label.to_owned())
        } else {
            let holds = |(_, value): &(&String, &serde_json::Value)| fits(&value.to_string(), wanted);
            let (field, _) = node.parameters.iter().find(holds)?;
            (2, node.kind.field(field).map_or(field.as_str(), |field| field.label).to_owned())
        };
        let (icon, family) = (kind::icon(node.kind), kind::family(node.kind));
        Some((
            rank,
            Found { aim: Aim::Node(node.id.clone()), sort: "Node", text: node.name.clone(), detail, icon, family },
        ))
    };
    let mut found: Vec<(i32, Found)> = workflow.nodes.iter().filter_map(found).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, found)| found).take(OF_A_SORT).collect()
}

/// Actions, and kinds to add once something is typed.
fn doings(desk: Desk, wanted: &str) -> Vec<Found> {
    let of_action = |action: &'static actions::Action| Found {
        aim: Aim::Action(action.label),
        sort: "Action",
        text: action.label.to_owned(),
        detail: String::new(),
        icon: action.icon,
        family: "",
    };
    let possible = actions::ALL.iter().filter(|action| fits(action.label, wanted) && action.is_possible(desk));
    let of_kind = |kind: Kind| Found {
        aim: Aim::Add(kind),
        sort: "Add",
        text: kind.spec().label.to_owned(),
        detail: kind.spec().summary.to_owned(),
        icon: kind::icon(kind),
        family: kind::family(kind),
    };
    let kinds = if wanted.is_empty() || !desk.editor.editable { Vec::new() } else { palette::search(wanted) };
    possible.map(of_action).take(OF_A_SORT).chain(kinds.into_iter().map(of_kind).take(OF_A_SORT)).collect()
}

/// Other workflows and the executions of this one.
async fn elsewhere(desk: Desk) -> Vec<Found> {
    let page = |sort, address: String, text: String, detail: String, icon| Found {
        aim: Aim::Page(address),
        sort,
        text,
        detail,
        icon,
        family: "",
    };
    let own = desk.editor.id;
    let workflows = list_workflows().await.unwrap_or_default();
    let mut found: Vec<Found> = workflows
        .into_iter()
        .filter(|workflow| workflow.id != own)
        .map(|workflow| {
            let detail = format!("{} nodes", workflow.node_count);
            page("Workflow", format!("/workflows/{}", workflow.id), workflow.name, detail, Icon::Workflow)
        })
        .collect();
    let filter = ExecutionFilter { workflow: Some(own), limit: 20, ..Default::default() };
    if let Ok(recent) = list_executions(filter).await {
        found.extend(recent.executions.into_iter().map(|execution| {
            let (id, status) = (execution.id, format!("{:?}", execution.status));
            let text = format!(
                "Execution {}",
                id.to_string().chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect::<String>()
            );
            page("Execution", format!("/executions/{id}"), text, status, Icon::List)
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workflow::Point;

    #[test]
    fn nodes_are_found_by_name_kind_and_every_parameter() {
        let mut mail = Node::new("m".into(), "Welcome", Kind::SendEmail, Point::default());
        mail.parameters.insert("subject".to_owned(), "Hello Ada".into());
        let wait = Node::new("w".into(), "Wait", Kind::Delay, Point::default());
        let workflow = Workflow { nodes: vec![mail, wait], ..Workflow::default() };
        let aims = |text: &str| nodes(&workflow, text).into_iter().map(|found| found.text).collect::<Vec<_>>();
        assert_eq!(aims("welc"), ["Welcome"]);
        assert_eq!(aims("ada hello"), ["Welcome"]);
        assert_eq!(aims("delay"), ["Wait"]);
        assert_eq!(aims(""), ["Welcome", "Wait"]);
        assert!(aims("nothing").is_empty());
    }
}
