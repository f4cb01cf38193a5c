//! One card with its ports and its badge: few elements, for there may be two thousand of them.

use leptos::prelude::*;

use super::{
    card::{Card, PortMark},
    measure::Measure,
    scene::{Scene, SceneNode},
};
use crate::{
    domain::{id::NodeId, task::port, workflow::Point},
    ui::components::{Icon, Tone, face},
};

#[component]
pub fn NodeCard(scene: Scene, id: NodeId, node: SceneNode) -> impl IntoView {
    let place = move || {
        let at = node.position.get();
        format!("translate({}px,{}px)", at.x, at.y)
    };
    let class = move || if node.card.with(|card| card.start) { "node start" } else { "node" };
    let status = Memo::new(move |_| node.status.with(|status| status.as_ref().map(|status| status.status)));
    let error_is_used = {
        let id = id.clone();
        Memo::new(move |_| {
            scene.edges.with(|edges| edges.iter().any(|edge| edge.from.port == port::ERROR && edge.from.node == id))
        })
    };
    let unreached = move || (scene.shows_execution() && status.get().is_none()).then_some("true");
    let measure = {
        let id = id.clone();
        move || scene.measure(&id)
    };
    let is_stale = {
        let id = id.clone();
        Memo::new(move |_| scene.stale.with(|stale| stale.contains(&id)))
    };
    let (label, critical) = (measure.clone(), measure.clone());
    let name = move || {
        let status = status.get().map(|status| face(status).word);
        node.card.with(|card| spoken(card, status, is_stale.get(), measure()))
    };
    view! {
        <div
            class=class
            role="button"
            tabindex="0"
            data-node=id.to_string()
            data-family=move || node.card.with(|card| card.family)
            data-selected=move || node.selected.get().to_string()
            data-status=move || status.get().map(|status| status.name())
            data-unreached=unreached
            data-change=move || node.card.with(|card| card.change)
            data-disabled=move || node.card.with(|card| card.disabled).then_some("true")
            data-error-used=move || error_is_used.get().then_some("true")
            data-stale=move || is_stale.get().then_some("true")
            data-measure=move || label().map(|measure| measure.label).filter(|label| !label.is_empty())
            data-critical=move || critical().filter(|measure| measure.is_critical).map(|_| "true")
            data-refused=move || node.refusal.with(Option::is_some).then_some("true")
            aria-label=name
            aria-pressed=move || node.selected.get().to_string()
            style:transform=place
        >
            {move || node.card.with(|card| card.icon).view("tile")}
            <span class="title">{move || node.card.with(|card| card.title.clone())}</span>
            // Two words, also for whoever reads them without their places.
            " "
            <span class="line-two">{move || node.card.with(|card| card.line.clone())}</span>
            {move || node.card.with(|card| ports(card))}
            {move || mark(status.get(), &node.card.read())}
        </div>
    }
}

/// "Create CRM entry, POST crm.example.com, HTTP request, Succeeded, 2 problems". The card's text is the beginning of the
/// name, so that people who speak to their computer can say what they see (WCAG 2.5.3).
fn spoken(card: &Card, status: Option<&str>, is_stale: bool, measure: Option<Measure>) -> String {
    let mut words = vec![format!("{} {}", card.title, card.line), card.label.to_owned()];
    words.extend(card.disabled.then(|| "disabled".to_owned()));
    words.extend(card.change.map(str::to_owned));
    words.extend(status.map(str::to_owned));
    match card.problems {
        0 => {}
        1 => words.push("1 problem".to_owned()),
        problems => words.push(format!("{problems} problems")),
    }
    words.extend(is_stale.then(|| "output out of date".to_owned()));
    if let Some(Measure { label, is_critical }) = measure {
        words.extend((!label.is_empty()).then_some(label));
        words.extend(is_critical.then(|| "on the critical path".to_owned()));
    }
    words.join(", ")
}

fn ports(card: &Card) -> impl IntoView + use<> {
    let input = (!card.start)
        .then(|| view! { <span class="port" aria-hidden="true" data-port="input" data-name=port::IN style=at(card.input())></span> });
    let outputs: Vec<_> = card.outputs.iter().map(|output| output_port(output, card.output(&output.name))).collect();
    view! { {input} {outputs} }
}

/// The stylesheet writes the label beside it.
fn output_port(output: &PortMark, place: Point) -> impl IntoView + use<> {
    let label = (!output.label.is_empty()).then(|| output.label.clone());
    view! {
        <span class="port" aria-hidden="true" data-port="output" data-name=output.name.clone() data-label=label title=output.name.clone() style=at(place)></span>
    }
}

fn at(place: Point) -> String {
    format!("left:{}px;top:{}px", place.x, place.y)
}

/// The badge at the corner: the status in an execution, what changed, or that there are problems.
fn mark(status: Option<crate::domain::execution::TaskRunStatus>, card: &Card) -> Option<impl IntoView + use<>> {
    let (tone, icon) = match (status, card.change) {
        (Some(status), _) => (face(status).tone, face(status).icon),
        (None, Some("added")) => (Tone::Ok, Icon::Plus),
        (None, Some("removed")) => (Tone::Bad, Icon::Minus),
        (None, Some(_)) => (Tone::Wait, Icon::Pencil),
        (None, None) if card.problems > 0 => (Tone::Wait, Icon::Warning),
        (None, None) => return None,
    };
    Some(view! { <span class="mark" data-tone=tone.name()>{icon.view("")}</span> })
}
