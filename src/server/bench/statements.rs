//! What Postgres spends its time on, statement by statement, where it counts that.

use std::fmt::Write;

use super::site::Site;
use crate::server::store::{self, database::Statement};

const MOST: i64 = 15;

/// Empty where `pg_stat_statements` is not installed, as on the Postgres that is started for a measurement.
pub async fn table(site: &Site) -> String {
    let costliest = store::database::costliest(&site.caller.app.everywhere, MOST).await;
    costliest.map_or_else(|_| String::new(), |statements| written(&statements))
}

fn written(statements: &[Statement]) -> String {
    let mut text = format!("\n{:>10} {:>10} {:>10} {:>10}  statement\n", "ms", "calls", "µs each", "WAL each");
    for Statement { calls, total_ms, wal_bytes, text: statement } in statements {
        let (each_us, wal_each) = (total_ms * 1_000.0 / *calls as f64, wal_bytes / *calls as f64);
        let _ = writeln!(text, "{total_ms:>10.0} {calls:>10} {each_us:>10.1} {wal_each:>10.0}  {statement}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_with_what_each_call_took() {
        let statement = Statement { calls: 4, total_ms: 2.0, wal_bytes: 1_000.0, text: "select 1".to_owned() };
        let text = written(&[statement]);
        let line = text.lines().last().expect("a line");
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["2", "4", "500.0", "250", "select", "1"]);
    }
}
