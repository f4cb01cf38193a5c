//! A schedule: its pattern in words, its next times, and what came of the last ones.

use leptos::prelude::*;

use super::times::{ViewerTime, ViewerZone};
use crate::{
    domain::trigger::{Fire, FireOutcome, SchedulePreview, ScheduledTime, Trigger, TriggerSummary},
    ui::components::{Badge, Cell, HeadCell, Notice, Status, StatusBadge, Table, Time, Tone},
};

#[component]
pub fn ScheduleCard(trigger: TriggerSummary) -> impl IntoView {
    let Trigger::Schedule { cron, time_zone, .. } = trigger.trigger else { return ().into_any() };
    let Some(schedule) = trigger.schedule else {
        return view! { <Notice tone=Tone::Bad>"This schedule cannot be read. Mend its cron pattern or time zone in the designer."</Notice> }.into_any();
    };
    let hint = (!trigger.live).then_some("These times count once the workflow is published.");
    let (next, fires) = (schedule.next.clone(), trigger.fires);
    view! {
        <p>
            {schedule.description.clone()}
            <span class="text-muted">" · " <code class="mono">{cron}</code> " · " {time_zone}</span>
        </p>
        <NextTimes schedule/>
        {hint.map(|hint| view! { <p class="text-label text-muted">{hint}</p> })}
        {(next.is_empty()).then(|| view! { <Notice tone=Tone::Wait>"No such date will ever come. Check day and month."</Notice> })}
        {(!fires.is_empty()).then(|| view! { <LastTimes fires/> })}
    }
    .into_any()
}

#[component]
fn NextTimes(schedule: SchedulePreview) -> impl IntoView {
    let head = |zone: String| {
        view! { <HeadCell>"Next times ("{zone}")"</HeadCell><HeadCell><ViewerZone/></HeadCell><HeadCell>"Comes"</HeadCell> }
    };
    let row = |time: ScheduledTime| {
        view! {
            <tr>
                <Cell><span class="tabular whitespace-nowrap">{time.local}</span></Cell>
                <Cell><ViewerTime at=time.at/></Cell>
                <Cell><Time at=time.at/></Cell>
            </tr>
        }
    };
    let zone = schedule.time_zone;
    view! {
        <Table label="Next times" head=Box::new(move || head(zone).into_any())>
            {schedule.next.into_iter().map(row).collect_view()}
        </Table>
    }
}

#[component]
fn LastTimes(fires: Vec<Fire>) -> impl IntoView {
    let row = |fire: Fire| {
        view! {
            <li class="flex items-center justify-between gap-3 py-1.5">
                <Time at=fire.scheduled_at/>
                <Outcome outcome=fire.outcome/>
            </li>
        }
    };
    view! {
        <section>
            <h3 class="mb-1 text-label text-muted">"Last times"</h3>
            <ul class="divide-y divide-line">{fires.into_iter().map(row).collect_view()}</ul>
        </section>
    }
}

#[component]
fn Outcome(outcome: FireOutcome) -> impl IntoView {
    match outcome {
        FireOutcome::Missed => {
            view! { <span title="FlowPilot was not running; a later time fired in its place."><Badge tone=Tone::Wait>"Missed"</Badge></span> }.into_any()
        }
        FireOutcome::Skipped => {
            view! { <span title="An earlier execution was under way."><Badge>"Skipped"</Badge></span> }.into_any()
        }
        FireOutcome::Buffered => {
            view! { <span title="Starts when the execution under way ends."><Badge tone=Tone::Wait>"Waits"</Badge></span> }.into_any()
        }
        FireOutcome::Fired { status: None, .. } => view! { <Badge>"Fired"</Badge> }.into_any(),
        FireOutcome::Fired { execution, status: Some(status) } => {
            view! {
                <a href=format!("/executions/{execution}") title="Open the execution">
                    <StatusBadge status=Status::from(status)/><span class="sr-only">": open the execution"</span>
                </a>
            }
            .into_any()
        }
    }
}
