//! Links to a node: the designer's address with the node behind it, as in `/workflows/…#node=transform_1`.

use leptos::prelude::*;

use super::editor::Editor;
use crate::domain::id::NodeId;

const PREFIX: &str = "#node=";

/// The address of the node in the workflow that is open.
pub fn to(id: &NodeId) -> String {
    let address = window().location().href().unwrap_or_default();
    with_node(&address, id)
}

fn with_node(address: &str, id: &NodeId) -> String {
    let page = address.split('#').next().unwrap_or_default();
    format!("{page}{PREFIX}{id}")
}

/// Goes to the node that the address names, once the page is awake.
pub fn follow(editor: Editor) {
    Effect::new(move |_| {
        let hash = window().location().hash().unwrap_or_default();
        let named = named(&hash).filter(|id| editor.with_node(id, |_| ()).is_some());
        if let Some(id) = named {
            editor.scene.select_nodes([id.clone()]);
            // In between, the first measure of the pane fits the whole graph to it.
            request_animation_frame(move || {
                request_animation_frame(move || {
                    editor.scene.fit_selection();
                    editor.focus(id);
                });
            });
        }
    });
}

fn named(hash: &str) -> Option<NodeId> {
    hash.strip_prefix(PREFIX).filter(|id| !id.is_empty()).map(NodeId::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_its_node_and_is_understood() {
        let link = with_node("http://localhost/workflows/1#node=a", &"delay_1".into());
        assert_eq!(link, "http://localhost/workflows/1#node=delay_1");
        let (_, hash) = link.split_at(link.find('#').expect("a hash"));
        assert_eq!(named(hash), Some("delay_1".into()));
        assert_eq!((named(""), named("#node="), named("#top")), (None, None, None));
    }
}
