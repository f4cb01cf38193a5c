//! Conditions, transforms, delays, failures.

use chrono::TimeDelta;
use flowpilot::{
    domain::{event::WaitsFor, task::Kind},
    server::runners::{self, Outcome},
};
use serde_json::json;

use super::{call, done, failed, now};

#[tokio::test]
async fn a_condition_hands_its_input_on_through_one_port() {
    for (value, port) in [(json!(true), "true"), (json!("x"), "true"), (json!(0), "false"), (json!(null), "false")] {
        let result = runners::run(call(Kind::Condition, json!({ "if": value }))).await;
        assert_eq!(result, Ok(Outcome::Done { output: json!({"in": 1}), port: port.into() }));
    }
}

#[tokio::test]
async fn a_transform_hands_on_what_its_expression_gave() {
    assert_eq!(done(runners::run(call(Kind::Transform, json!({"output": [1]}))).await), json!([1]));
}

#[tokio::test]
async fn a_delay_waits_until_a_time_and_hands_its_input_on() {
    for (amount, unit, wait) in [
        (json!(1.5), "seconds", TimeDelta::milliseconds(1_500)),
        (json!("2"), "minutes", TimeDelta::minutes(2)),
        (json!(3), "hours", TimeDelta::hours(3)),
        (json!(1_000_000), "days", TimeDelta::days(1_000_000)),
    ] {
        let result = runners::run(call(Kind::Delay, json!({"amount": amount, "unit": unit}))).await;
        assert_eq!(
            result,
            Ok(Outcome::Wait { until: Some(now() + wait), output: json!({"in": 1}), waits_for: WaitsFor::Time })
        );
    }
    for amount in [json!(-1), json!(1e300), json!("soon"), json!(null)] {
        let (_, field) = failed(runners::run(call(Kind::Delay, json!({"amount": amount, "unit": "days"}))).await);
        assert_eq!(field.as_deref(), Some("amount"));
    }
}

#[tokio::test]
async fn a_fail_fails_with_its_message() {
    let (message, _) = failed(runners::run(call(Kind::Fail, json!({"message": "No email"}))).await);
    assert_eq!(message, "No email");
}
