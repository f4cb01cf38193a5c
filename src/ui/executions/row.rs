//! A line of the execution list; all of it is a link.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    clock::{span, ticking},
    sentence::via,
};
use crate::{
    domain::execution::ExecutionSummary,
    ui::components::{StatusBadge, Time},
};

#[component]
pub fn ListRow(execution: ExecutionSummary, shows_workflow: bool) -> impl IntoView {
    let lasted = lasted(&execution);
    let ExecutionSummary { id, workflow_name, version, status, started_via, created_at, error, .. } = execution;
    let version = if version == 0 { "draft".to_owned() } else { format!("v{version}") };
    let title = if shows_workflow { workflow_name } else { format!("Execution {}", &id.to_string()[..8]) };
    let columns = "grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-hover \
                   md:grid-cols-[128px_minmax(0,1fr)_104px_120px_96px]";
    view! {
        <li>
            <a href=format!("/executions/{id}") class=columns>
                <span class="order-2 flex justify-end md:order-none md:justify-start"><StatusBadge status=Signal::stored(status.into())/></span>
                <span class="min-w-0">
                    <span class="flex items-baseline gap-2">
                        <span class="truncate font-medium">{title}</span>
                        <span class="text-label text-muted">{version}</span>
                    </span>
                    {error.map(|error| view! { <span class="block truncate text-label text-bad-text" title=error.clone()>{error.clone()}</span> })}
                </span>
                <span class="order-4 text-right text-label md:text-left text-muted md:order-none">{via(&started_via).to_owned()}</span>
                <span class="order-3 text-label text-muted md:order-none"><Time at=created_at/></span>
                <span class="tabular order-5 col-span-2 hidden text-right text-label text-muted md:order-none md:col-span-1 md:block">{lasted}</span>
            </a>
        </li>
    }
}

/// How long it took, or has taken so far; nothing until the page is awake.
fn lasted(execution: &ExecutionSummary) -> impl Fn() -> Option<String> + Send + Sync + 'static {
    let (from, to) = (execution.created_at, execution.finished_at);
    let clock = ticking(Duration::from_secs(1), move || to.is_none());
    move || to.or_else(|| clock.get()).map(|to| span(to - from))
}
