//! A place in JSON, written as names and numbers with dots: `data.items`, `links.0.href`. Empty: the whole.

use serde_json::Value;

pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let names = path.trim().split('.').filter(|name| !name.is_empty());
    names.into_iter().try_fold(value, |here, name| match here {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_is_found_by_names_and_numbers_or_not_at_all() {
        let value = json!({"data": {"items": [{"id": 7}]}, "": 1});
        assert_eq!(at(&value, "data.items.0.id"), Some(&json!(7)));
        assert_eq!(at(&value, ""), Some(&value));
        for path in ["data.items.1", "data.items.id", "data.none", "data.items.0.id.x"] {
            assert_eq!(at(&value, path), None, "{path}");
        }
    }
}
