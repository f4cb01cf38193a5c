//! What works on lists and objects.

use flowpilot::{
    domain::{
        expression::{FieldError, Scope, resolve},
        task::Kind,
    },
    server::runners::{self, Outcome, RunError},
};
use serde_json::{Value, json};

use super::{call, done, failed, object};

/// Resolves the parameters with this input and runs.
async fn run(kind: Kind, input: &Value, parameters: Value) -> Result<Outcome, RunError> {
    let scope = Scope { input: input.clone(), ..Scope::default() };
    let parameters = resolve(kind, &object(parameters), &scope).unwrap_or_else(|error| panic!("{error:?}"));
    let mut call = call(kind, Value::Object(parameters));
    call.input = input.clone();
    runners::run(call).await
}

async fn output(kind: Kind, input: Value, parameters: Value) -> Value {
    done(run(kind, &input, parameters).await)
}

fn unresolved(kind: Kind, input: Value, parameters: Value) -> FieldError {
    resolve(kind, &object(parameters), &Scope { input, ..Scope::default() }).expect_err("it does not resolve")
}

#[tokio::test]
async fn an_expression_per_item_sees_the_item_its_number_and_the_rest() {
    let input = json!({"limit": 2, "list": [{"n": 1}, {"n": 2}, {"n": 3}]});
    let kept =
        output(Kind::Filter, input, json!({"items": "input.list", "keep": "item.n >= input.limit && index < 2"}));
    assert_eq!(kept.await, json!([{"n": 2}]));
}

#[tokio::test]
async fn an_item_that_an_expression_cannot_read_is_named() {
    let error = unresolved(Kind::Filter, json!([{"a": {"b": 1}}, {}]), json!({"keep": "item.a.b === 1"}));
    assert_eq!(error.field, "keep");
    assert!(error.message.starts_with("With item 1: item.a is undefined"), "{}", error.message);
}

#[tokio::test]
async fn ten_thousand_items_are_gone_through_and_one_more_is_refused() {
    let many = |count: usize| json!((0..count).collect::<Vec<_>>());
    let sum = output(Kind::Aggregate, many(10_000), json!({"of": "item % 2 === 0 ? item : null"})).await;
    assert_eq!((&sum["count"], &sum["sum"]), (&json!(5_000), &json!(24_995_000)));
    let error = unresolved(Kind::Aggregate, many(10_001), json!({}));
    assert!(error.message.contains("10001 items"), "{}", error.message);
}

#[tokio::test]
async fn an_expression_per_item_is_limited_over_all_items_together() {
    let items = json!(vec![json!((0..900).collect::<Vec<_>>()); 100]);
    let error = unresolved(Kind::Filter, items, json!({"keep": "item.reduce((sum, n) => sum + n, 0) > 0"}));
    assert!(error.message.contains("operations"), "{}", error.message);
}

#[tokio::test]
async fn what_is_no_list_is_refused_and_nothing_is_an_empty_list() {
    for kind in [Kind::Filter, Kind::Sort, Kind::Limit, Kind::Aggregate, Kind::Deduplicate, Kind::ForEach] {
        let (message, field) = failed(run(kind, &json!("text"), json!({"items": "input", "keep": "first"})).await);
        assert_eq!(field.as_deref(), Some("items"), "{}", kind.name());
        assert!(message.contains("has to be a list, not a text"), "{message}");
    }
    for kind in [Kind::Filter, Kind::Sort, Kind::Limit, Kind::Deduplicate] {
        assert_eq!(output(kind, json!(null), json!({"keep": "first"})).await, json!([]), "{}", kind.name());
    }
}

#[tokio::test]
async fn a_sort_by_several_values_keeps_equal_items_in_their_order() {
    let input = json!([{"c": "B", "n": 1, "i": 0}, {"c": "A", "n": 2, "i": 1}, {"c": "B", "n": 1, "i": 2}, {"c": "A", "n": 1, "i": 3}]);
    let sorted = output(Kind::Sort, input, json!({"by": "[item.c, item.n]"})).await;
    let order: Vec<_> = sorted.as_array().unwrap().iter().map(|item| item["i"].clone()).collect();
    assert_eq!(order, [3, 1, 0, 2]);
}

#[tokio::test]
async fn a_limit_takes_from_either_end_and_never_more_than_there_is() {
    for (parameters, expected) in [
        (json!({"count": 2}), json!([1, 2])),
        (json!({"count": 2, "skip": 1}), json!([2, 3])),
        (json!({"count": 9, "skip": 9}), json!([])),
        (json!({"count": 2, "from": "end"}), json!([3, 4])),
        (json!({"count": 9, "from": "end", "skip": 1}), json!([1, 2, 3])),
        (json!({"count": 0}), json!([])),
    ] {
        assert_eq!(output(Kind::Limit, json!([1, 2, 3, 4]), parameters.clone()).await, expected, "{parameters}");
    }
}

#[tokio::test]
async fn figures_of_nothing_are_null_and_of_texts_an_error_that_names_the_item() {
    let none = output(Kind::Aggregate, json!([]), json!({})).await;
    assert_eq!(none, json!({"count": 0, "sum": 0, "average": null, "min": null, "max": null}));
    let (message, field) = failed(run(Kind::Aggregate, &json!([1, "x"]), json!({})).await);
    assert_eq!(field.as_deref(), Some("of"));
    assert!(message.starts_with("Item 1 gives \"x\", which is no number."), "{message}");
    let values = output(Kind::Aggregate, json!([1, null, "x"]), json!({"figures": "values"})).await;
    assert_eq!(values, json!({"count": 2, "values": [1, "x"]}));
    assert_eq!(output(Kind::Aggregate, json!([0.5, 0.25]), json!({})).await["sum"], json!(0.75));
}

#[tokio::test]
async fn a_split_makes_lists_of_lists_texts_and_objects() {
    for (input, parameters, expected) in [
        (json!([1, 2, 3]), json!({"size": 2}), json!([[1, 2], [3]])),
        (json!("a, b,,c "), json!({"into": "parts"}), json!(["a", "b", "c"])),
        (json!("a b"), json!({"into": "parts", "separator": " "}), json!(["a", "b"])),
        (json!("x\r\ny\n"), json!({"into": "lines"}), json!(["x", "y"])),
        (
            json!({"b": 1, "a": 2}),
            json!({"into": "members"}),
            json!([{"name": "b", "value": 1}, {"name": "a", "value": 2}]),
        ),
        (json!(null), json!({"into": "lines"}), json!([])),
    ] {
        assert_eq!(output(Kind::Split, input, parameters.clone()).await, expected, "{parameters}");
    }
    let (message, field) = failed(run(Kind::Split, &json!([1]), json!({"into": "lines"})).await);
    assert_eq!((field.as_deref(), message.contains("a text, not a list")), (Some("value"), true), "{message}");
}

#[tokio::test]
async fn duplicates_are_told_by_their_value_whatever_the_order_of_members() {
    let input = json!([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}, {"a": "1", "b": 2}]);
    assert_eq!(output(Kind::Deduplicate, input, json!({})).await, json!([{"a": 1, "b": 2}, {"a": "1", "b": 2}]));
}

#[tokio::test]
async fn inputs_are_appended_combined_or_only_awaited() {
    let input = json!({"A": [{"id": 1, "x": 1}, {"id": 2}], "B": {"id": 1, "x": 9, "y": 2}, "C": null});
    let append = output(Kind::Merge, input.clone(), json!({})).await;
    assert_eq!(append, json!([{"id": 1, "x": 1}, {"id": 2}, {"id": 1, "x": 9, "y": 2}]));
    let combined = output(Kind::Merge, input.clone(), json!({"how": "combine"})).await;
    assert_eq!(combined, json!([{"id": 1, "x": 9, "y": 2}, {"id": 2}]));
    let matched = json!({"inputs": "[input.A, input.B]", "how": "combine", "keep": "matched"});
    assert_eq!(output(Kind::Merge, input.clone(), matched).await, json!([{"id": 1, "x": 9, "y": 2}]));
    let zipped = json!({"inputs": "[[{ a: 1 }, { a: 2 }], [{ b: 1 }]]", "how": "position"});
    assert_eq!(output(Kind::Merge, json!(null), zipped.clone()).await, json!([{"a": 1, "b": 1}, {"a": 2}]));
    assert_eq!(output(Kind::Merge, input.clone(), json!({"how": "wait"})).await, input);
    let (message, field) = failed(run(Kind::Merge, &json!({"A": [1]}), json!({"how": "combine"})).await);
    assert_eq!((field.as_deref(), message.contains("not a number")), (Some("inputs"), true), "{message}");
}

#[tokio::test]
async fn objects_without_the_key_stand_alone() {
    let input = json!({"A": [{"n": 1}, {"id": null, "n": 2}], "B": [{"n": 3}]});
    let combined = output(Kind::Merge, input, json!({"how": "combine"})).await;
    assert_eq!(combined, json!([{"n": 1}, {"id": null, "n": 2}, {"n": 3}]));
}

#[tokio::test]
async fn fields_are_set_with_their_types_deep_down_and_removed() {
    let input = json!({"a": {"b": 1, "c": 2}, "n": "3", "gone": null});
    let parameters = json!({
        "set": {"list": "{{ [1, 2] }}", "text": "n={{ input.n }}", "a.d": "{{ Number(input.n) }}", "gone.x": true},
        "remove": "a.b, n, nothing.here",
    });
    let expected = json!({"a": {"c": 2, "d": 3}, "gone": {"x": true}, "list": [1, 2], "text": "n=3"});
    assert_eq!(output(Kind::SetFields, input.clone(), parameters).await, expected);
    let only = json!({"set": {"x": "{{ input.n }}"}, "keep": "set"});
    assert_eq!(output(Kind::SetFields, input.clone(), only).await, json!({"x": "3"}));
    for path in ["a.b.c", "a..b", ".", &["x"; 40].join(".")] {
        let (message, field) = failed(run(Kind::SetFields, &input, json!({"set": {path: 1}})).await);
        assert_eq!(field.as_deref(), Some("set"), "{path}: {message}");
    }
    let (_, field) = failed(run(Kind::SetFields, &json!([1]), json!({"set": {"a": 1}})).await);
    assert_eq!(field.as_deref(), Some("base"));
}

#[tokio::test]
async fn a_switch_takes_the_first_case_that_fits_and_else_the_other_way() {
    let cases = json!({"big": "{{ input > 100 }}", "some": "{{ input > 10 }}"});
    for (input, port) in [(500, "big"), (50, "some"), (5, "else")] {
        let result = run(Kind::Switch, &json!(input), json!({"value": "true", "cases": cases})).await;
        assert_eq!(result, Ok(Outcome::Done { output: json!(input), port: port.into() }));
    }
}
