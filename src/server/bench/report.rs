//! The report: medians with spread, the machine, the versions.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use crate::server::{Error, Result};

pub struct Report {
    postgres: String,
    /// In the order of the first round.
    figures: Vec<Figure>,
}

struct Figure {
    key: &'static str,
    what: &'static str,
    unit: &'static str,
    rounds: Vec<f64>,
}

impl Report {
    pub fn new(postgres: String) -> Self {
        Self { postgres, figures: Vec::new() }
    }

    /// Adds one round's value.
    pub fn add(&mut self, key: &'static str, what: &'static str, unit: &'static str, value: f64) {
        match self.figures.iter_mut().find(|figure| figure.key == key) {
            Some(figure) => figure.rounds.push(value),
            None => self.figures.push(Figure { key, what, unit, rounds: vec![value] }),
        }
    }

    pub fn table(&self) -> String {
        let mut text = format!("\n{}\nPostgreSQL {}\n\n", machine(), self.postgres);
        for figure in &self.figures {
            let (low, median, high) = figure.spread();
            let _ = writeln!(
                text,
                "{:<52} {:>10} {:<6} ({} … {})",
                figure.what,
                shown(median),
                figure.unit,
                shown(low),
                shown(high)
            );
        }
        text
    }

    /// Writes `{ "key": median, … }`.
    pub fn write(&self, path: &Path) -> Result<()> {
        let medians: BTreeMap<&str, f64> =
            self.figures.iter().map(|figure| (figure.key, (figure.spread().1 * 1_000.0).round() / 1_000.0)).collect();
        let text = serde_json::to_string_pretty(&medians)? + "\n";
        std::fs::write(path, text).map_err(|error| Error::internal(format!("{}: {error}", path.display())))
    }
}

impl Figure {
    /// Least, median, greatest.
    fn spread(&self) -> (f64, f64, f64) {
        let mut sorted = self.rounds.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        (sorted[0], median, sorted[sorted.len() - 1])
    }
}

fn shown(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, model)| model.trim().to_owned()))
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let build = if cfg!(debug_assertions) { ", a debug build: not for comparison" } else { "" };
    format!("FlowPilot {} on {cores} cores of {model}{build}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_of_rounds_is_the_mean_of_two() {
        let mut report = Report::new("15".into());
        [4.0, 1.0, 3.0, 2.0].into_iter().for_each(|value| report.add("k", "what", "ms", value));
        assert_eq!(report.figures[0].spread(), (1.0, 2.5, 4.0));
        assert!(report.table().contains("2.50 ms     (1.00 … 4.00)"), "{}", report.table());
    }
}
