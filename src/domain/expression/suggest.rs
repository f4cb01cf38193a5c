//! “Did you mean …?”: the name that was probably meant.

/// A sentence with a space in front; empty where no name is near.
pub fn sentence<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    nearest(name, known).map_or_else(String::new, |nearest| format!(" Did you mean {nearest}?"))
}

/// The known name that is fewest changes away, case counting little; none: all are too far.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // Names are short; whatever is longer was no slip of the fingers.
    if name.len() > 40 {
        return None;
    }
    let far = match name.chars().count() {
        0..=2 => 1,
        3..=5 => 3,
        _ => 5,
    };
    known
        .map(|known| (distance(name, known), known))
        .filter(|(distance, _)| *distance <= far)
        .min()
        .map(|(_, known)| known)
}

/// Letters to change, add, leave out or swap with their neighbour, two for each; one for another case.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).map(|column| 2 * column).collect::<Vec<_>>()];
    for (row, a) in left.iter().enumerate() {
        let mut next = vec![2 * (row + 1)];
        for (column, b) in right.iter().enumerate() {
            let change = if a == b {
                0
            } else if a.eq_ignore_ascii_case(b) {
                1
            } else {
                2
            };
            let mut best = (rows[row][column] + change).min(rows[row][column + 1] + 2).min(next[column] + 2);
            if row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b {
                best = best.min(rows[row - 1][column - 1] + 2);
            }
            next.push(best);
        }
        rows.push(next);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_far_ones_are_not() {
        let known = ["input", "trigger", "toUpperCase", "toLowerCase", "Math.max", "addTime"];
        for (name, expected) in [
            ("imput", Some("input")),
            ("inptu", Some("input")),
            ("Input", Some("input")),
            ("touppercase", Some("toUpperCase")),
            ("toUpercase", Some("toUpperCase")),
            ("Math.mx", Some("Math.max")),
            ("addtime", Some("addTime")),
            ("customer", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
    }
}
