//! The canvas with what happens on it.

use leptos::prelude::*;

use super::follow::LiveExecution;
use crate::domain::id::NodeId;

#[component]
pub fn Graph(live: LiveExecution, selected: Memo<Option<NodeId>>) -> impl IntoView {
    let _ = (live, selected);
}
