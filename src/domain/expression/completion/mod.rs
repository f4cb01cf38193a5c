//! What may be written where the cursor stands in an expression, and what the call around it takes. Looks at real data:
//! members of what is there, methods of its kind. Pure; places are bytes of the text.

mod place;

use std::ops::Range;

use serde_json::Value;

use super::{Scope, ast::Function, evaluate, methods, reference, scope};
use place::{Around, Place};

/// How many offers there are at most.
const OFFERED: usize = 40;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// The part of the text that an offer takes the place of.
    pub word: Range<usize>,
    pub offers: Vec<Offer>,
    pub call: Option<Call>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub name: String,
    /// What is written. A call ends in its opening bracket.
    pub text: String,
    /// The value, of data; what comes of it, of a call.
    pub detail: String,
    /// Of a call; none: data.
    pub parameters: Option<Vec<&'static str>>,
}

/// The call that the cursor stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub name: String,
    pub parameters: Vec<&'static str>,
    /// Which of them is written.
    pub at: usize,
    pub gives: &'static str,
}

/// What can come at `cursor`; none outside of expressions. `is_bare`: the whole text is one.
pub fn complete(text: &str, cursor: usize, is_bare: bool, scope: &Scope) -> Option<Completion> {
    let before = text.get(..cursor)?;
    let start = if is_bare { 0 } else { open_braces(before)? };
    let source = &before[start..];
    let place = Place::at_end_of(source);
    let call = place.call.as_ref().and_then(|(name, at)| {
        let entry = reference::of(name)?;
        Some(Call { name: name.clone(), parameters: entry.parameters(), at: *at, gives: entry.about })
    });
    let (from, offers) = match &place.around {
        Around::Text => (source.len(), Vec::new()),
        Around::Quoted { receiver, from } => (*from, quoted(receiver, &source[*from..], scope)),
        Around::Word { from } => (*from, words(&source[*from..], &place, scope)),
        Around::Member { receiver, from, dot } => {
            let found = members(receiver, &source[*from..], &place, scope);
            // A member that is no word is written in brackets, in place of the dot.
            let in_brackets = found.iter().any(|offer| offer.text.starts_with('['));
            match in_brackets {
                true => (*dot, found.into_iter().map(|offer| with_dot(offer, &source[*dot..*from])).collect()),
                false => (*from, found),
            }
        }
    };
    Some(Completion { word: start + from..cursor, offers, call })
}

/// Where the expression begins that is not closed yet.
fn open_braces(before: &str) -> Option<usize> {
    let start = before.rfind("{{")? + 2;
    (!before[start..].contains("}}")).then_some(start)
}

fn with_dot(offer: Offer, dot: &str) -> Offer {
    let text = match (offer.text.starts_with('['), dot) {
        (true, "?.") => format!("?.{}", offer.text),
        (true, _) => offer.text,
        (false, dot) => format!("{dot}{}", offer.text),
    };
    Offer { text, ..offer }
}

/// Names that begin with the word, then those that contain it; an empty word fits all.
fn fitting(word: &str, offers: impl IntoIterator<Item = Offer>) -> Vec<Offer> {
    let word = word.to_lowercase();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for offer in offers {
        let name = offer.name.to_lowercase();
        if name.starts_with(&word) {
            first.push(offer);
        } else if name.contains(&word) {
            second.push(offer);
        }
    }
    first.append(&mut second);
    first.truncate(OFFERED);
    first
}

/// What an expression can begin with.
fn words(word: &str, place: &Place, scope: &Scope) -> Vec<Offer> {
    let mut data = vec![
        ("input", scope.input.clone()),
        ("trigger", scope.trigger.clone()),
        ("nodes", nodes_of(scope)),
        ("execution", scope.execution.clone()),
        ("workflow", scope.workflow.clone()),
        ("now", scope.now.clone()),
    ];
    if !scope.index.is_null() {
        data.splice(1..1, [("item", scope.item.clone()), ("index", scope.index.clone())]);
    }
    let own = place.arrows.iter().rev().map(|(name, sample)| {
        let value = evaluate(sample, scope).unwrap_or_default();
        datum(name, name.clone(), &value)
    });
    let functions = Function::ALL.iter().map(|function| function.name());
    // Before anything is typed, functions would only bury the data.
    let functions = functions.filter(|_| !word.is_empty()).map(call);
    fitting(
        word,
        own.chain(data.into_iter().map(|(name, value)| datum(name, name.to_owned(), &value))).chain(functions),
    )
}

fn nodes_of(scope: &Scope) -> Value {
    scope.nodes.iter().map(|(name, node)| (name.clone(), node.clone())).collect::<serde_json::Map<_, _>>().into()
}

/// What comes behind the dot.
fn members(receiver: &str, word: &str, place: &Place, scope: &Scope) -> Vec<Offer> {
    let space = format!("{receiver}.");
    let functions: Vec<_> = Function::ALL.iter().map(|function| function.name()).collect();
    if functions.iter().any(|name| name.starts_with(&space)) {
        let inside = functions.into_iter().filter_map(|name| Some((name, name.strip_prefix(&space)?)));
        return fitting(
            word,
            inside.map(|(name, short)| Offer { name: short.to_owned(), text: format!("{short}("), ..call(name) }),
        );
    }
    let Ok(value) = evaluate(&place.sampled(receiver), scope) else { return Vec::new() };
    let own = value.as_object().into_iter().flatten().map(|(name, value)| {
        let text = scope::member("", name);
        datum(name, text.strip_prefix('.').map(str::to_owned).unwrap_or(text), value)
    });
    let length = match &value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.encode_utf16().count()),
        _ => None,
    };
    let length = length.map(|length| datum("length", "length".to_owned(), &length.into()));
    fitting(word, own.chain(length).chain(methods_of(&value).iter().copied().map(call)))
}

fn methods_of(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Array(_) => methods::LIST,
        Value::String(_) => methods::TEXT,
        Value::Number(_) => methods::NUMBER,
        Value::Bool(_) => methods::BOOL,
        // Members of data come first; hardly anybody means these.
        Value::Object(_) | Value::Null => &[],
    }
}

/// Inside of `nodes["`: the names of nodes, and the same for any other object.
fn quoted(receiver: &str, word: &str, scope: &Scope) -> Vec<Offer> {
    let value = if receiver == "nodes" { nodes_of(scope) } else { evaluate(receiver, scope).unwrap_or_default() };
    let members = value.as_object().into_iter().flatten();
    let open = word.chars().next().filter(|quote| ['"', '\''].contains(quote)).map_or("", |_| &word[..1]);
    let offers = members.map(|(name, value)| datum(name, format!("{}]", Value::from(name.as_str())), value));
    fitting(&word[open.len()..], offers)
}

fn datum(name: &str, text: String, value: &Value) -> Offer {
    Offer { name: name.to_owned(), text, detail: scope::preview(value), parameters: None }
}

fn call(name: &'static str) -> Offer {
    let (parameters, gives) = reference::of(name).map(|entry| (entry.parameters(), entry.about)).unwrap_or_default();
    let text = if parameters.is_empty() { format!("{name}()") } else { format!("{name}(") };
    Offer { name: name.to_owned(), text, detail: gives.to_owned(), parameters: Some(parameters) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        Scope {
            input: json!({ "user": { "email": "ada@example.com", "first name": "Ada" }, "items": [{ "sku": "A", "price": 2 }] }),
            nodes: [("Create CRM entry".to_owned(), json!({ "output": { "id": 7 } }))].into(),
            now: json!("2026-11-20T14:05:00.000Z"),
            ..Scope::default()
        }
    }

    /// `|` stands for the cursor. The first offers' texts, and the text with the first in place.
    fn offered(text: &str) -> Vec<String> {
        let cursor = text.find('|').expect("a cursor");
        let text = text.replace('|', "");
        let found = complete(&text, cursor, false, &scope()).unwrap_or_default();
        found.offers.iter().map(|offer| format!("{}{}", &text[..found.word.start], offer.text)).collect()
    }

    #[track_caller]
    fn check(text: &str, first: &[&str]) {
        let offers = offered(text);
        assert_eq!(
            offers.iter().take(first.len()).map(String::as_str).collect::<Vec<_>>(),
            first,
            "{text}: {offers:?}"
        );
        assert!(!first.is_empty() || offers.is_empty(), "{text}: {offers:?}");
    }

    #[test]
    fn the_data_is_offered_first_and_functions_by_their_beginning() {
        check("Hi {{ |", &["Hi {{ input", "Hi {{ trigger", "Hi {{ nodes"]);
        check("{{ in|", &["{{ input"]);
        check("{{ match|", &["{{ matches(", "{{ findMatch("]);
        check("{{ Math.ma|", &["{{ Math.max("]);
        check("no expression |", &[]);
        check("{{ input }} over |", &[]);
        check("{{ \"text |", &[]);
        check("{{ 1.|", &[]);
    }

    #[test]
    fn members_and_methods_are_those_of_the_value() {
        check("{{ input.|", &["{{ input.user", "{{ input.items"]);
        check("{{ input.user.e|", &["{{ input.user.email"]);
        check("{{ input.user.f|", &["{{ input.user[\"first name\"]"]);
        check("{{ input.user?.f|", &["{{ input.user?.[\"first name\"]"]);
        check("{{ input.user.email.toU|", &["{{ input.user.email.toUpperCase()"]);
        check("{{ input.items.|", &["{{ input.items.length", "{{ input.items.at("]);
        check("{{ input.items[0].p|", &["{{ input.items[0].price"]);
        check("{{ (input.items[0]).s|", &["{{ (input.items[0]).sku"]);
        check("{{ input.items.map(x => x.sku).jo|", &["{{ input.items.map(x => x.sku).join("]);
        check("{{ input.nothing.|", &[]);
    }

    #[test]
    fn the_parameter_of_an_arrow_stands_for_the_first_item() {
        check("{{ input.items.map(item => item.|", &["{{ input.items.map(item => item.sku"]);
        check("{{ input.items.filter((thing, at) => thing.pr|", &["{{ input.items.filter((thing, at) => thing.price"]);
        check("{{ input.items.map(thing => th|", &["{{ input.items.map(thing => thing"]);
    }

    #[test]
    fn nodes_are_offered_by_name() {
        check("{{ nodes[|", &["{{ nodes[\"Create CRM entry\"]"]);
        check("{{ nodes[\"Cr|", &["{{ nodes[\"Create CRM entry\"]"]);
        check("{{ nodes[\"Create CRM entry\"].output.|", &["{{ nodes[\"Create CRM entry\"].output.id"]);
        check("{{ nodes.|", &["{{ nodes[\"Create CRM entry\"]"]);
    }

    #[test]
    fn the_call_around_the_cursor_says_what_it_takes() {
        let call = |text: &str| {
            let call = complete(text, text.len(), true, &scope()).expect("a place").call?;
            Some((call.name, call.at))
        };
        assert_eq!(call("matches("), Some(("matches".to_owned(), 0)));
        assert_eq!(call("matches(input.user.email, "), Some(("matches".to_owned(), 1)));
        assert_eq!(call("Math.max([1, 2].length, "), Some(("Math.max".to_owned(), 1)));
        assert_eq!(call("input.items.slice(1, "), Some(("slice".to_owned(), 1)));
        assert_eq!(call("matches(\"a, (\", "), Some(("matches".to_owned(), 1)));
        assert_eq!(call("matches(input)"), None);
        assert_eq!(call("(input"), None);
    }
}
