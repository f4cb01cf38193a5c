//! The workflow on the canvas, read-only, as the execution goes through it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{follow::LiveExecution, hold::marks};
use crate::{
    domain::{execution::TaskRunStatus, id::NodeId, state::ExecutionState, task::port, workflow::Workflow},
    ui::{
        canvas::{Canvas, NodeStatus, Scene},
        kind::card,
    },
};

/// The node selected on the canvas and the one in the address are the same.
#[component]
pub fn Graph(live: LiveExecution, selected: Memo<Option<NodeId>>) -> impl IntoView {
    let scene = live.workflow.with_value(|workflow| Scene::of(workflow, |node| card(node, 0)));
    let statuses =
        Memo::new(move |_| live.workflow.with_value(|workflow| live.state.with(|state| statuses(workflow, state))));
    scene.breakpoints.set(live.state.with_untracked(marks));
    let breakpoints = Memo::new(move |_| live.state.with(marks));
    Effect::new(move |_| scene.breakpoints.set(breakpoints.get()));
    scene.select_nodes(selected.get_untracked());
    Effect::new(move |_| scene.select_nodes(selected.get()));
    let navigate = use_navigate();
    let page = live.summary.with_value(|summary| format!("/executions/{}", summary.id));
    Effect::new(move |_| {
        let picked = scene.selection.with(|selection| selection.only_node().cloned());
        if picked != selected.get_untracked() {
            let address = picked.map_or_else(|| page.clone(), |node| format!("{page}?node={node}"));
            navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
    view! { <Canvas scene statuses=Signal::from(statuses) label="The workflow with the status of each node"/> }
}

/// How the nodes fare that were reached, with the port that data left through.
fn statuses(workflow: &Workflow, state: &ExecutionState) -> BTreeMap<NodeId, NodeStatus> {
    let of = |node: &crate::domain::workflow::Node| {
        let status = state.status_of(node);
        let port = match state.run(&node.id) {
            Some(run) => run.port.clone(),
            None => Some(port::OUT.to_owned()),
        };
        let output = match state.run(&node.id) {
            Some(run) => run.output.as_ref(),
            None => state.cause.as_ref().map(|cause| &cause.input),
        };
        let items = output.and_then(serde_json::Value::as_array).map(Vec::len);
        (status != TaskRunStatus::Pending).then(|| (node.id.clone(), NodeStatus { status, port, items }))
    };
    workflow.nodes.iter().filter_map(of).collect()
}
