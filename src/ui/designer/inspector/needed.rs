//! The fields of one node that somebody still has to fill in, away from its panel.

use leptos::prelude::*;

use super::{data::LastData, field::FieldEditor, node::Subject};
use crate::{
    domain::{task::Field, workflow::Node},
    ui::designer::editor::Editor,
};

/// The fields that lacked something, and what belongs to them.
#[component]
pub fn Needed(editor: Editor, node: Node, lacks: Vec<String>) -> impl IntoView {
    let is_needed = |field: &&'static Field| {
        // An address may be in a credential as well.
        lacks.iter().any(|lack| lack == field.name) || (field.name == "credential" && field.is_shown(&node.parameters))
    };
    let fields: Vec<&'static Field> = node.kind.spec().fields.iter().filter(is_needed).collect();
    let (id, kind) = (StoredValue::new(node.id.clone()), node.kind);
    let subject = Subject { editor, id, kind, data: LastData::none() };
    let fields = fields.into_iter().map(|field| view! { <FieldEditor subject field/> }).collect_view();
    view! { <div class="flex flex-col gap-4">{fields}</div> }
}
