//! Values while an expression is evaluated. Data is borrowed from the scope and copied only where something new is
//! made. Text is UTF-16, as JavaScript counts it.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use serde_json::Value;

use super::{
    budget::{Budget, DEPTH},
    error::{Fault, Outcome},
};

#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<[u16]>),
    List(Arc<List<'a>>),
    Object(Arc<Object<'a>>),
    /// Data of the scope: a text, a list, an object, or an integer that a JavaScript number cannot hold.
    Data(&'a Value),
}

#[derive(Debug)]
pub(super) struct List<'a> {
    pub items: Vec<Val<'a>>,
    depth: u16,
}

/// Members in the order in which JavaScript lists them.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub members: Vec<(Arc<str>, Val<'a>)>,
    index: Index,
    depth: u16,
}

/// Where the members of an object stand, by name. Empty for few: looking at each is faster than keeping it.
type Index = HashMap<Arc<str>, usize>;

/// So many members are few.
const FEW: usize = 8;

/// What a value is, for choosing between rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Undefined,
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

impl Type {
    /// For error messages.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

impl<'a> Val<'a> {
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) if is_exact(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            _ => Self::Data(value),
        }
    }

    pub fn kind(&self) -> Type {
        match self {
            Self::Undefined => Type::Undefined,
            Self::Null | Self::Data(Value::Null) => Type::Null,
            Self::Bool(_) | Self::Data(Value::Bool(_)) => Type::Bool,
            Self::Number(_) | Self::Data(Value::Number(_)) => Type::Number,
            Self::Text(_) | Self::Data(Value::String(_)) => Type::Text,
            Self::List(_) | Self::Data(Value::Array(_)) => Type::List,
            Self::Object(_) | Self::Data(Value::Object(_)) => Type::Object,
        }
    }

    pub fn is_nothing(&self) -> bool {
        matches!(self.kind(), Type::Undefined | Type::Null)
    }

    pub fn text(units: Vec<u16>) -> Self {
        Self::Text(units.into())
    }

    pub fn utf8(text: &str) -> Self {
        Self::Text(text.encode_utf16().collect())
    }

    /// A list of these items; the caller has charged for them.
    pub fn list(items: Vec<Self>) -> Outcome<Self> {
        let depth = depth_around(items.iter())?;
        Ok(Self::List(Arc::new(List { items, depth })))
    }

    /// Items of a list, 0 for what is none.
    pub fn list_len(&self) -> usize {
        match self {
            Self::List(list) => list.items.len(),
            Self::Data(Value::Array(items)) => items.len(),
            _ => 0,
        }
    }

    pub fn item(&self, index: usize) -> Option<Self> {
        match self {
            Self::List(list) => list.items.get(index).cloned(),
            Self::Data(Value::Array(items)) => items.get(index).map(Self::of),
            _ => None,
        }
    }

    /// An object's own member.
    pub fn own(&self, name: &str) -> Option<Self> {
        match self {
            Self::Object(object) => object.get(name).cloned(),
            Self::Data(Value::Object(members)) => members.get(name).map(Self::of),
            _ => None,
        }
    }

    /// An object's members in JavaScript's order: whole numbers first, then as they came.
    pub fn members(&self, budget: &Budget) -> Outcome<Vec<(Arc<str>, Self)>> {
        Ok(match self {
            Self::Object(object) => {
                budget.bytes(object.members.len() * 40)?;
                object.members.clone()
            }
            Self::Data(Value::Object(members)) => {
                budget.bytes(members.iter().map(|(name, _)| name.len() + 56).sum())?;
                let mut members: Vec<_> =
                    members.iter().map(|(name, value)| (Arc::from(name.as_str()), Self::of(value))).collect();
                sort_members(&mut members);
                members
            }
            _ => Vec::new(),
        })
    }

    /// The same thing, not only an equal one.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => Arc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b),
            (Self::Data(a), Self::Data(b)) => std::ptr::eq(*a, *b),
            _ => false,
        }
    }

    /// A text's UTF-16 units, charged where they have to be made first; none: not a text.
    pub fn units(&self, budget: &Budget) -> Outcome<Option<Cow<'_, [u16]>>> {
        Ok(match self {
            Self::Text(units) => Some(Cow::Borrowed(units)),
            Self::Data(Value::String(text)) => {
                budget.bytes(2 * text.len())?;
                Some(Cow::Owned(text.encode_utf16().collect()))
            }
            _ => None,
        })
    }

    fn depth(&self) -> u16 {
        match self {
            Self::List(list) => list.depth,
            Self::Object(object) => object.depth,
            _ => 0,
        }
    }
}

/// Whether a JavaScript number holds it without loss.
fn is_exact(number: &serde_json::Number) -> bool {
    const SAFE: u64 = 1 << 53;
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => number <= SAFE,
        (None, Some(number)) => number.unsigned_abs() <= SAFE,
        (None, None) => true,
    }
}

fn depth_around<'v, 'a: 'v>(inner: impl Iterator<Item = &'v Val<'a>>) -> Outcome<u16> {
    let depth = 1 + inner.map(Val::depth).max().unwrap_or(0);
    if depth > DEPTH {
        return Err(Fault::new(format!(
            "Lists and objects are nested deeper than {DEPTH} levels. Make the result flatter."
        )));
    }
    Ok(depth)
}

impl<'a> Object<'a> {
    pub fn get(&self, name: &str) -> Option<&Val<'a>> {
        place(&self.members, &self.index, name).map(|place| &self.members[place].1)
    }
}

fn place(members: &[(Arc<str>, Val)], index: &Index, name: &str) -> Option<usize> {
    if members.len() > FEW { index.get(name).copied() } else { members.iter().position(|(known, _)| **known == *name) }
}

fn index(members: &[(Arc<str>, Val)]) -> Index {
    members.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect()
}

/// An object in the making.
#[derive(Default)]
pub(super) struct Builder<'a> {
    members: Vec<(Arc<str>, Val<'a>)>,
    index: Index,
}

impl<'a> Builder<'a> {
    /// Sets a member; one that is there keeps its place.
    pub fn set(&mut self, budget: &Budget, name: Arc<str>, value: Val<'a>) -> Outcome<()> {
        if let Some(place) = place(&self.members, &self.index, &name) {
            self.members[place].1 = value;
            return Ok(());
        }
        budget.bytes(96 + name.len())?;
        self.members.push((name.clone(), value));
        match self.members.len() {
            count if count > FEW + 1 => _ = self.index.insert(name, count - 1),
            count if count > FEW => self.index = index(&self.members),
            _ => {}
        }
        Ok(())
    }

    pub fn build(mut self) -> Outcome<Val<'a>> {
        let depth = depth_around(self.members.iter().map(|(_, value)| value))?;
        if sort_members(&mut self.members) && self.members.len() > FEW {
            self.index = index(&self.members);
        }
        Ok(Val::Object(Arc::new(Object { members: self.members, index: self.index, depth })))
    }
}

/// Puts names that are whole numbers in front, in their order. Says whether there were any.
fn sort_members<T>(members: &mut [(Arc<str>, T)]) -> bool {
    let has_numbers = members.iter().any(|(name, _)| array_index(name).is_some());
    if has_numbers {
        members.sort_by_key(|(name, _)| array_index(name).unwrap_or(u32::MAX));
    }
    has_numbers
}

/// The number of a list's item, where the name is one: `0` to `4294967294`, without leading zeros.
pub(super) fn array_index(name: &str) -> Option<u32> {
    let is_canonical = name == "0" || (name.starts_with(|first| ('1'..='9').contains(&first)) && name.len() <= 10);
    let number: u32 = name.parse().ok().filter(|_| is_canonical && name.bytes().all(|byte| byte.is_ascii_digit()))?;
    (number < u32::MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_among_few_and_among_many() {
        for count in [1, FEW, FEW + 1, FEW + 2, 5 * FEW] {
            let (budget, mut builder) = (Budget::unlimited(), Builder::default());
            let names = (0..count).map(|number| format!("m{number}")).chain(["7".to_owned(), "m0".to_owned()]);
            for (number, name) in names.enumerate() {
                builder.set(&budget, name.as_str().into(), Val::Number(number as f64)).expect("within the budget");
            }
            let Ok(Val::Object(object)) = builder.build() else { panic!("an object") };
            let number = |name: &str| match object.get(name) {
                Some(Val::Number(number)) => Some(*number as usize),
                _ => None,
            };
            assert_eq!((object.members.len(), &*object.members[0].0), (count + 1, "7"), "numbers stand in front");
            assert_eq!((number("m0"), number("7"), number("none")), (Some(count + 1), Some(count), None));
            assert!((1..count).all(|place| number(&format!("m{place}")) == Some(place)), "of {count}");
        }
    }
}
