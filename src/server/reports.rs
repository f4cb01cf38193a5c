//! What browsers report about our content policy: a line in the log for each thing that it kept from running. Anybody can
//! send reports, so few are written and nothing in them is believed.

use std::{num::NonZeroU32, sync::LazyLock};

use axum::body::Bytes;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::StatusCode;
use serde_json::Value;

/// Bytes of a report.
pub const LIMIT: usize = 16 * 1024;
/// Lines in the log per minute.
const LINES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
const LENGTH: usize = 200;

static PACE: LazyLock<DefaultDirectRateLimiter> = LazyLock::new(|| RateLimiter::direct(Quota::per_minute(LINES)));

/// Takes the form of `report-to` (a list) and that of `report-uri`.
pub async fn take(body: Bytes) -> StatusCode {
    let Ok(report) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    for violation in violations(&report) {
        if PACE.check().is_ok() {
            tracing::warn!(
                directive = violation.directive,
                blocked = violation.blocked,
                "a page violates the content policy"
            );
        }
    }
    StatusCode::NO_CONTENT
}

#[derive(Debug, PartialEq)]
struct Violation {
    directive: String,
    blocked: String,
}

fn violations(report: &Value) -> Vec<Violation> {
    let bodies = match report {
        Value::Array(reports) => reports.iter().filter_map(|report| report.get("body")).collect(),
        other => other.get("csp-report").into_iter().collect::<Vec<_>>(),
    };
    let text = |body: &Value, names: [&str; 2]| {
        let found = names.iter().find_map(|name| body.get(name)?.as_str()).unwrap_or("unknown");
        // An address may hold a secret behind its path.
        let plain = found.split(['?', '#']).next().unwrap_or_default();
        plain.chars().filter(|c| !c.is_control()).take(LENGTH).collect()
    };
    let violation = |body: &Value| Violation {
        directive: text(body, ["effectiveDirective", "effective-directive"]),
        blocked: text(body, ["blockedURL", "blocked-uri"]),
    };
    bodies.into_iter().map(violation).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_are_read_without_what_may_be_secret() {
        let expected = vec![Violation { directive: "script-src".into(), blocked: "https://evil.test/x".into() }];
        let new = json!([{"type": "csp-violation", "body": {"effectiveDirective": "script-src", "blockedURL": "https://evil.test/x?token=canary"}}]);
        let old =
            json!({"csp-report": {"effective-directive": "script\n-src", "blocked-uri": "https://evil.test/x#canary"}});
        assert_eq!(violations(&new), expected);
        assert_eq!(violations(&old), expected);
    }

    #[test]
    fn nonsense_reports_nothing() {
        for report in [json!(null), json!([]), json!([1]), json!({"csp-report": {}}), json!("x")] {
            assert!(violations(&report).iter().all(|violation| violation.blocked == "unknown"), "{report}");
        }
    }
}
