//! The values for code. A Python function with type hints says what it wants, and gets an editor for each of its arguments;
//! other code gets names and values.

use leptos::prelude::*;
use serde_json::Value;

use super::{field::text_of, node::Subject, pairs::PairsField};
use crate::{
    domain::{
        python::{Argument, Hint, arguments_of},
        task::Field,
        workflow::Node,
    },
    ui::components::{Select, TextArea},
};

#[component]
pub fn ArgumentsField(subject: Subject, field: &'static Field) -> impl IntoView {
    let read = subject.read(arguments_of);
    let asked = Memo::new(move |_| read.get());
    let is_form = Memo::new(move |_| asked.with(|asked| !asked.is_empty()));
    let line = move |argument: Argument| view! { <ArgumentField subject field argument/> };
    move || match is_form.get() {
        true => view! {
            <div class="flex flex-col gap-4" role="group" aria-label="What main asks for">
                <For each=move || asked.get() key=|argument| argument.clone() children=line/>
                <p class="text-caption text-bad-text empty:hidden">{move || subject.problem(field.name).get()}</p>
            </div>
        }
        .into_any(),
        false => view! { <PairsField subject field/> }.into_any(),
    }
}

#[component]
fn ArgumentField(subject: Subject, field: &'static Field, argument: Argument) -> impl IntoView {
    let name = argument.name.clone();
    let value = subject.read(move |node| text_of(node.parameters.get(field.name).and_then(|all| all.get(&name))));
    let name = argument.name.clone();
    let set = Callback::new(move |text: String| {
        subject.change(&name, |node| give(node, field.name, &name, text));
    });
    let (id, help) = (format!("argument-{}", argument.name), note(&argument));
    let Argument { name: label, hint, required, default, .. } = argument;
    match hint {
        Hint::Choice(choices) => {
            let options = Signal::derive(move || options(&choices, &default, &value.get()));
            view! { <Select name=id label options value on_change=set help required/> }.into_any()
        }
        Hint::Truth => {
            let options =
                Signal::derive(move || options(&["true", "false"].map(str::to_owned), &default, &value.get()));
            view! { <Select name=id label options value on_change=set help required/> }.into_any()
        }
        hint => {
            let rows = if matches!(hint, Hint::Text | Hint::List | Hint::Object | Hint::Any) { 2 } else { 1 };
            view! { <TextArea name=id label value on_input=set help placeholder=default required rows mono=true/> }
                .into_any()
        }
    }
}

/// Sets one of the values; nothing leaves it to the function's default.
fn give(node: &mut Node, field: &str, name: &str, text: String) {
    let mut values = node.parameters.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
    if text.trim().is_empty() {
        values.shift_remove(name);
    } else {
        values.insert(name.to_owned(), text.into());
    }
    if values.is_empty() {
        node.parameters.shift_remove(field);
    } else {
        node.parameters.insert(field.to_owned(), Value::Object(values));
    }
}

/// What it is for, and what people write there.
fn note(argument: &Argument) -> String {
    let takes = match argument.hint {
        Hint::Any | Hint::Choice(_) | Hint::Truth => String::new(),
        _ => format!("Write {}, or an expression.", argument.hint.words()),
    };
    [argument.help.as_str(), &takes].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The choices, first of all none; and what was written there otherwise, such as an expression.
fn options(choices: &[String], default: &str, chosen: &str) -> Vec<(String, String)> {
    let none = if default.is_empty() { "Choose".to_owned() } else { format!("{default} (default)") };
    let mut options = vec![(String::new(), none)];
    options.extend(choices.iter().map(|choice| (choice.clone(), choice.clone())));
    if !options.iter().any(|(value, _)| value == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{task::Kind, workflow::Point};

    #[test]
    fn a_value_that_is_cleared_is_left_to_the_default() {
        let mut node = Node::new("a".into(), "A", Kind::Python, Point::default());
        give(&mut node, "data", "days", "{{ input.days }}".into());
        give(&mut node, "data", "who", "Ada".into());
        assert_eq!(node.parameters["data"], json!({ "days": "{{ input.days }}", "who": "Ada" }));
        give(&mut node, "data", "days", " ".into());
        assert_eq!(node.parameters["data"], json!({ "who": "Ada" }));
        give(&mut node, "data", "who", String::new());
        assert_eq!(node.parameters.get("data"), None);
    }

    #[test]
    fn a_choice_keeps_what_stands_there() {
        let choices = ["a".to_owned(), "b".to_owned()];
        let values = |chosen| options(&choices, "'a'", chosen).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(values("b"), ["", "a", "b"]);
        assert_eq!(values("{{ input }}"), ["", "a", "b", "{{ input }}"]);
        assert_eq!(options(&choices, "", "")[0].1, "Choose");
    }
}
