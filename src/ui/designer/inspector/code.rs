//! A program as text: monospaced, as wide as it needs to be, the tab key indents.

use leptos::{ev, html, prelude::*};

use super::node::Subject;
use crate::{
    domain::task::{Field, Input, Language},
    ui::components::{FieldFrame, raw_text},
};

const LEAST_LINES: usize = 8;
const MOST_LINES: usize = 24;

#[component]
pub fn CodeField(subject: Subject, field: &'static Field) -> impl IntoView {
    let value = subject.text(field);
    let set = subject.set(field);
    let error = subject.problem(field.name);
    let indent = match field.input {
        Input::Code(Language::Python) => "    ",
        _ => "  ",
    };
    let text = NodeRef::<html::Textarea>::new();
    // After Escape the next tab leaves, so that nobody is caught by the keyboard.
    let leaves = StoredValue::new(false);
    let typed = move |event: ev::KeyboardEvent| {
        let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        match event.key().as_str() {
            "Escape" => leaves.set_value(true),
            "Tab" if plain && !leaves.get_value() => {
                let Some(element) = text.get_untracked() else { return };
                event.prevent_default();
                let place = |place: Result<Option<u32>, _>| place.ok().flatten().unwrap_or_default() as usize;
                let (start, end) = (place(element.selection_start()), place(element.selection_end()));
                let edited = indented(&element.value(), start, end, indent, event.shift_key());
                set.run(edited.text.clone());
                element.set_value(&edited.text);
                let _ = element.set_selection_range(edited.start as u32, edited.end as u32);
            }
            _ => leaves.set_value(false),
        }
    };
    let rows = move || value.with(|value| value.split('\n').count().clamp(LEAST_LINES, MOST_LINES)).to_string();
    let id = format!("field-{}", field.name);
    view! {
        <FieldFrame id=id.clone() label=field.label help=field.help required=field.required error>
            <textarea
                node_ref=text
                id=id.clone()
                name=id.clone()
                class="control code"
                rows=rows
                wrap="off"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                placeholder=field.placeholder
                prop:value=move || value.get()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=format!("{id}-note")
                on:input=move |event| set.run(event_target_value(&event))
                on:keydown=typed
            >
                {raw_text(value.get_untracked())}
            </textarea>
        </FieldFrame>
    }
}

/// A text after the tab key; places count in UTF-16, as browsers do.
#[derive(Debug, PartialEq)]
struct Edited {
    text: String,
    start: usize,
    end: usize,
}

/// Indents at the cursor, or every line that the selection touches; backwards, takes an indent away.
fn indented(text: &str, start: usize, end: usize, indent: &str, backwards: bool) -> Edited {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (start, end) = (start.min(units.len()), end.min(units.len()));
    let read = |part: &[u16]| String::from_utf16_lossy(part);
    if start == end && !backwards {
        let text = [read(&units[..start]), indent.to_owned(), read(&units[start..])].concat();
        return Edited { text, start: start + indent.len(), end: start + indent.len() };
    }
    let newline = u16::from(b'\n');
    let first = units[..start].iter().rposition(|unit| *unit == newline).map_or(0, |at| at + 1);
    let touched = read(&units[first..end]);
    let change = |line: &str| match backwards {
        false => format!("{indent}{line}"),
        true => {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            line[spaces.min(indent.len())..].to_owned()
        }
    };
    let changed = touched.split('\n').map(change).collect::<Vec<_>>().join("\n");
    let end_after = first + changed.encode_utf16().count();
    let start_after = if start == end { end_after } else { first };
    let text = [read(&units[..first]), changed, read(&units[end..])].concat();
    Edited { text, start: start_after, end: end_after }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, (start, end): (usize, usize), backwards: bool, expected: &str, after: (usize, usize)) {
        let edited = indented(text, start, end, "  ", backwards);
        assert_eq!((edited.text.as_str(), (edited.start, edited.end)), (expected, after));
    }

    #[test]
    fn the_tab_key_indents_lines_and_back() {
        check("ab", (1, 1), false, "a  b", (3, 3));
        check("é\nb\nc", (2, 5), false, "é\n  b\n  c", (2, 9));
        check("  a\n b", (0, 6), true, "a\nb", (0, 3));
        check("  a", (3, 3), true, "a", (1, 1));
        check("a", (1, 1), true, "a", (1, 1));
    }
}
