//! The methods of values. Whatever JavaScript has beyond them is refused with what to write instead, so that nothing
//! means something else here than there.

mod list;
mod search;
mod text;

use super::{
    convert::to_integer,
    error::{Fault, Outcome},
    eval::{Arg, Machine},
    functions::value,
    number, suggest,
    value::{Type, Val},
};

pub(super) const TEXT: &[&str] = &[
    "at",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "includes",
    "indexOf",
    "lastIndexOf",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "slice",
    "split",
    "startsWith",
    "substring",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimStart",
];
pub(super) const LIST: &[&str] = &[
    "at",
    "concat",
    "every",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "map",
    "reduce",
    "reduceRight",
    "reverse",
    "slice",
    "some",
    "sort",
    "toReversed",
    "toSorted",
    "toString",
];
pub(super) const NUMBER: &[&str] = &["toFixed", "toString"];
pub(super) const BOOL: &[&str] = &["toString"];
pub(super) const OBJECT: &[&str] = &["hasOwnProperty", "toString"];

/// By kind of value; some stand in several.
pub(super) const ALL: [&[&str]; 5] = [TEXT, LIST, NUMBER, BOOL, OBJECT];

/// What JavaScript's own prototypes have and we do not.
const OTHERS: &[&str] = &[
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "valueOf",
];
const OTHERS_OF_ALL: &[&str] = &["hasOwnProperty"];
const OTHERS_OF_TEXT: &[&str] = &[
    "anchor",
    "big",
    "blink",
    "bold",
    "fixed",
    "fontcolor",
    "fontsize",
    "isWellFormed",
    "italics",
    "link",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "search",
    "small",
    "strike",
    "sub",
    "substr",
    "sup",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "toWellFormed",
    "trimLeft",
    "trimRight",
];
const OTHERS_OF_LIST: &[&str] = &[
    "copyWithin",
    "entries",
    "fill",
    "forEach",
    "keys",
    "pop",
    "push",
    "shift",
    "splice",
    "toSpliced",
    "unshift",
    "values",
    "with",
];
const OTHERS_OF_NUMBER: &[&str] = &["toExponential", "toPrecision"];

pub(super) fn call<'a>(
    machine: &mut Machine<'a>,
    receiver: &Val<'a>,
    name: &str,
    arguments: &[Arg<'a>],
) -> Outcome<Val<'a>> {
    if receiver.own(name).is_some() {
        return Err(Fault::new(format!("“{name}” is data here, not a method. Leave the brackets out.")));
    }
    let kind = receiver.kind();
    if !known(kind).contains(&name) {
        return Err(Fault::new(no_method(kind, name)));
    }
    machine.budget.grow_with(receiver);
    match kind {
        Type::Text => text::call(machine, receiver, name, arguments),
        Type::List => list::call(machine, receiver, name, arguments),
        Type::Number => of_number(machine, receiver, name, arguments),
        _ if name == "hasOwnProperty" => {
            let name = super::convert::to_name(&value(arguments, 0)?, machine.budget)?;
            Ok(Val::Bool(receiver.own(&name).is_some()))
        }
        _ => Ok(Val::Text(super::convert::to_units(receiver, machine.budget)?)),
    }
}

fn of_number<'a>(machine: &mut Machine<'a>, receiver: &Val<'a>, name: &str, arguments: &[Arg<'a>]) -> Outcome<Val<'a>> {
    let budget = machine.budget;
    let argument = value(arguments, 0)?;
    if name == "toFixed" {
        let digits = to_integer(&argument, budget)?;
        if !(0.0..=100.0).contains(&digits) {
            return Err(Fault::new("toFixed takes 0 to 100 digits."));
        }
        return Ok(Val::utf8(&number::fixed(super::convert::to_number(receiver, budget)?, digits as usize)));
    }
    let radix = if argument.kind() == Type::Undefined { 10.0 } else { to_integer(&argument, budget)? };
    if radix == 10.0 {
        return Ok(Val::Text(super::convert::to_units(receiver, budget)?));
    }
    if !(2.0..=36.0).contains(&radix) {
        return Err(Fault::new("toString takes a base from 2 to 36."));
    }
    let number = super::convert::to_number(receiver, budget)?;
    if !number.is_finite() {
        return Ok(Val::utf8(&number::format(number)));
    }
    let text = number::with_radix(number, radix as u32);
    text.map(|text| Val::utf8(&text)).ok_or_else(|| {
        Fault::new("Only whole numbers up to 9007199254740992 can be written in another base. Round the number first.")
    })
}

fn known(kind: Type) -> &'static [&'static str] {
    match kind {
        Type::Text => TEXT,
        Type::List => LIST,
        Type::Number => NUMBER,
        Type::Bool => BOOL,
        Type::Object => OBJECT,
        Type::Undefined | Type::Null => &[],
    }
}

/// What is wrong with a method's name that no value has.
pub(super) fn unknown(name: &str) -> Option<String> {
    if ALL.iter().any(|methods| methods.contains(&name)) {
        return None;
    }
    let instead = match instead_of(name) {
        "" => suggest::sentence(name, ALL.into_iter().flatten().copied()),
        instead => instead.to_owned(),
    };
    Some(format!("There is no method {name}.{instead}"))
}

/// Why a member that JavaScript would find on the prototype is not read; none: it is simply undefined.
pub(super) fn refusal(kind: Type, name: &str) -> Option<String> {
    if known(kind).contains(&name) {
        return Some(format!("{name} is a method: write .{name}(…)."));
    }
    let others = match kind {
        Type::Text => OTHERS_OF_TEXT,
        Type::List => OTHERS_OF_LIST,
        Type::Number => OTHERS_OF_NUMBER,
        _ => &[],
    };
    let exists = OTHERS.contains(&name) || OTHERS_OF_ALL.contains(&name) || others.contains(&name);
    exists.then(|| no_method(kind, name))
}

fn no_method(kind: Type, name: &str) -> String {
    let instead = match kind {
        Type::Object if LIST.contains(&name) => {
            " That is a method of lists; this is an object. Write Object.values(…) or Object.entries(…) first."
        }
        Type::Text if LIST.contains(&name) => " That is a method of lists; this is a text. Write text.split(…) first.",
        Type::List if TEXT.contains(&name) => {
            " That is a method of texts; this is a list. Take one item, or join it first."
        }
        Type::Number | Type::Bool | Type::Object if TEXT.contains(&name) => {
            " That is a method of texts. Write String(…) first."
        }
        _ => instead_of(name),
    };
    let has = match kind {
        Type::Text => "Texts have",
        Type::List => "Lists have",
        Type::Number => "Numbers have",
        _ => "There are",
    };
    format!("{name} is not available.{instead} {has}: {}.", known(kind).join(", "))
}

fn instead_of(name: &str) -> &'static str {
    match name {
        "push" | "unshift" => " Make a new list: [...list, item].",
        "pop" | "shift" | "splice" | "toSpliced" => " Take a part of the list: list.slice(0, -1).",
        "forEach" | "keys" | "values" | "entries" => " Make a new list: list.map((item, index) => …).",
        "match" | "matchAll" | "search" | "test" => " Write matches(text, \"pattern\").",
        "localeCompare" => " Compare with < and >.",
        "substr" => " Write text.slice(start, end).",
        "toISOString" | "toISO" => " Write isoTime(…).",
        "format" | "toFormat" => " Write formatTime(now, \"DD.MM.YYYY\").",
        "plus" | "minus" => " Write addTime(now, 1, \"day\").",
        _ => "",
    }
}
