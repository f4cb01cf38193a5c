//! Regular expressions: `matches`, `findMatch`, `findMatches`, `replaceMatches`. Time is linear in the text; patterns are
//! bounded in size.

use regex_lite::{Captures, Regex, RegexBuilder};

use crate::domain::expression::{
    budget::Budget,
    convert::to_text,
    error::{Fault, Outcome},
    value::Val,
};

/// What one item of a list takes in memory, about.
const ITEM_BYTES: usize = 64;

pub fn matches(text: &Val, pattern: &Val, budget: &Budget) -> Outcome<bool> {
    let (text, pattern) = read(text, pattern, budget)?;
    Ok(pattern.is_match(&text))
}

/// The first match and its groups; null where there is none. A group that took no part is null.
pub fn find<'a>(text: &Val, pattern: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (text, pattern) = read(text, pattern, budget)?;
    pattern.captures(&text).map_or(Ok(Val::Null), |found| groups(&found, budget))
}

/// All matches, each as `findMatch` gives it.
pub fn find_all<'a>(text: &Val, pattern: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (text, pattern) = read(text, pattern, budget)?;
    let mut all = Vec::new();
    for found in pattern.captures_iter(&text) {
        // Each search may look through the rest of the text anew.
        budget.steps(1 + (text.len() - found.get(0).map_or(0, |whole| whole.start())) / 1024)?;
        all.push(groups(&found, budget)?);
    }
    budget.bytes(ITEM_BYTES * all.len())?;
    Val::list(all)
}

/// `$1` and `${name}` in the new text stand for groups, `$$` for a dollar sign.
pub fn replace<'a>(text: &Val, pattern: &Val, by: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (text, pattern) = read(text, pattern, budget)?;
    let by = to_text(by, budget)?;
    let (mut out, mut last) = (String::new(), 0);
    for found in pattern.captures_iter(&text) {
        let Some(whole) = found.get(0) else { continue };
        budget.steps(1 + (text.len() - whole.start()) / 1024 + by.len() / 64)?;
        let before = out.len();
        out.push_str(&text[last..whole.start()]);
        // A group may be as long as the text, and the new text may name it often.
        budget.bytes(by.matches('$').count() * whole.len() + by.len())?;
        found.expand(&by, &mut out);
        budget.bytes(2 * (out.len() - before))?;
        last = whole.end();
    }
    out.push_str(&text[last..]);
    budget.bytes(3 * out.len())?;
    Ok(Val::utf8(&out))
}

fn groups<'a>(found: &Captures, budget: &Budget) -> Outcome<Val<'a>> {
    let mut groups = Vec::new();
    for group in found.iter() {
        groups.push(match group {
            None => Val::Null,
            Some(group) => {
                budget.bytes(ITEM_BYTES + 2 * group.len())?;
                Val::utf8(group.as_str())
            }
        });
    }
    Val::list(groups)
}

fn read(text: &Val, pattern: &Val, budget: &Budget) -> Outcome<(String, Regex)> {
    let (text, pattern) = (to_text(text, budget)?, to_text(pattern, budget)?);
    budget.steps(20 + text.len() / 4 + pattern.len())?;
    let pattern = RegexBuilder::new(&pattern)
        .size_limit(16 * 1024)
        .nest_limit(20)
        .build()
        .map_err(|error| Fault::new(format!("This pattern cannot be used: {error}.")))?;
    Ok((text, pattern))
}
