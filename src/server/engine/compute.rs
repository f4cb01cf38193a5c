//! Which expressions are worked on by the [pool](crate::server::compute): those over much data.

use super::size;
use crate::domain::{expression::Scope, workflow::Parameters};

/// Data of so many bytes is worked on elsewhere; less is done faster than handed over.
const MUCH: usize = 32 * 1024;
/// With a function that is called for every item, so much less counts as much.
const PER_CALL: usize = 16;

/// Whether evaluating these parameters may take long enough to be noticed.
pub fn is_much(parameters: &Parameters, scope: &Scope) -> bool {
    let calls = parameters.values().any(|value| value.as_str().is_some_and(|text| text.contains("=>")));
    let mut left = if calls { MUCH / PER_CALL } else { MUCH };
    let values = [&scope.input, &scope.trigger, &scope.item].into_iter().chain(scope.nodes.values());
    values.into_iter().any(|value| match size::left(value, left) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope(bytes: usize) -> Scope {
        Scope { input: json!("x".repeat(bytes)), ..Scope::default() }
    }

    #[test]
    fn much_data_is_worked_on_elsewhere_and_with_functions_less_is_much() {
        let parameters = |text: &str| Parameters::from_iter([("output".to_owned(), json!(text))]);
        let (plain, calls) = (parameters("input.length"), parameters("input.map(item => item.id)"));
        for (parameters, bytes, much) in [
            (&plain, 100, false),
            (&plain, 20_000, false),
            (&plain, 40_000, true),
            (&calls, 100, false),
            (&calls, 3_000, true),
        ] {
            assert_eq!(is_much(parameters, &scope(bytes)), much, "{bytes}");
        }
        let several = (0..8).map(|node| (node.to_string(), json!("x".repeat(5_000)))).collect();
        assert!(is_much(&plain, &Scope { nodes: several, ..Scope::default() }), "outputs of several nodes together");
    }
}
