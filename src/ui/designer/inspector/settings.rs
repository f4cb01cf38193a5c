//! Retry, timeouts, limits, worker group and join rule: folded away behind what they say now.

use leptos::prelude::*;

use super::{fold::Fold, limits::Limits, node::Subject};
use crate::{
    domain::{
        retry::RetryPolicy,
        workflow::{JoinRule, Node},
    },
    ui::components::{Select, TextField},
};

#[component]
pub fn Settings(subject: Subject) -> impl IntoView {
    let can_fail = subject.kind.spec().can_fail;
    let has_several_inputs = Memo::new(move |_| {
        subject.editor.workflow.with(|workflow| {
            subject.id.with_value(|id| workflow.edges.iter().filter(|edge| edge.to.node == *id).count() > 1)
        })
    });
    view! {
        <div class="-mx-4 border-t border-line">
            {can_fail.then(|| view! { <Retry subject/> <Timeout subject/> <Limits subject/> <Group subject/> })}
            <Show when=move || has_several_inputs.get()><Join subject/></Show>
        </div>
    }
}

fn said(retry: &RetryPolicy) -> String {
    match retry.max_attempts {
        0 | 1 => "never".to_owned(),
        attempts => format!("{} × from {}", attempts - 1, seconds(retry.base_ms)),
    }
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1_000) { format!("{} s", ms / 1_000) } else { format!("{:.1} s", ms as f64 / 1_000.0) }
}

#[component]
fn Retry(subject: Subject) -> impl IntoView {
    let now = subject.read(|node| said(&node.retry));
    let number = move |label: &'static str,
                       name: &'static str,
                       help: &'static str,
                       read: fn(&RetryPolicy) -> f64,
                       write: fn(&mut RetryPolicy, f64)| {
        let value = subject.read(move |node| read(&node.retry).to_string());
        let set = Callback::new(move |text: String| {
            if let Ok(value) = text.trim().parse::<f64>() {
                subject.change("retry", |node| write(&mut node.retry, value));
            }
        });
        view! { <TextField name label help value kind="number" on_input=set/> }
    };
    view! {
        <Fold label="Retry on failure" now field="retry">
            {number("Attempts in all", "retry-attempts", "1 means no retry.", |retry| f64::from(retry.max_attempts), |retry, value| retry.max_attempts = value as u32)}
            {number("First wait, seconds", "retry-base", "Waits are random up to this, so that retries spread.", |retry| retry.base_ms as f64 / 1_000.0, |retry, value| retry.base_ms = (value * 1_000.0) as u64)}
            {number("Growth", "retry-factor", "Each wait's limit is this many times the last one.", |retry| retry.factor, |retry, value| retry.factor = value)}
            {number("Longest wait, seconds", "retry-cap", "", |retry| retry.cap_ms as f64 / 1_000.0, |retry, value| retry.cap_ms = (value * 1_000.0) as u64)}
            <p class="text-caption text-bad-text empty:hidden">{move || subject.problem("retry").get()}</p>
        </Fold>
    }
}

#[component]
fn Timeout(subject: Subject) -> impl IntoView {
    let now = subject.read(|node| format!("{} s", node.timeout_secs));
    let value = subject.read(|node| node.timeout_secs.to_string());
    let set = Callback::new(move |text: String| {
        if let Ok(secs) = text.trim().parse() {
            subject.change("timeout_secs", |node| node.timeout_secs = secs);
        }
    });
    view! {
        <Fold label="Timeout" now field="timeout_secs">
            <TextField name="timeout" label="Seconds per attempt" kind="number" value on_input=set error=subject.problem("timeout_secs")/>
            <Seconds
                subject
                field="total_timeout_secs"
                label="Seconds in total"
                help="Over all attempts and waits. Empty: no limit."
                read=|node| node.total_timeout_secs
                write=|node, secs| node.total_timeout_secs = secs
            />
            <Seconds
                subject
                field="start_timeout_secs"
                label="Seconds in the queue"
                help="An attempt whose turn has not come by then fails. Empty: no limit."
                read=|node| node.start_timeout_secs
                write=|node, secs| node.start_timeout_secs = secs
            />
            <Seconds
                subject
                field="heartbeat_timeout_secs"
                label="Seconds without a sign of life"
                help="For long tasks: an attempt that is silent for longer is ended. Empty: no limit."
                read=|node| node.heartbeat_timeout_secs
                write=|node, secs| node.heartbeat_timeout_secs = secs
            />
        </Fold>
    }
}

/// A number of seconds that may be left out.
#[component]
fn Seconds(
    subject: Subject,
    field: &'static str,
    label: &'static str,
    help: &'static str,
    read: fn(&Node) -> Option<u32>,
    write: fn(&mut Node, Option<u32>),
) -> impl IntoView {
    let value = subject.read(move |node| read(node).map_or(String::new(), |secs| secs.to_string()));
    let set = Callback::new(move |text: String| match (text.trim(), text.trim().parse()) {
        ("", _) => subject.change(field, |node| write(node, None)),
        (_, Ok(secs)) => subject.change(field, |node| write(node, Some(secs))),
        _ => {}
    });
    view! {
        <div data-field=field>
            <TextField name=field label kind="number" help value on_input=set error=subject.problem(field)/>
        </div>
    }
}

#[component]
fn Group(subject: Subject) -> impl IntoView {
    let now = subject.read(|node| node.group.clone().unwrap_or_else(|| "any replica".to_owned()));
    let value = subject.read(|node| node.group.clone().unwrap_or_default());
    let set = Callback::new(move |text: String| {
        let group = Some(text.trim().to_owned()).filter(|group| !group.is_empty());
        subject.change("group", |node| node.group = group);
    });
    view! {
        <Fold label="Runs on" now field="group">
            <TextField
                name="group"
                label="Worker group"
                help="Workers of a group are started with flowpilot worker --group. Empty: any replica."
                value
                on_input=set
                error=subject.problem("group")
            />
        </Fold>
    }
}

const RULES: [(JoinRule, &str, &str); 9] = [
    (JoinRule::AllSucceeded, "all_succeeded", "all inputs succeeded"),
    (JoinRule::NoneFailedMinOneSucceeded, "none_failed_min_one_succeeded", "one succeeded, none failed"),
    (JoinRule::NoneFailed, "none_failed", "none failed"),
    (JoinRule::NoneSkipped, "none_skipped", "none was skipped"),
    (JoinRule::OneSucceeded, "one_succeeded", "one succeeded, at once"),
    (JoinRule::OneFailed, "one_failed", "one failed, at once"),
    (JoinRule::AllFailed, "all_failed", "all inputs failed"),
    (JoinRule::AllDone, "all_done", "all inputs are over"),
    (JoinRule::Always, "always", "at once, whatever they do"),
];

#[component]
fn Join(subject: Subject) -> impl IntoView {
    let entry = |rule: JoinRule| RULES.iter().find(|(known, ..)| *known == rule).unwrap_or(&RULES[0]);
    let now = subject.read(move |node| entry(node.join).2.to_owned());
    let value = subject.read(move |node| entry(node.join).1.to_owned());
    let options: Vec<(String, String)> =
        RULES.iter().map(|(_, name, label)| ((*name).to_owned(), (*label).to_owned())).collect();
    let set = Callback::new(move |name: String| {
        if let Some((rule, ..)) = RULES.iter().find(|(_, known, _)| *known == name) {
            subject.change("join", |node| node.join = *rule);
        }
    });
    view! {
        <Fold label="Starts when" now field="join">
            <Select
                name="join"
                label="Starts when"
                options=Signal::stored(options)
                value
                on_change=set
                help="Judged once every incoming edge is decided, if not “at once”. Branches of a condition that meet again need the second."
            />
        </Fold>
    }
}
