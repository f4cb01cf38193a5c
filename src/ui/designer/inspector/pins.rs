//! Pinning by key: the last outputs of the selected nodes stand in for them whenever the draft is tried.

use std::collections::HashMap;

use leptos::prelude::*;
use serde_json::Value;

use super::data::LastData;
use crate::{
    domain::{id::NodeId, payload::cut_bytes, workflow::Workflow},
    ui::designer::editor::Editor,
};

/// Pins what the selected nodes handed on last; where all of them are pinned, frees them.
pub fn toggle(editor: Editor, data: LastData) {
    let ids: Vec<NodeId> = editor.selected_nodes().into_iter().collect();
    let change = editor.workflow.with_untracked(|workflow| {
        let output = |id: &NodeId| untrack(|| data.of(workflow, id)).map(|(_, output)| output);
        change(workflow, &ids, output)
    });
    if change.is_empty() {
        return editor.say("There is no output to pin yet. Run the node once.");
    }
    let frees = change.values().all(Option::is_none);
    let label = if frees { "Unpin" } else { "Pin" };
    editor.edit(label, |workflow| {
        for node in &mut workflow.nodes {
            if let Some(pin) = change.get(&node.id) {
                node.pinned.clone_from(pin);
            }
        }
    });
    editor.say(if frees { "Unpinned" } else { "Pinned" });
}

/// What each node is pinned to from now on. Triggers run nothing, and an output that was too large to be sent whole is no
/// output.
fn change(
    workflow: &Workflow,
    ids: &[NodeId],
    output: impl Fn(&NodeId) -> Option<Value>,
) -> HashMap<NodeId, Option<Value>> {
    let tasks: Vec<_> = ids.iter().filter_map(|id| workflow.node(id)).filter(|node| !node.kind.is_trigger()).collect();
    if tasks.iter().all(|node| node.pinned.is_some()) {
        return tasks.iter().map(|node| (node.id.clone(), None)).collect();
    }
    let is_whole = |output: &Value| !output.is_null() && cut_bytes(output).is_none();
    let free = tasks.into_iter().filter(|node| node.pinned.is_none());
    free.filter_map(|node| Some((node.id.clone(), Some(output(&node.id).filter(is_whole)?)))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        task::Kind,
        workflow::{Node, Point},
    };

    #[test]
    fn what_is_not_pinned_gets_its_output_and_what_is_all_pinned_is_freed() {
        let node = |id: &str, kind, pinned| Node { pinned, ..Node::new(id.into(), id, kind, Point::default()) };
        let workflow = Workflow {
            nodes: vec![
                node("start", Kind::Manual, None),
                node("a", Kind::Transform, None),
                node("b", Kind::Transform, Some(json!(1))),
                node("c", Kind::Transform, None),
            ],
            ..Workflow::default()
        };
        let output = |id: &NodeId| (id.as_str() != "c").then(|| json!({ "of": id.as_str() }));
        let ids = |names: &[&str]| names.iter().map(|name| NodeId::from(*name)).collect::<Vec<_>>();
        let of_a = HashMap::from([(NodeId::from("a"), Some(json!({ "of": "a" })))]);
        assert_eq!(change(&workflow, &ids(&["start", "a", "b", "c"]), output), of_a);
        assert_eq!(change(&workflow, &ids(&["b"]), output), HashMap::from([(NodeId::from("b"), None)]));
        assert!(change(&workflow, &ids(&["c", "start"]), output).is_empty());
        assert!(change(&workflow, &[], output).is_empty());
    }
}
