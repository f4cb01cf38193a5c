//! Whatever we accept means what JavaScript means by it.

use flowpilot::domain::expression::evaluate;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use super::{
    generator::Generator,
    oracle::{Oracle, is_same},
    scope,
};

/// Parts of the messages by which we refuse what JavaScript would do.
const REFUSALS: &[&str] = &[
    "operations",
    "MiB",
    "nested deeper",
    "half a character",
    "is not available",
    "more than",
    "is a method",
    "is longer",
];

/// Compares one expression; false: we refuse it.
fn compare(oracle: &Oracle, expression: &str) -> Result<bool, String> {
    let theirs = oracle.evaluate(expression);
    match (evaluate(expression, &scope()), &theirs) {
        (Ok(ours), Ok(json)) => {
            // The text tells all digits and the order of members, the value what comes out in the end.
            let text = evaluate(&format!("JSON.stringify((\n{expression}\n))"), &scope());
            let is_same_text = text.as_ref().is_ok_and(|text| text.as_str() == json.as_deref());
            let theirs: Option<Value> = json.as_deref().and_then(|json| serde_json::from_str(json).ok());
            let has_halves = json.as_ref().is_some_and(|json| json.contains("\\ud"));
            let is_same_value = has_halves || is_same(&ours, &theirs.unwrap_or(Value::Null));
            // The language leaves the last digit of parseInt("long", 36) to the engine (ECMA-262, parseInt).
            let is_left_open = expression.contains("parseInt");
            match (is_same_text || is_left_open) && is_same_value {
                true => Ok(true),
                false => Err(format!("{expression}\n  ours:   {ours} {text:?}\n  theirs: {json:?}")),
            }
        }
        (Ok(ours), Err(thrown)) => Err(format!("{expression}\n  ours:   {ours}\n  theirs: {thrown}")),
        (Err(_), Err(_)) => Ok(true),
        (Err(ours), Ok(_)) if REFUSALS.iter().any(|words| ours.message.contains(words)) => Ok(false),
        (Err(ours), Ok(json)) => Err(format!("{expression}\n  ours:   {ours}\n  theirs: {json:?}")),
    }
}

/// The same cases every time, so that a failure is one of the change at hand; with EXPRESSION_CASES others each time.
fn runner(config: ProptestConfig) -> TestRunner {
    if std::env::var_os("EXPRESSION_CASES").is_some() {
        return TestRunner::new(config);
    }
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn generated_expressions_mean_what_javascript_means() {
    let oracle = Oracle::new(&scope());
    let cases = std::env::var("EXPRESSION_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(5_000);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let (count, good) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    runner(config)
        .run(&vec(any::<u8>(), 1..80), |bytes| {
            let expression = Generator::new(&bytes).any();
            count.set(count.get() + 1);
            good.set(good.get() + u32::from(evaluate(&expression, &scope()).is_ok()));
            compare(&oracle, &expression).map(drop).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let (values, all) = (good.get(), count.get());
    assert!(values * 2 > all, "only {values} of {all} expressions have a value: the generator is off");
}

#[test]
fn every_row_of_the_tables_means_what_javascript_means() {
    let oracle = Oracle::new(&scope());
    let wrong: Vec<String> =
        super::methods::JAVASCRIPT.iter().filter_map(|(expression, _)| compare(&oracle, expression).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn operators_agree_on_every_pair_of_kinds_of_values() {
    let oracle = Oracle::new(&scope());
    let values = [
        "undefined",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "NaN",
        "\"\"",
        "\"a\"",
        "\"1\"",
        "[]",
        "[1]",
        "[\"a\", 2]",
        "({})",
        "({ a: 1 })",
        "input.items",
        "input.name",
        "Infinity",
        "\" 1 \"",
    ];
    let operators = ["+", "-", "*", "/", "%", "===", "!==", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "??"];
    let mut wrong = Vec::new();
    for left in values {
        for right in values {
            for operator in operators {
                let expression = format!("{left} {operator} {right}");
                wrong.extend(compare(&oracle, &expression).err());
            }
        }
        for operator in ["!", "-", "+", "typeof "] {
            wrong.extend(compare(&oracle, &format!("{operator}{left}")).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn precedence_and_association_are_javascripts() {
    let oracle = Oracle::new(&scope());
    let operators = ["+", "-", "*", "/", "%", "**", "===", "==", "<", ">=", "&&", "||", "??"];
    let mut wrong = Vec::new();
    for first in operators {
        for second in operators {
            for third in operators {
                let expression = format!("7 {first} 3 {second} 2 {third} 5");
                wrong.extend(compare(&oracle, &expression).err());
            }
            wrong.extend(compare(&oracle, &format!("-2 {first} 3 ? 1 {second} !1 : 2")).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn arbitrary_text_never_breaks_the_reader_or_the_evaluator() {
    let words = prop::sample::select(vec![
        "input",
        "nodes",
        "$",
        "$input",
        "$node",
        "now",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        "?.",
        "=>",
        "...",
        "`",
        "${",
        "\"",
        "'",
        "\\",
        "\\u{",
        "1",
        "0x",
        "1e",
        ".5",
        "_",
        "a",
        "é",
        "😀",
        "+",
        "-",
        "**",
        "?",
        ":",
        "??",
        "||",
        "!",
        "typeof",
        ",",
        "x",
        "map",
        "Math",
        "Math.max",
        "JSON.parse",
        "\n",
        " ",
        "/",
        "/*",
        "//",
        "=",
        "\u{2028}",
        "{{",
        "}}",
        "\0",
    ]);
    let oracle = Oracle::new(&scope());
    let text = prop_oneof![vec(words, 0..40).prop_map(|words| words.concat()), any::<String>()];
    let config = ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() };
    runner(config)
        .run(&text, |text| {
            match evaluate(&text, &scope()) {
                // The aliases for people from n8n are no JavaScript, and the other engine's source ends at a NUL.
                Ok(_) if text.contains(['$', '\0']) => {}
                Ok(_) => drop(compare(&oracle, &text).map_err(TestCaseError::fail)?),
                Err(error) => {
                    let names_a_place = text.get(error.span.start..error.span.end).is_some();
                    prop_assert!(names_a_place, "{:?} is no place in {text:?}: {error}", error.span);
                }
            }
            let _ = flowpilot::domain::expression::template(&text, &scope());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
