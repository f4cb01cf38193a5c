//! What is drawn and not saved yet, in the browser's own storage: it survives a crash, a closed tab, a server that is away.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::{
    id::WorkflowId,
    workflow::{Edge, Workflow},
};

/// What was drawn, and the draft that it was drawn on top of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub revision: i32,
    pub base: Workflow,
    pub drawn: Workflow,
}

fn key(id: WorkflowId) -> String {
    format!("flowpilot.draft.{id}")
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

pub fn read(id: WorkflowId) -> Option<Kept> {
    let text = storage()?.get_item(&key(id)).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

pub fn write(id: WorkflowId, kept: &Kept) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(kept)) {
        // Storage that is full or forbidden leaves the question that closing the page asks.
        let _ = storage.set_item(&key(id), &text);
    }
}

pub fn forget(id: WorkflowId) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&key(id));
    }
}

fn breakpoints_key(id: WorkflowId) -> String {
    format!("flowpilot.breakpoints.{id}")
}

/// The edges at which this browser's runs of the workflow are held.
pub fn breakpoints(id: WorkflowId) -> Vec<Edge> {
    let text = storage().and_then(|storage| storage.get_item(&breakpoints_key(id)).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

pub fn keep_breakpoints(id: WorkflowId, edges: &[Edge]) {
    let Some(storage) = storage() else { return };
    // Forbidden storage costs that they are remembered, nothing else.
    let _ = match (edges, serde_json::to_string(edges)) {
        ([_, ..], Ok(text)) => storage.set_item(&breakpoints_key(id), &text),
        _ => storage.remove_item(&breakpoints_key(id)),
    };
}

/// Whether past executions are shown; remembered for all workflows.
const INSIGHT: &str = "flowpilot.insight";

pub fn shows_insight() -> bool {
    storage().and_then(|storage| storage.get_item(INSIGHT).ok().flatten()).is_some()
}

pub fn remember_insight(shows: bool) {
    if let Some(storage) = storage() {
        let _ = if shows { storage.set_item(INSIGHT, "yes") } else { storage.remove_item(INSIGHT) };
    }
}

/// Whether drawings save themselves; remembered for all workflows.
const BY_HAND: &str = "flowpilot.save.by_hand";

pub fn saves_itself() -> bool {
    storage().and_then(|storage| storage.get_item(BY_HAND).ok().flatten()).is_none()
}

pub fn remember_saves_itself(does: bool) {
    if let Some(storage) = storage() {
        let _ = if does { storage.remove_item(BY_HAND) } else { storage.set_item(BY_HAND, "yes") };
    }
}
