//! The node's parameters with every expression replaced by its value.

use leptos::prelude::*;

use super::follow::LiveExecution;
use crate::domain::workflow::Node;

#[component]
pub fn Parameters(live: LiveExecution, node: StoredValue<Node>) -> impl IntoView {
    let _ = (live, node);
}
