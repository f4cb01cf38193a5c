use proptest::prelude::*;
use serde_json::json;

use super::*;

const PLENTY: Means = Means { places: 10_000, looks: 1_000_000 };

fn learned(values: &[Value]) -> Schema {
    let (mut learner, mut means) = (Learner::default(), PLENTY);
    values.iter().for_each(|value| learner.take(value, &mut means));
    learner.schema()
}

/// Each place in words.
fn told(values: &[Value]) -> Vec<String> {
    learned(values).places.iter().map(|place| format!("{}: {}", place.path, place.words())).collect()
}

#[test]
fn a_member_tells_its_sorts_and_how_often_it_was_null_or_missing() {
    let values: Vec<Value> = (0..500)
        .map(|run| match run {
            0..15 => json!({ "email": null, "id": run }),
            15..20 => json!({ "id": run.to_string() }),
            _ => json!({ "email": "ada@example.com", "id": run }),
        })
        .collect();
    let expected = [": object", "email: text, null in 3 % of 500, missing in 1 % of 500", "id: number or text"];
    assert_eq!(told(&values), expected);
}

#[test]
fn members_are_counted_against_the_objects_that_could_have_them() {
    let values = [
        json!({ "to": { "name": "Ada" }, "lines": [{ "price": 1 }, { "price": null }, {}] }),
        json!({ "to": null, "lines": [] }),
        json!("none"),
    ];
    let expected = [
        ": object or text",
        "lines: list",
        "lines[]: object",
        "lines[].price: number, null in 33 % of 3, missing in 33 % of 3",
        "to: object, null in 50 % of 2",
        "to.name: text",
    ];
    assert_eq!(told(&values), expected);
    assert_eq!(told(&[json!({ "first name": true, "x": null })])[1..], ["[\"first name\"]: true or false", "x: null"]);
}

#[test]
fn what_is_rare_is_not_told_as_never() {
    let place = |null| Place { path: "a".into(), sorts: Vec::new(), null, missing: 1, of: 1_000 };
    assert_eq!(place(999).words(), "null, null in > 99 % of 1000, missing in < 1 % of 1000");
    assert_eq!(percent(1, 1), "100 %");
    assert_eq!(percent(0, 0), "0 %");
}

#[test]
fn long_wide_and_deep_data_is_looked_at_in_part() {
    let wide: serde_json::Map<String, Value> = (0..5_000).map(|name| (name.to_string(), json!(1))).collect();
    let deep = (0..100).fold(json!(1), |inside, _| json!({ "a": inside }));
    for (value, places) in [(Value::Object(wide), MOST_MEMBERS + 1), (deep, DEEPEST + 1), (json!(vec![1; 5_000]), 2)] {
        let schema = learned(&[value]);
        assert!(schema.is_partial);
        assert_eq!(schema.places.len(), places);
    }
    let many: Vec<Value> =
        (0..MOST_MEMBERS).map(|outer| json!({ format!("a{outer}"): { "x": 1, "y": 2, "z": 3, "w": 4 } })).collect();
    assert_eq!(learned(&many).places.len(), MOST_PLACES + 1);
}

#[test]
fn without_means_nothing_more_is_learned() {
    let (mut learner, mut means) = (Learner::default(), Means { places: 1, looks: 2 });
    for _ in 0..10 {
        learner.take(&json!({ "a": 1, "b": 2 }), &mut means);
    }
    let schema = learner.schema();
    assert_eq!((schema.values, schema.places.len(), schema.is_partial), (1, 2, true));
}

#[test]
fn what_was_not_read_is_not_learned() {
    let schema = learned(&[json!([payload::stub(70_000), 1])]);
    assert_eq!((schema.places[1].of, schema.is_partial), (1, true));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!("text")),
    ];
    leaf.prop_recursive(4, 40, 5, |inside| {
        let members = prop::collection::vec((prop::sample::select(vec!["a", "b", "c", "a b"]), inside.clone()), 0..5);
        let object = members.prop_map(|members| {
            Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        });
        prop_oneof![prop::collection::vec(inside, 0..5).prop_map(Value::Array), object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_count_adds_up_and_the_order_does_not_matter(mut values in prop::collection::vec(value(), 0..20)) {
        let schema = learned(&values);
        prop_assert_eq!(schema.values, values.len());
        for place in &schema.places {
            let seen: usize = place.sorts.iter().map(|seen| seen.count).sum();
            prop_assert_eq!(seen + place.null + place.missing, place.of, "{}", place.path);
        }
        values.reverse();
        prop_assert_eq!(learned(&values), schema);
    }
}
