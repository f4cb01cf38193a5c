//! What stands at a breakpoint: on the page which nodes, beside a node what came over the edge, with the ways on.

use std::collections::HashMap;

use leptos::prelude::*;
use serde_json::Value;

use super::{follow::LiveExecution, payload::Payload, sentence::name};
use crate::{
    api::executions::{get_input, release_node},
    domain::{
        id::RunId,
        role::Action as Right,
        state::ExecutionState,
        workflow::{Edge, Node},
    },
    ui::{
        components::{Button, Icon, Look, Notice, Skeleton, TextArea, Toasts, Tone},
        session::CurrentSession,
    },
};

/// The breakpoints of the execution; true where data is held.
pub fn marks(state: &ExecutionState) -> HashMap<Edge, bool> {
    let set = state.cause.iter().flat_map(|cause| cause.breakpoints.iter().map(|edge| (edge.clone(), false)));
    set.chain(held(state).map(|(_, edge)| (edge.clone(), true))).collect()
}

/// Each task run that is held, with the edge that its data came over.
fn held(state: &ExecutionState) -> impl Iterator<Item = (&RunId, &Edge)> {
    state.task_runs.iter().filter_map(|(id, run)| Some((id, run.held_at()?)))
}

/// Which nodes are held, each as the way to it.
#[component]
pub fn HoldNotice(live: LiveExecution) -> impl IntoView {
    let held = Memo::new(move |_| {
        live.state.with(|state| held(state).map(|(id, edge)| (id.clone(), edge.clone())).collect::<Vec<_>>())
    });
    let id = live.summary.with_value(|summary| summary.id);
    let way = move |(run, edge): (RunId, Edge)| {
        let (from, to) =
            live.workflow.with_value(|workflow| (name(workflow, &edge.from.node.into()), name(workflow, &run)));
        view! {
            <a href=format!("/executions/{id}?node={}", run.node) data-noscroll="true" class="font-medium underline underline-offset-2">
                {format!("{from} → {to}")}
            </a>
        }
    };
    move || {
        let all = held.get();
        (!all.is_empty()).then(|| {
            view! {
                <div class="shrink-0 border-b border-line bg-surface px-4 py-3">
                    <Notice tone=Tone::Wait>
                        <p class="flex flex-wrap gap-x-4">
                            <strong class="font-semibold">"Held at a breakpoint"</strong>
                            {all.into_iter().map(way).collect_view()}
                        </p>
                    </Notice>
                </div>
            }
        })
    }
}

/// Nothing unless a breakpoint holds the node. Inside of a loop one item after the other.
#[component]
pub fn Hold(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let first = Memo::new(move |_| {
        live.state.with(|state| {
            let mut held = held(state).filter(|(run, _)| node.with_value(|node| node.id == run.node));
            held.next().map(|(run, edge)| (run.clone(), edge.clone()))
        })
    });
    move || first.get().map(|(run, edge)| view! { <Held live run edge/> })
}

#[component]
fn Held(live: LiveExecution, run: RunId, edge: Edge) -> impl IntoView {
    let id = live.summary.with_value(|summary| summary.id);
    let (from, to) =
        live.workflow.with_value(|workflow| (name(workflow, &edge.from.node.into()), name(workflow, &run)));
    let (came, text, toasts) = (RwSignal::new(None::<Value>), RwSignal::new(String::new()), Toasts::get());
    let look = {
        let run = run.clone();
        Action::new(move |(): &()| {
            let looked = get_input(id, run.clone());
            async move {
                match looked.await {
                    Ok(value) => {
                        text.set(pretty(&value));
                        came.set(Some(value));
                    }
                    Err(error) => toasts.fail(error.detail),
                }
            }
        })
    };
    Effect::new(move |_| {
        look.dispatch(());
    });
    let error = Signal::derive(move || came.with(Option::is_some).then(|| text.with(|text| wrong(text))).flatten());
    let release = Action::new(move |step: &bool| {
        let payload = came.with_untracked(|came| text.with_untracked(|text| edited(came.as_ref(), text)));
        let released = release_node(id, run.clone(), payload, *step);
        async move {
            if let Err(error) = released.await {
                toasts.fail(error.detail);
            }
        }
    });
    let go_on = move |step: bool| {
        Callback::new(move |_| {
            release.dispatch(step);
        })
    };
    let is_early =
        Signal::derive(move || release.pending().get() || came.with(Option::is_none) || error.with(Option::is_some));
    view! {
        <section aria-label="Breakpoint" class="flex flex-col gap-3 rounded-xl border border-line bg-surface p-3">
            <p class="text-body font-medium break-words">{format!("Held between “{from}” and “{to}”")}</p>
            <Editing came text error help=format!("What “{to}” sees as its input. Other nodes still see what “{from}” handed on.")/>
            <div class="flex gap-2">
                <Button look=Look::Primary icon=Icon::Play on_click=go_on(false) disabled=is_early>"Go on"</Button>
                <Button icon=Icon::Skip on_click=go_on(true) disabled=is_early>"Step"</Button>
            </div>
            <p class="text-caption text-muted">"A step holds again right after this node."</p>
        </section>
    }
}

/// The payload as text, for who may put another in its place; else only to look at.
#[component]
fn Editing(
    came: RwSignal<Option<Value>>,
    text: RwSignal<String>,
    error: Signal<Option<String>>,
    help: String,
) -> impl IntoView {
    let current = CurrentSession::get();
    let may_edit = move || current.session().is_some_and(|session| session.role.may(Right::EditWorkflows));
    let editor = move || match (came.get(), may_edit()) {
        (None, _) => view! { <Skeleton rows=3/> }.into_any(),
        (Some(value), false) => view! { <Payload label="Payload" value/> }.into_any(),
        (Some(_), true) => {
            let put = Callback::new(move |new| text.set(new));
            view! { <TextArea name="payload" label="Payload (JSON)" rows=8 mono=true value=text on_input=put error help=help.clone()/> }
                .into_any()
        }
    };
    view! { <Transition>{editor}</Transition> }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn wrong(text: &str) -> Option<String> {
    serde_json::from_str::<Value>(text).err().map(|error| format!("This is not JSON yet: {error}"))
}

/// What is to take the place of what came; none: it is the same, however it is written.
fn edited(came: Option<&Value>, text: &str) -> Option<String> {
    let is_same = serde_json::from_str::<Value>(text).ok().as_ref() == came;
    (!is_same).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::event::{Cause, Change, Event, Release};

    #[test]
    fn a_breakpoint_is_marked_as_held_while_data_is_there() {
        let edge = |from: &str, to: &str| Edge::between(from, to);
        let breakpoints = vec![edge("a", "b"), edge("b", "c")];
        let release = Release { by: "ada".to_owned(), payload: None, step: false };
        let changes = [
            Change::Started { cause: Cause { breakpoints, ..Cause::default() } },
            Change::Held { node: "b".into(), edge: edge("a", "b") },
            Change::Released { node: "b".into(), release },
        ];
        let at = |count: usize| {
            let events: Vec<Event> = (1..)
                .zip(&changes[..count])
                .map(|(seq, change)| Event { seq, at: chrono::DateTime::UNIX_EPOCH, change: change.clone() })
                .collect();
            marks(&ExecutionState::of(&events))
        };
        let marked = |held| HashMap::from([(edge("a", "b"), held), (edge("b", "c"), false)]);
        assert_eq!([at(1), at(2), at(3)], [marked(false), marked(true), marked(false)]);
    }

    #[test]
    fn only_another_value_counts_as_edited() {
        let came = json!({ "n": 1, "list": [1, 2] });
        assert_eq!(edited(Some(&came), &pretty(&came)), None);
        assert_eq!(edited(Some(&came), r#"{"list":[1,2],"n":1}"#), None, "another spelling of the same");
        assert_eq!(edited(Some(&came), "{}").as_deref(), Some("{}"));
        assert!(wrong("{").is_some() && wrong("null").is_none());
    }
}
