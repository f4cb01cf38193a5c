//! What a card shows. Pages make it from their nodes.

use super::geometry::{input_offset, output_offset};
use crate::{
    domain::{task::port, workflow::Point},
    ui::components::Icon,
};

#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub title: String,
    /// One line of what it does.
    pub line: String,
    pub icon: Icon,
    /// The colour family, as the stylesheet knows it (`data-family`).
    pub family: &'static str,
    /// What kind of thing it is, for screen readers.
    pub label: &'static str,
    /// Starts executions: rounded on the left, no input.
    pub start: bool,
    /// Output ports in drawing order, the error port last.
    pub outputs: Vec<PortMark>,
    /// How many problems it has.
    pub problems: usize,
    /// What became of it since an earlier drawing, where two are compared: `added`, `changed`, `removed`.
    pub change: Option<&'static str>,
    /// Hands on what it gets, or as a trigger starts nothing.
    pub disabled: bool,
}

/// An output port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMark {
    pub name: String,
    /// Shown beside the port; empty for the only way on.
    pub label: String,
}

impl Card {
    fn main_outputs(&self) -> usize {
        self.outputs.iter().filter(|output| output.name != port::ERROR).count()
    }

    /// Where an output port sits on the card; an unknown one, as from an import, counts as the first.
    pub fn output(&self, name: &str) -> Point {
        let main = self.main_outputs();
        match self.outputs.iter().position(|output| output.name == name) {
            Some(index) => output_offset(index, main),
            None => output_offset(0, main.max(1)),
        }
    }

    pub fn input(&self) -> Point {
        input_offset()
    }
}
