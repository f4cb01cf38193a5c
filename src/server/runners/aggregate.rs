//! Counts, sums up and groups.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Call, Outcome, RunError, deduplicate::identity, number_of};

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let items = call.items("items")?;
    let values = call.per_item("of", items.len())?;
    let collect = call.text("figures")? == "values";
    if call.value("group_by").is_null() {
        return Ok(Outcome::done(figures(values.iter().enumerate(), collect)?.into()));
    }
    let keys = call.per_item("group_by", items.len())?;
    let groups: Result<Vec<Value>, RunError> = grouped(&keys)
        .into_iter()
        .map(|members| {
            let mut group = Map::new();
            group.insert("key".to_owned(), keys[members[0]].clone());
            group.extend(figures(members.into_iter().map(|index| (index, &values[index])), collect)?);
            Ok(Value::Object(group))
        })
        .collect();
    Ok(Outcome::done(groups?.into()))
}

/// The positions of each group's members, in the order in which the groups first come up.
fn grouped(keys: &[Value]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known = HashMap::new();
    for (index, key) in keys.iter().enumerate() {
        let group = *known.entry(identity(key)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(index);
    }
    groups
}

/// Of the values that are not null, each with its place in the list.
fn figures<'a>(
    values: impl Iterator<Item = (usize, &'a Value)>,
    collect: bool,
) -> Result<Map<String, Value>, RunError> {
    let counted: Vec<_> = values.filter(|(_, value)| !value.is_null()).collect();
    let mut figures = Map::new();
    figures.insert("count".to_owned(), counted.len().into());
    if collect {
        figures.insert("values".to_owned(), counted.into_iter().map(|(_, value)| value.clone()).collect());
        return Ok(figures);
    }
    let numbers = counted.into_iter().map(|(index, value)| value.as_f64().ok_or_else(|| no_number(index, value)));
    let numbers = numbers.collect::<Result<Vec<f64>, _>>()?;
    let sum: f64 = numbers.iter().sum();
    let of_some = |number: f64| if numbers.is_empty() { Value::Null } else { number_of(number) };
    figures.insert("sum".to_owned(), number_of(sum));
    figures.insert("average".to_owned(), of_some(sum / numbers.len() as f64));
    figures.insert("min".to_owned(), of_some(numbers.iter().copied().fold(f64::INFINITY, f64::min)));
    figures.insert("max".to_owned(), of_some(numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)));
    Ok(figures)
}

fn no_number(index: usize, value: &Value) -> RunError {
    let shown: String = value.to_string().chars().take(60).collect();
    let message =
        format!("Item {index} gives {shown}, which is no number. Use Number(…) in “Of”, or choose the values.");
    RunError::Fail { message, field: Some("of".to_owned()), details: json!({ "index": index }) }
}
