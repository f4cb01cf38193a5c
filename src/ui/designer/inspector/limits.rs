//! Limits of one node's task: at the same time, per second, the breaker of its service, the cache of its results.

use leptos::prelude::*;

use super::{fold::Fold, node::Subject};
use crate::{
    domain::{
        limit::{Breaker, Rate, TaskConcurrency, TaskLimits},
        task::Kind,
    },
    ui::components::TextField,
};

#[component]
pub fn Limits(subject: Subject) -> impl IntoView {
    let now = subject.read(|node| said(&node.limits));
    view! {
        <Fold label="Limits" now field="limits">
            <Concurrency subject/>
            <PerSecond subject/>
            <Breaking subject/>
            <Number
                subject
                field="cache_secs"
                label="Keep results, seconds"
                help="The same parameters and input give the same output without another attempt. Empty: never."
                read=|limits| limits.cache_secs.map(f64::from)
                write=|limits, secs| limits.cache_secs = secs.map(|secs| secs as u32)
            />
        </Fold>
    }
}

fn said(limits: &TaskLimits) -> String {
    let parts = [
        limits.concurrency.as_ref().map(|concurrency| format!("{} at a time", concurrency.limit)),
        limits.rate.as_ref().map(|rate| format!("{}/s", rate.per_second)),
        limits.breaker.as_ref().map(|_| "breaker".to_owned()),
        limits.cache_secs.map(|_| "cached".to_owned()),
    ];
    let set: Vec<String> = parts.into_iter().flatten().collect();
    if set.is_empty() { "none".to_owned() } else { set.join(", ") }
}

const KEY_HELP: &str =
    "Tasks with the same key share the limit; it may read input and trigger. Empty: this node alone.";

#[component]
fn Concurrency(subject: Subject) -> impl IntoView {
    let is_set = subject.read(|node| node.limits.concurrency.is_some());
    let write = |limits: &mut TaskLimits, limit: Option<f64>| {
        let key = limits.concurrency.take().map(|known| known.key).unwrap_or_default();
        limits.concurrency = limit.map(|limit| TaskConcurrency { key, limit: limit as u32 });
    };
    let read = |limits: &TaskLimits| limits.concurrency.as_ref().map(|known| f64::from(known.limit));
    view! {
        <Number subject field="concurrency" label="Attempts at the same time" help="Over all replicas. Empty: no limit." read write/>
        <Show when=move || is_set.get()>
            <Key
                subject
                field="concurrency-key"
                label="Shared key"
                help=KEY_HELP
                read=|limits| limits.concurrency.as_ref().map(|known| known.key.clone())
                write=|limits, key| { if let Some(known) = &mut limits.concurrency { known.key = key } }
            />
        </Show>
    }
}

#[component]
fn PerSecond(subject: Subject) -> impl IntoView {
    let is_set = subject.read(|node| node.limits.rate.is_some());
    let write = |limits: &mut TaskLimits, per_second: Option<f64>| {
        let (key, burst) = limits.rate.take().map_or((String::new(), 1), |known| (known.key, known.burst));
        limits.rate = per_second.map(|per_second| Rate { key, per_second, burst });
    };
    let read = |limits: &TaskLimits| limits.rate.as_ref().map(|known| known.per_second);
    view! {
        <Number subject field="rate" label="Attempts per second" help="Over all replicas, such as 5 or 0.2. Empty: no limit." read write/>
        <Show when=move || is_set.get()>
            <Number
                subject
                field="burst"
                label="Burst"
                help="So many may begin at once after a pause."
                read=|limits| limits.rate.as_ref().map(|known| f64::from(known.burst))
                write=|limits, burst| { if let (Some(known), Some(burst)) = (&mut limits.rate, burst) { known.burst = burst as u32 } }
            />
            <Key
                subject
                field="rate-key"
                label="Shared bucket"
                help=KEY_HELP
                read=|limits| limits.rate.as_ref().map(|known| known.key.clone())
                write=|limits, key| { if let Some(known) = &mut limits.rate { known.key = key } }
            />
        </Show>
    }
}

#[component]
fn Breaking(subject: Subject) -> impl IntoView {
    let is_set = subject.read(|node| node.limits.breaker.as_ref().is_some_and(|breaker| breaker.failures > 0));
    let help = match subject.kind {
        Kind::HttpRequest => "Then nothing is attempted for a while. Empty: 10 per host; 0: never.",
        _ => "Then nothing is attempted for a while. Empty or 0: never.",
    };
    let write = |limits: &mut TaskLimits, failures: Option<f64>| {
        let known = limits.breaker.take().unwrap_or_default();
        limits.breaker = failures.map(|failures| Breaker { failures: failures as u32, ..known });
    };
    let read = |limits: &TaskLimits| limits.breaker.as_ref().map(|known| f64::from(known.failures));
    view! {
        <Number subject field="breaker" label="Stop after failures in a row" help read write/>
        <Show when=move || is_set.get()>
            <Number
                subject
                field="open-secs"
                label="Stop for seconds"
                help="Then one attempt probes the service."
                read=|limits| limits.breaker.as_ref().map(|known| f64::from(known.open_secs))
                write=|limits, secs| { if let (Some(known), Some(secs)) = (&mut limits.breaker, secs) { known.open_secs = secs as u32 } }
            />
            <Key
                subject
                field="service"
                label="Service"
                help="Tasks that name the same service stop together. Empty: the host of its address."
                read=|limits| limits.breaker.as_ref().map(|known| known.service.clone())
                write=|limits, service| { if let Some(known) = &mut limits.breaker { known.service = service } }
            />
        </Show>
    }
}

/// A number that may be left out.
#[component]
fn Number(
    subject: Subject,
    field: &'static str,
    label: &'static str,
    help: &'static str,
    read: fn(&TaskLimits) -> Option<f64>,
    write: fn(&mut TaskLimits, Option<f64>),
) -> impl IntoView {
    let value = subject.read(move |node| read(&node.limits).map_or(String::new(), |number| number.to_string()));
    let set = Callback::new(move |text: String| match (text.trim(), text.trim().parse::<f64>()) {
        ("", _) => subject.change(field, |node| write(&mut node.limits, None)),
        (_, Ok(number)) => subject.change(field, |node| write(&mut node.limits, Some(number))),
        _ => {}
    });
    view! {
        <div data-field=field>
            <TextField name=format!("limit-{field}") label kind="number" help value on_input=set error=subject.problem(field)/>
        </div>
    }
}

#[component]
fn Key(
    subject: Subject,
    field: &'static str,
    label: &'static str,
    help: &'static str,
    read: fn(&TaskLimits) -> Option<String>,
    write: fn(&mut TaskLimits, String),
) -> impl IntoView {
    let value = subject.read(move |node| read(&node.limits).unwrap_or_default());
    let set = Callback::new(move |text: String| subject.change(field, |node| write(&mut node.limits, text)));
    view! { <TextField name=format!("limit-{field}") label help value on_input=set mono=true/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_limited() {
        let mut limits = TaskLimits::default();
        assert_eq!(said(&limits), "none");
        limits.concurrency = Some(TaskConcurrency { key: String::new(), limit: 2 });
        limits.rate = Some(Rate { key: String::new(), per_second: 0.5, burst: 1 });
        limits.cache_secs = Some(60);
        assert_eq!(said(&limits), "2 at a time, 0.5/s, cached");
    }
}
