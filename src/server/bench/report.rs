//! The report: medians with spread, the machine, the versions.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use super::{
    Value,
    figures::{FIGURES, Figure, Group},
};
use crate::server::{Error, Result};

pub struct Report {
    postgres: String,
    /// By key, a value per round.
    values: BTreeMap<&'static str, Vec<f64>>,
}

/// Least, median, greatest.
type Spread = (f64, f64, f64);

impl Report {
    pub fn new(postgres: String) -> Self {
        Self { postgres, values: BTreeMap::new() }
    }

    /// Adds one round's value.
    pub fn add(&mut self, (key, value): Value) {
        self.values.entry(key).or_default().push(value);
    }

    /// What was measured, in the order of the figures.
    fn measured(&self) -> impl Iterator<Item = (&'static Figure, Spread)> {
        FIGURES.iter().filter_map(|figure| Some((figure, spread(self.values.get(figure.key)?)?)))
    }

    /// Says on the way what is known of the group's figures.
    pub fn tell(&self, group: Group) {
        for (figure, (low, median, high)) in self.measured().filter(|(figure, _)| figure.group == group) {
            let (low, median, high) = (shown(low), shown(median), shown(high));
            eprintln!("  {}: {median} {} ({low} … {high})", figure.key, figure.unit);
        }
    }

    /// Keys of these groups that no round gave a value for.
    pub fn missing(&self, groups: &[Group]) -> Vec<&'static str> {
        let is_missing = |figure: &&Figure| groups.contains(&figure.group) && !self.values.contains_key(figure.key);
        FIGURES.iter().filter(is_missing).map(|figure| figure.key).collect()
    }

    pub fn table(&self) -> String {
        let mut text = format!("\n{}\nPostgreSQL {}\n\n", machine(), self.postgres);
        for (figure, (low, median, high)) in self.measured() {
            let (low, median, high) = (shown(low), shown(median), shown(high));
            let _ = writeln!(text, "{:<82} {median:>10} {:<6} ({low} … {high})", figure.what, figure.unit);
        }
        text
    }

    /// Writes `{ "key": median, … }`; keys that were not measured keep what the file says.
    pub fn write_json(&self, path: &Path) -> Result<()> {
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let mut medians: BTreeMap<String, f64> = serde_json::from_str(&before).unwrap_or_default();
        medians.extend(self.measured().map(|(figure, (_, median, _))| (figure.key.to_owned(), rounded(median))));
        write(path, serde_json::to_string_pretty(&medians)? + "\n")
    }

    pub fn write_markdown(&self, path: &Path) -> Result<()> {
        let day = chrono::Utc::now().format("%F");
        let mut text = format!(
            "# Benchmarks\n\n{}, PostgreSQL {}, measured on {day} with `make bench`. Servers, Postgres and the load share \
             the machine; Postgres commits synchronously and every execution keeps its history. Each figure is the median \
             over its rounds, with the least and the greatest beside it.\n\n\
             | Measure | Median | Least … greatest | Target |\n|---|---|---|---|\n",
            machine(),
            self.postgres
        );
        for (figure, (low, median, high)) in self.measured() {
            let (what, unit, target) = (figure.what, figure.unit, figure.target);
            let _ =
                writeln!(text, "| {what} | {} {unit} | {} … {} | {target} |", shown(median), shown(low), shown(high));
        }
        let before = std::fs::read_to_string(path).unwrap_or_default();
        write(path, text + &self.bound().unwrap_or_default() + other_parts(&before))
    }

    /// How much the processors allow at most, where their time was measured.
    fn bound(&self) -> Option<String> {
        let median = |key| spread(self.values.get(key)?).map(|(_, median, _)| median);
        let (server, postgres) = (median("noop_server_us")?, median("noop_postgres_us")?);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let most = cores as f64 * 1e6 / (server + postgres);
        Some(format!(
            "\nWhat bounds the throughput is processor time: a no-op task takes {} µs of the server's and {} µs of \
             Postgres', so {cores} cores allow {} of them per second.\n",
            shown(server),
            shown(postgres),
            shown(most)
        ))
    }
}

/// What other parts of the benchmark wrote: their sections follow the engine's, which has no heading of its own.
fn other_parts(document: &str) -> &str {
    document.find("\n## ").map_or("", |at| &document[at..])
}

fn write(path: &Path, text: String) -> Result<()> {
    std::fs::write(path, text).map_err(|error| Error::internal(format!("{}: {error}", path.display())))
}

fn spread(values: &[f64]) -> Option<Spread> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = match sorted.len() % 2 {
        1 => sorted[middle],
        _ => (sorted.get(middle.checked_sub(1)?)? + sorted.get(middle)?) / 2.0,
    };
    Some((*sorted.first()?, median, *sorted.last()?))
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn shown(value: f64) -> String {
    match value {
        1_000.0.. => {
            let (thousands, rest) = (value.round() as u64 / 1_000, value.round() as u64 % 1_000);
            format!("{thousands},{rest:03}")
        }
        100.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
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
        assert_eq!(spread(&[4.0, 1.0, 3.0, 2.0]), Some((1.0, 2.5, 4.0)));
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some((1.0, 2.0, 3.0)));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn numbers_have_as_many_digits_as_they_are_good_for() {
        let all = [12_345.6, 1_000.0, 999.4, 12.345, 0.1234].map(shown);
        assert_eq!(all, ["12,346", "1,000", "999", "12.35", "0.123"]);
    }

    #[test]
    fn sections_of_other_parts_stay_in_the_document() {
        let path = std::env::temp_dir().join(format!("flowpilot-report-{}.md", uuid::Uuid::now_v7()));
        std::fs::write(&path, "# Benchmarks\n\nOld.\n\n## The designer\n\n| 1 |\n").expect("writable");
        let mut report = Report::new("15".into());
        report.add(("ready_s", 0.5));
        report.write_markdown(&path).expect("writable");
        let text = std::fs::read_to_string(&path).expect("readable");
        std::fs::remove_file(&path).expect("there");
        assert!(text.ends_with("| 0.500 s | 0.500 … 0.500 | ≤ 1 |\n\n## The designer\n\n| 1 |\n"), "{text}");
        assert!(!text.contains("Old."), "{text}");
    }

    #[test]
    fn figures_that_were_not_measured_keep_their_last_value() {
        let path = std::env::temp_dir().join(format!("flowpilot-report-{}.json", uuid::Uuid::now_v7()));
        std::fs::write(&path, r#"{ "ready_s": 0.5, "fan_100_ms": 9.0 }"#).expect("writable");
        let mut report = Report::new("15".into());
        report.add(("fan_100_ms", 5.0));
        assert_eq!(report.missing(&[Group::Fan, Group::Fibonacci]), ["forty_fibonacci_s", "fan_1000_ms"]);
        report.write_json(&path).expect("writable");
        let text = std::fs::read_to_string(&path).expect("readable");
        std::fs::remove_file(&path).expect("there");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON"),
            serde_json::json!({ "fan_100_ms": 5.0, "ready_s": 0.5 })
        );
    }
}
