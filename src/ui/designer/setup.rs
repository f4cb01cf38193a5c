//! What a new workflow still needs, one node after the other: addresses, credentials, whatever its problems name.

use leptos::prelude::*;

use super::{editor::Editor, inspector::Needed};
use crate::{
    domain::id::NodeId,
    ui::{
        canvas::Selection,
        components::{Button, Dialog, Icon, Look},
        kind,
    },
};

/// Nodes with fields to fill in, and those fields, in the order of the workflow.
fn lacking(editor: Editor) -> Vec<(NodeId, Vec<String>)> {
    editor.problems.with(|problems| {
        let mut nodes: Vec<(NodeId, Vec<String>)> = Vec::new();
        for problem in problems {
            let (Some(id), Some(field)) = (&problem.node, &problem.field) else { continue };
            if editor.with_node(id, |node| node.kind.field(field).is_some()) != Some(true) {
                continue;
            }
            match nodes.iter_mut().find(|(other, _)| other == id) {
                Some((_, fields)) => fields.push(field.clone()),
                None => nodes.push((id.clone(), vec![field.clone()])),
            }
        }
        nodes
    })
}

/// Opens the wizard, while something is lacking.
#[component]
pub fn SetUp(editor: Editor) -> impl IntoView {
    let open = RwSignal::new(false);
    let count = Memo::new(move |_| lacking(editor).len());
    let begin = move |_| {
        editor.scene.select(Selection::default());
        open.set(true);
    };
    view! {
        <Show when=move || editor.editable && count.get() != 0>
            <div class="mt-3"><Button icon=Icon::Key on_click=Callback::new(begin)>"Set it up step by step"</Button></div>
        </Show>
        <Dialog open title="Set up">
            <Steps editor open/>
        </Dialog>
    }
}

#[component]
fn Steps(editor: Editor, open: RwSignal<bool>) -> impl IntoView {
    // As it was when it was opened: what is filled in meanwhile stays, so that it can be looked at again.
    let nodes = StoredValue::new(untrack(|| lacking(editor)));
    let step = RwSignal::new(0_usize);
    let count = nodes.with_value(Vec::len);
    let current = move || nodes.with_value(|nodes| nodes.get(step.get()).cloned());
    let content = move || {
        let node = current().and_then(|(id, lacks)| Some((editor.with_node(&id, Clone::clone)?, lacks)));
        node.map(|(node, lacks)| {
            let (icon, family) = (kind::icon(node.kind), kind::family(node.kind));
            view! {
                <div class="mb-4 flex items-center gap-3" data-family=family>
                    <span class="tile size-9">{icon.view("size-[18px]")}</span>
                    <span class="min-w-0 flex-1"><span class="block truncate font-semibold">{node.name.clone()}</span><span class="block text-label text-muted">{node.kind.spec().label}</span></span>
                    <span class="text-label text-muted">{format!("{} of {count}", step.get() + 1)}</span>
                </div>
                <Needed editor node lacks/>
            }
        })
    };
    let is_last = move || step.get() + 1 >= count;
    let next = move |_| if is_last() { open.set(false) } else { step.update(|step| *step += 1) };
    view! {
        {content}
        <div class="mt-6 flex justify-between gap-2">
            <Button disabled=Signal::derive(move || step.get() == 0) on_click=Callback::new(move |_| step.update(|step| *step -= 1))>"Back"</Button>
            <Button look=Look::Primary on_click=Callback::new(next)>{move || if is_last() { "Done" } else { "Next" }}</Button>
        </div>
    }
}
