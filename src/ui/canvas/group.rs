//! A group: a frame with a name around its cards, or one card in their place.

use leptos::prelude::*;

use super::{
    geometry::{input_offset, output_offset},
    gesture::Hands,
    scene::Scene,
};
use crate::{
    domain::{drawing::Group, workflow::Point},
    ui::components::Icon,
};

#[component]
pub fn GroupFrame(scene: Scene, hands: Option<Hands>, group: Group) -> impl IntoView {
    let shown = StoredValue::new(group.clone());
    let is_selected = Memo::new(move |_| {
        scene.selection.with(|selection| shown.with_value(|group| group.nodes.is_subset(&selection.nodes)))
    });
    let fold = hands.map(|hands| {
        let id = group.id.clone();
        let (label, icon) = if group.collapsed {
            ("Expand the group", Icon::ChevronRight)
        } else {
            ("Collapse the group", Icon::ChevronDown)
        };
        view! {
            <button type="button" class="fold" aria-label=label title=label on:click=move |_| hands.fold.run(id.clone())>
                {icon.view("size-3.5")}
            </button>
        }
    });
    if group.collapsed {
        return collapsed(scene, group, is_selected, fold).into_any();
    }
    let frame = Memo::new(move |_| shown.with_value(|group| scene.frame_of(group)).unwrap_or_default());
    view! {
        <div
            class="group-frame"
            data-selected=move || is_selected.get().to_string()
            style:transform=move || format!("translate({}px,{}px)", frame.get().x, frame.get().y)
            style:width=move || format!("{}px", frame.get().width)
            style:height=move || format!("{}px", frame.get().height)
        >
            <div class="group-name" data-group=group.id.to_string()>
                {fold}
                <span class="truncate">{group.name.clone()}</span>
            </div>
        </div>
    }
    .into_any()
}

fn collapsed(scene: Scene, group: Group, is_selected: Memo<bool>, fold: Option<impl IntoView>) -> impl IntoView {
    let count = match group.nodes.len() {
        1 => "1 node".to_owned(),
        count => format!("{count} nodes"),
    };
    let (id, name) = (group.id.to_string(), group.name.clone());
    let port = |at: Point| view! { <span class="port" aria-hidden="true" style=format!("left:{}px;top:{}px", at.x, at.y)></span> };
    let corner = Memo::new(move |_| scene.corner_of(&group).unwrap_or_default());
    view! {
        <div
            class="node stack"
            data-group=id
            data-selected=move || is_selected.get().to_string()
            style:transform=move || format!("translate({}px,{}px)", corner.get().x, corner.get().y)
        >
            <span class="tile">{Icon::Layers.view("size-[18px]")}</span>
            <span class="title">{name}</span>
            <span class="line-two">{count}</span>
            {fold}
            {port(input_offset())}
            {port(output_offset(0, 1))}
        </div>
    }
}
