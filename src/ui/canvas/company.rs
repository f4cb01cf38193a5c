//! Where other people are: a frame with their initials around the node that they have selected.

use leptos::prelude::*;

use super::{geometry::CARD, scene::Scene};
use crate::domain::id::NodeId;

/// Somebody else at a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Visitor {
    pub node: NodeId,
    pub name: String,
    pub initials: String,
    /// One of the tints `0` to `5`.
    pub tint: u8,
}

#[component]
pub fn Visitors(scene: Scene) -> impl IntoView {
    view! { <For each=move || scene.visitors.get() key=Visitor::clone children=move |visitor| frame(scene, visitor)/> }
}

fn frame(scene: Scene, visitor: Visitor) -> impl IntoView {
    let Visitor { node, name, initials, tint } = visitor;
    let position = scene.node(&node).map(|node| node.position);
    let place = move || {
        let at = position.map(|position| position.get()).unwrap_or_default();
        format!("translate({}px, {}px)", at.x - 4.0, at.y - 4.0)
    };
    let (width, height) = (format!("{}px", CARD.width + 8.0), format!("{}px", CARD.height + 8.0));
    position.map(|_| {
        view! {
            <div class="visitor" data-visitor=node.to_string() data-tint=tint.to_string() title=name style:transform=place style:width=width style:height=height>
                <span>{initials}</span>
            </div>
        }
    })
}
