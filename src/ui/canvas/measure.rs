//! What was measured, on the canvas: a word at each card, the way that counts, and whose data is no longer true.

use std::collections::{BTreeSet, HashMap, HashSet};

use leptos::prelude::*;

use super::scene::Scene;
use crate::domain::{id::NodeId, workflow::Edge};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Written below the card; may be empty.
    pub label: String,
    /// It is on the way that counts.
    pub is_critical: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    pub nodes: HashMap<NodeId, Measure>,
    /// The edges of the way that counts.
    pub edges: HashSet<Edge>,
}

impl Scene {
    /// Shows them; the default shows nothing.
    pub fn show_measures(self, measures: Measures) {
        if self.measures.with_untracked(|before| *before != measures) {
            self.measures.set(measures);
        }
    }

    /// Marks those whose outputs are from before something changed.
    pub fn show_stale(self, stale: BTreeSet<NodeId>) {
        if self.stale.with_untracked(|before| *before != stale) {
            self.stale.set(stale);
        }
    }

    pub(super) fn measure(self, id: &NodeId) -> Option<Measure> {
        self.measures.with(|measures| measures.nodes.get(id).cloned())
    }

    pub(super) fn is_critical(self, edge: &Edge) -> bool {
        self.measures.with(|measures| measures.edges.contains(edge))
    }
}
