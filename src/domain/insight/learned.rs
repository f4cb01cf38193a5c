//! What data is like, learned from many values: the places in it, the sorts of values there, how often they were null or
//! missing. It keeps no value. Data that is long, wide or deep is looked at in part, and says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{expression::member, payload};

/// Places kept of one schema; members of one object; levels; items of one list that are looked at.
pub const MOST_PLACES: usize = 300;
const MOST_MEMBERS: usize = 100;
const DEEPEST: usize = 8;
pub const MOST_ITEMS: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    Text,
    Number,
    Boolean,
    Object,
    List,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Text, Self::Number, Self::Boolean, Self::Object, Self::List];

    /// None: null, which is counted apart.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Boolean),
            Value::Number(_) => Some(Self::Number),
            Value::String(_) => Some(Self::Text),
            Value::Array(_) => Some(Self::List),
            Value::Object(_) => Some(Self::Object),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::List => "list",
        }
    }

    fn word(self) -> &'static str {
        if self == Self::Boolean { "true or false" } else { self.name() }
    }
}

/// What was learned from the values that left a node through one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// How many values were looked at.
    pub values: usize,
    /// There was more in them than is kept: deeper, wider or longer.
    pub is_partial: bool,
    /// The value itself first, each place before what is inside of it.
    pub places: Vec<Place>,
}

/// A place in the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// As expressions write it: `customer.email`; `lines[].price` for all items of a list. Empty: the value itself.
    pub path: String,
    /// What was there, null apart, most frequent first.
    pub sorts: Vec<Seen>,
    pub null: usize,
    pub missing: usize,
    /// How many times something could have been there: the objects, lists or values around it.
    pub of: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub sort: Sort,
    pub count: usize,
}

impl Place {
    /// "text, null in 3 % of 500"
    pub fn words(&self) -> String {
        let sorts: Vec<&str> = self.sorts.iter().map(|seen| seen.sort.word()).collect();
        let mut words = if sorts.is_empty() { "null".to_owned() } else { sorts.join(" or ") };
        for (what, count) in [("null", self.null), ("missing", self.missing)] {
            // Where nothing else ever was, null was there each time.
            let is_always = what == "null" && sorts.is_empty() && self.missing == 0;
            if count > 0 && !is_always {
                words.push_str(&format!(", {what} in {} of {}", percent(count, self.of), self.of));
            }
        }
        words
    }

    /// Whether it cannot be relied on: null or missing at times.
    pub fn is_unsure(&self) -> bool {
        self.null > 0 || self.missing > 0
    }
}

/// Whole percents; what is not quite all or not quite nothing does not look like it.
fn percent(count: usize, of: usize) -> String {
    match (count * 100 + of / 2) / of.max(1) {
        0 if count > 0 => "< 1 %".to_owned(),
        100 if count < of => "> 99 %".to_owned(),
        whole => format!("{whole} %"),
    }
}

/// What all schemas of an insight may take together.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// Places that may still be added.
    pub places: usize,
    /// Values, also those inside of others, that may still be looked at.
    pub looks: usize,
}

/// Learns from one value after the other.
#[derive(Debug, Default)]
pub struct Learner {
    values: usize,
    places: usize,
    is_partial: bool,
    root: Shape,
}

#[derive(Debug, Default)]
struct Shape {
    seen: usize,
    null: usize,
    sorts: [usize; Sort::ALL.len()],
    members: BTreeMap<String, Shape>,
    items: Option<Box<Shape>>,
}

impl Learner {
    /// Looks at a value; not at all once the means are used up, so that what is counted is counted whole.
    pub fn take(&mut self, value: &Value, means: &mut Means) {
        if means.looks == 0 {
            self.is_partial = true;
            return;
        }
        self.values += 1;
        let mut root = std::mem::take(&mut self.root);
        self.look(&mut root, value, 0, means);
        self.root = root;
    }

    fn look(&mut self, shape: &mut Shape, value: &Value, depth: usize, means: &mut Means) {
        if payload::cut(value).is_some() {
            self.is_partial = true;
            return;
        }
        means.looks = means.looks.saturating_sub(1);
        shape.seen += 1;
        match Sort::of(value) {
            Some(sort) => shape.sorts[sort as usize] += 1,
            None => shape.null += 1,
        }
        match value {
            Value::Object(members) => self.look_at_members(shape, members, depth, means),
            Value::Array(items) => self.look_at_items(shape, items, depth, means),
            _ => {}
        }
    }

    fn look_at_members(
        &mut self,
        shape: &mut Shape,
        members: &serde_json::Map<String, Value>,
        depth: usize,
        means: &mut Means,
    ) {
        for (name, value) in members {
            let has_room = depth < DEEPEST && shape.members.len() < MOST_MEMBERS;
            let inside = match shape.members.get_mut(name) {
                Some(inside) => inside,
                None if has_room && self.may_add(means) => shape.members.entry(name.clone()).or_default(),
                None => {
                    self.is_partial = true;
                    continue;
                }
            };
            self.look(inside, value, depth + 1, means);
        }
    }

    fn look_at_items(&mut self, shape: &mut Shape, items: &[Value], depth: usize, means: &mut Means) {
        self.is_partial |= items.len() > MOST_ITEMS;
        if shape.items.is_none() && !items.is_empty() {
            let has_room = depth < DEEPEST && self.may_add(means);
            if !has_room {
                self.is_partial = true;
                return;
            }
            shape.items = Some(Box::default());
        }
        if let Some(inside) = &mut shape.items {
            for item in items.iter().take(MOST_ITEMS) {
                self.look(inside, item, depth + 1, means);
            }
        }
    }

    fn may_add(&mut self, means: &mut Means) -> bool {
        let may = self.places < MOST_PLACES && means.places > 0;
        if may {
            self.places += 1;
            means.places -= 1;
        }
        may
    }

    pub fn schema(&self) -> Schema {
        let mut places = Vec::new();
        self.root.tell(String::new(), self.values, &mut places);
        Schema { values: self.values, is_partial: self.is_partial, places }
    }
}

impl Shape {
    fn tell(&self, path: String, of: usize, found: &mut Vec<Place>) {
        let counts = Sort::ALL.into_iter().zip(self.sorts).filter(|(_, count)| *count > 0);
        let mut sorts: Vec<Seen> = counts.map(|(sort, count)| Seen { sort, count }).collect();
        sorts.sort_by_key(|seen| std::cmp::Reverse(seen.count));
        let missing = of.saturating_sub(self.seen);
        found.push(Place { path: path.clone(), sorts, null: self.null, missing, of });
        let objects = self.sorts[Sort::Object as usize];
        for (name, inside) in &self.members {
            inside.tell(member(&path, name).trim_start_matches('.').to_owned(), objects, found);
        }
        if let Some(items) = &self.items {
            items.tell(format!("{path}[]"), items.seen, found);
        }
    }
}

#[cfg(test)]
mod tests;
