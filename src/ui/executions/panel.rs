//! The selected node: how it fares, its attempts, and its data.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::{
    approval::Approval,
    attempts::Attempts,
    follow::LiveExecution,
    hold::Hold,
    parameters::Parameters,
    payload::{Fetch, Payload},
    restart::Restart,
};
use crate::{
    api::executions::{get_input, get_output},
    domain::{execution::TaskRunStatus, id::NodeId, role::Action as Right, state::TaskRun, workflow::Node},
    ui::{
        components::{Icon, Notice, Status, StatusBadge, Tone},
        session::CurrentSession,
    },
};

/// Empty while no node is selected.
#[component]
pub fn NodePanel(live: LiveExecution, selected: Memo<Option<NodeId>>) -> impl IntoView {
    let node = move || {
        let id = selected.get()?;
        live.workflow.with_value(|workflow| workflow.node(&id).cloned())
    };
    move || node().map(|node| view! { <Selected live node/> })
}

#[component]
fn Selected(live: LiveExecution, node: Node) -> impl IntoView {
    let node = StoredValue::new(node);
    let status = Memo::new(move |_| live.state.with(|state| node.with_value(|node| state.status_of(node))));
    let run = Memo::new(move |_| live.state.with(|state| node.with_value(|node| state.run(&node.id).cloned())));
    let id = live.summary.with_value(|summary| summary.id);
    let (name, kind) = node.with_value(|node| (node.name.clone(), node.kind));
    let reason = move || {
        let is_failure = status.get() == TaskRunStatus::Failed;
        let reason = run.with(|run| run.as_ref().and_then(|run| run.reason.clone()))?;
        let tone = if is_failure { Tone::Bad } else { Tone::Idle };
        Some(view! { <Notice tone><span class="break-words">{reason}</span></Notice> })
    };
    view! {
        <section aria-label="Node" class="flex flex-col gap-3 border-t border-line px-4 py-4 md:border-t-0 md:border-b">
            <header class="flex items-start justify-between gap-2">
                <div class="min-w-0">
                    <h2 class="text-lead font-semibold break-words">{name}</h2>
                    <p class="text-label text-muted">{kind.spec().label}</p>
                </div>
                <a
                    href=format!("/executions/{id}")
                    data-noscroll="true"
                    aria-label="Close: show all events"
                    title="Close: show all events"
                    class="grid size-8 shrink-0 place-items-center rounded-lg text-muted hover:bg-hover hover:text-fg"
                >
                    {Icon::Close.view("")}
                </a>
            </header>
            <div><StatusBadge status=Signal::derive(move || Status::from(status.get())) detail=Signal::derive(move || progress(live, node, run))/></div>
            {reason}
            <KeptFrom run/>
            <Approval live node/>
            <Hold live node/>
            <Restart live node/>
            <Attempts live run kind/>
            <Data live node status run/>
            <Parameters live node/>
        </section>
    }
}

/// Where the node ran, if not in this execution.
#[component]
fn KeptFrom(run: Memo<Option<TaskRun>>) -> impl IntoView {
    let from = Memo::new(move |_| run.with(|run| run.as_ref().and_then(|run| run.kept_from)));
    move || {
        from.get().map(|id| {
            view! {
                <Notice>
                    "Kept from execution "
                    <a href=format!("/executions/{id}") class="mono break-all underline">{id.to_string()}</a>
                    ". It did not run here."
                </Notice>
            }
        })
    }
}

/// `attempt 2 of 3`, where there are several to have.
fn progress(live: LiveExecution, node: StoredValue<Node>, run: Memo<Option<TaskRun>>) -> Option<String> {
    let most = node.with_value(|node| node.retry.max_attempts);
    run.with(|run| {
        let run = run.as_ref()?;
        let current = run.attempts.last()?;
        let until = run.finished_at.unwrap_or_else(|| live.now());
        let lasted = super::clock::span(until - run.attempts[0].started_at);
        let attempt = (run.attempts.len() > 1).then(|| format!("attempt {} of {most} · ", current.number.min(most)));
        Some(format!("{}{lasted}", attempt.unwrap_or_default()))
    })
}

/// Input, output and error, renewed when the status changes and at no other time: what somebody opened stays open.
#[component]
fn Data(
    live: LiveExecution,
    node: StoredValue<Node>,
    status: Memo<TaskRunStatus>,
    run: Memo<Option<TaskRun>>,
) -> impl IntoView {
    let id = live.summary.with_value(|summary| summary.id);
    let node_id = node.with_value(|node| node.id.clone());
    let is_task = node.with_value(|node| node.kind.has_input());
    let fetch_input: Fetch = {
        let node_id = node_id.clone();
        Arc::new(move || Box::pin(get_input(id, (&node_id).into())))
    };
    let fetch_output: Fetch = Arc::new(move || {
        let fetched = get_output(id, node_id.clone());
        Box::pin(async move { Ok(handed_on(fetched.await?)) })
    });
    let input = move || {
        let was_reached = !matches!(status.get(), TaskRunStatus::Pending | TaskRunStatus::Skipped);
        (is_task && was_reached).then(|| {
            let value = live.workflow.with_value(|workflow| {
                live.state.with_untracked(|state| {
                    node.with_value(|node| state.input_of(workflow, &state.telling_id(&node.id)))
                })
            });
            view! { <Payload label="Input" value fetch=fetch_input.clone() closed=true/> }
        })
    };
    let output = move || {
        let (label, is_ready) = match status.get() {
            TaskRunStatus::Succeeded => ("Output", true),
            TaskRunStatus::Failed => ("Details of the error", true),
            _ => ("Output", false),
        };
        is_ready.then(|| {
            let value = handed_on(live.state.with_untracked(|state| node.with_value(|node| state.output_of(node))));
            (!value.is_null()).then(|| view! { <Payload label value fetch=fetch_output.clone()/> })
        })
    };
    let last_error = Memo::new(move |_| {
        let is_over = status.get().is_finished();
        run.with(|run| run.as_ref().filter(|_| !is_over).and_then(last_error))
    });
    let error = move || last_error.get().map(|value| view! { <Payload label="Last error" value/> });
    view! { <ShapeNote/> {error}{output}{input} }
}

/// For who may not see the data itself.
#[component]
fn ShapeNote() -> impl IntoView {
    let current = CurrentSession::get();
    let note = move || {
        let sees_shapes = current.session().is_some_and(|session| !session.role.may(Right::ViewPayloads));
        sees_shapes.then(
            || view! { <p class="text-label text-muted">"Your role sees the shape of the data, not what it says."</p> },
        )
    };
    view! { <Transition>{note}</Transition> }
}

/// Of a failure only the details: its message stands above.
fn handed_on(mut output: Value) -> Value {
    let failure = output.as_object().filter(|output| output.len() == 1).and_then(|output| output.get("error"));
    match failure.is_some_and(|error| error.get("message").is_some() && error.get("details").is_some()) {
        true => output["error"]["details"].take(),
        false => output,
    }
}

fn last_error(run: &TaskRun) -> Option<Value> {
    let error = run.attempts.iter().rev().find_map(|attempt| attempt.error.as_ref())?;
    Some(json!({ "message": error.message, "details": error.details }))
}
