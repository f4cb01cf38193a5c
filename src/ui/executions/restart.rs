//! Restarting from a node: keeps what came before it, on the version that ran or the current one.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use super::follow::LiveExecution;
use crate::{
    api::executions::restart_execution,
    domain::{graph::Graph, id::NodeId, nesting::Nesting, restart::Version, workflow::Node},
    ui::{
        components::{Button, Dialog, Icon, Look, Notice, Select, Tone},
        once::Once,
    },
};

/// A button at the node, once the execution is over. Triggers have nothing to run.
#[component]
pub fn Restart(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let open = RwSignal::new(false);
    let is_task = node.with_value(|node| !node.kind.is_trigger());
    let is_over = move || is_task && live.status.get().is_finished();
    view! {
        <Show when=is_over>
            <div><Button icon=Icon::Retry on_click=Callback::new(move |_| open.set(true))>"Restart from here"</Button></div>
            <Dialog open title="Restart from here"><Form live node/></Dialog>
        </Show>
    }
}

#[component]
fn Form(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let (version, once) = (RwSignal::new(Version::Original), Once::new());
    let (failure, busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let navigate = use_navigate();
    let id = live.summary.with_value(|summary| summary.id);
    let start = Callback::new(move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failure.set(None);
        let (navigate, node) = (navigate.clone(), node.with_value(|node| node.id.clone()));
        spawn_local(async move {
            match restart_execution(id, node, version.get_untracked(), once.key()).await {
                Ok(execution) => navigate(&format!("/executions/{execution}"), Default::default()),
                Err(error) => {
                    let first = error.problems.first().map(|problem| format!(" {}", problem.message));
                    failure.set(Some(format!("{}{}", error.detail, first.unwrap_or_default())));
                }
            }
            busy.try_set(false);
        });
    });
    let choose = Callback::new(move |name: String| {
        once.renew();
        version.set(Version::parse(&name).unwrap_or_default());
    });
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-body text-muted">{what_runs(live, node)}</p>
            <Select
                name="restart-version"
                label="Version"
                options=Signal::stored(options(live))
                value=Signal::derive(move || version.get().name().to_owned())
                on_change=choose
                help="On the current version, what is new or changed since runs too."
            />
            {move || failure.get().map(|reason| view! { <Notice tone=Tone::Bad>{reason}</Notice> })}
            <div class="flex justify-end">
                <Button look=Look::Primary icon=Icon::Play on_click=start disabled=busy>"Restart"</Button>
            </div>
        </div>
    }
}

fn options(live: LiveExecution) -> Vec<(String, String)> {
    let ran = live.summary.with_value(|summary| summary.version);
    let (original, current) = match ran {
        0 => ("The draft as it was".to_owned(), "The draft as it is now"),
        ran => (format!("Version {ran}, as it ran"), "The version that is live now"),
    };
    vec![(Version::Original.name().to_owned(), original), (Version::Current.name().to_owned(), current.to_owned())]
}

/// Inside of a loop, the outermost one around the node runs as a whole.
fn what_runs(live: LiveExecution, node: StoredValue<Node>) -> String {
    let around: Option<NodeId> = live.workflow.with_value(|workflow| {
        let nesting = Nesting::of(workflow, &Graph::of(workflow));
        node.with_value(|node| nesting.around(&node.id).first().cloned())
    });
    let name = |id: &NodeId| live.workflow.with_value(|workflow| workflow.node(id).map(|node| node.name.clone()));
    let begins = match around.as_ref().and_then(name) {
        Some(outer) => {
            format!("It is inside of the loop “{outer}”, which runs again as a whole, with everything after it.")
        }
        None => node.with_value(|node| format!("“{}” runs again, with everything after it.", node.name)),
    };
    format!("{begins} A new execution keeps the outputs of the other nodes.")
}
