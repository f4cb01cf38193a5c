//! Text with expressions: coloured while it is typed, with its value for the data at hand, and a list of that data.

use leptos::{ev, html, prelude::*};

use wasm_bindgen::JsCast;

use super::{
    completion::{SuggestionList, Suggestions},
    data::preview,
    node::Subject,
    pane::PATH,
};
use crate::{
    domain::{
        expression::{ExpressionError, Span, paths},
        task::{Field, Input},
    },
    ui::components::{FieldFrame, raw_text},
};

/// How many paths the data list offers.
const OFFERED: usize = 60;
/// Letters of the mono font in one line of the field.
const LETTERS: usize = 37;
const MOST_LINES: usize = 14;

#[component]
pub fn ExpressionField(subject: Subject, field: &'static Field, lines: usize) -> impl IntoView {
    let value = subject.text(field);
    let set = subject.set(field);
    let (text, paint) = (NodeRef::<html::Textarea>::new(), NodeRef::<html::Pre>::new());
    let error = subject.problem(field.name);
    let one_line = lines == 1;
    let is_bare = matches!(field.input, Input::Expression | Input::ItemExpression);
    let shown = preview_of(subject, field);
    let wrong =
        move || shown.with(|shown| shown.as_ref().and_then(|(value, _)| value.as_ref().err().map(|error| error.span)));
    let suggestions = Suggestions::new(subject, field, text);
    let on_key = move |event: ev::KeyboardEvent| {
        if suggestions.press(&event) {
            return;
        }
        if one_line && event.key() == "Enter" && !event.ctrl_key() {
            event.prevent_default();
        }
    };
    let scrolled = move |_| {
        if let (Some(text), Some(paint)) = (text.get_untracked(), paint.get_untracked()) {
            paint.set_scroll_top(text.scroll_top());
        }
    };
    let painted = move || wrong().is_some_and(|span| span.end > span.start) || value.with(|value| value.contains("{{"));
    let id = format!("field-{}", field.name);
    view! {
        <div class="relative">
            <FieldFrame id=id.clone() label=field.label help=field.help required=field.required error>
                <div class="expression" data-painted=move || painted().to_string()>
                    <pre node_ref=paint aria-hidden="true">{move || painted().then(|| value.with(|value| paints(value, is_bare, wrong())))}</pre>
                    <textarea
                        node_ref=text
                        id=id.clone()
                        name=id.clone()
                        class="control"
                        rows=move || value.with(|value| rows(value, lines)).to_string()
                        spellcheck="false"
                        autocapitalize="off"
                        placeholder=field.placeholder
                        prop:value=move || value.get()
                        aria-invalid=move || error.with(Option::is_some).then_some("true")
                        aria-describedby=format!("{id}-note")
                        aria-autocomplete="list"
                        aria-controls=move || suggestions.has_offers().then(|| suggestions.list_id())
                        aria-activedescendant=move || suggestions.active_id()
                        on:input=move |event| { set.run(event_target_value(&event)); suggestions.look(false); }
                        on:keydown=on_key
                        on:blur=move |_| suggestions.close()
                        on:drop=move |event| drop_path(&event, is_bare, set)
                        on:scroll=scrolled
                    >
                        {raw_text(value.get_untracked())}
                    </textarea>
                    <SuggestionList suggestions/>
                </div>
            </FieldFrame>
            <DataList subject field text/>
            <Preview shown/>
        </div>
    }
}

/// A path that was dragged here from the data: written where the cursor stands, with braces where they are needed.
fn drop_path(event: &ev::DragEvent, is_bare: bool, set: Callback<String>) {
    let path = event.data_transfer().and_then(|data| data.get_data(PATH).ok()).filter(|path| !path.is_empty());
    let area = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
    if let (Some(path), Some(area)) = (path, area) {
        event.prevent_default();
        let piece = if is_bare { path } else { format!("{{{{ {path} }}}}") };
        let end = || Ok(Some(area.value().encode_utf16().count() as u32));
        let (start, stop) =
            if area.value().is_empty() { (end(), end()) } else { (area.selection_start(), area.selection_end()) };
        set.run(spliced(&area.value(), start, stop, &piece).0);
        let _ = area.focus();
    }
}

/// The text again, with its expressions marked and what is wrong underlined.
fn paints(text: &str, is_bare: bool, wrong: Option<Span>) -> impl IntoView + use<> {
    let parts = if is_bare { vec![(false, text)] } else { segments(text) };
    let mut at = 0;
    let mut painted = Vec::new();
    for (is_expression, part) in parts {
        let pieces = around(part, at, wrong).map(|(is_wrong, piece)| {
            let piece = piece.to_owned();
            if is_wrong { view! { <u>{piece}</u> }.into_any() } else { piece.into_any() }
        });
        let pieces = pieces.collect_view();
        painted.push(if is_expression { view! { <mark>{pieces}</mark> }.into_any() } else { pieces.into_any() });
        at += part.len();
    }
    painted
}

/// A part of the text that begins at `at`, cut where what is wrong begins and ends; true for what is.
fn around(part: &str, at: usize, wrong: Option<Span>) -> impl Iterator<Item = (bool, &str)> {
    let place =
        |place: usize| (0..=place.saturating_sub(at).min(part.len())).rev().find(|at| part.is_char_boundary(*at));
    let span = wrong.unwrap_or_default();
    let (start, end) = (place(span.start).unwrap_or_default(), place(span.end).unwrap_or_default());
    let pieces = [(false, &part[..start]), (true, &part[start..end.max(start)]), (false, &part[end.max(start)..])];
    pieces.into_iter().filter(|(_, piece)| !piece.is_empty())
}

/// The text in parts; true for an expression with its braces.
fn segments(text: &str) -> Vec<(bool, &str)> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        let end = start + length + 2;
        parts.push((false, &rest[..start]));
        parts.push((true, &rest[start..end]));
        rest = &rest[end..];
    }
    parts.push((false, rest));
    parts.retain(|(_, part)| !part.is_empty());
    parts
}

/// As many lines as the text takes, within reason.
fn rows(text: &str, least: usize) -> usize {
    let lines = text.split('\n').map(|line| line.chars().count().div_ceil(LETTERS).max(1)).sum::<usize>();
    lines.clamp(least, MOST_LINES.max(least))
}

type Shown = Memo<Option<(Result<String, ExpressionError>, &'static str)>>;

/// The field's value with the data at hand, and where that data is from.
fn preview_of(subject: Subject, field: &'static Field) -> Shown {
    Memo::new(move |_| {
        subject.editor.workflow.with(|workflow| {
            let id = subject.id.get_value();
            let (scope, source) = subject.data.scope(workflow, &id)?;
            let node = workflow.node(&id)?;
            Some((preview(&node.parameters, node.kind, field, &scope)?, source))
        })
    })
}

#[component]
fn Preview(shown: Shown) -> impl IntoView {
    let shown = move || {
        shown.get().map(|(value, source)| {
            let title = format!("With the data of {source}");
            let (tint, text) = match value {
                Ok(text) => ("bg-hover text-muted", format!("→ {text}")),
                Err(error) => ("bg-wait-soft text-wait-text", format!("With {source}: {}", error.message)),
            };
            view! {
                <output title=title class=format!("mono mt-1.5 block max-h-40 overflow-y-auto rounded-lg px-2.5 py-1.5 break-words whitespace-pre-wrap {tint}")>
                    {text}
                </output>
            }
        })
    };
    view! { {shown} }
}

/// The data that expressions may read here, each with its value; a click writes it where the cursor stands.
#[component]
fn DataList(subject: Subject, field: &'static Field, text: NodeRef<html::Textarea>) -> impl IntoView {
    let open = RwSignal::new(false);
    let offered = Memo::new(move |_| {
        if !open.get() {
            return Vec::new();
        }
        subject.editor.workflow.with(|workflow| {
            let scope = subject.data.scope(workflow, &subject.id.get_value());
            scope.map(|(scope, _)| paths(&scope, OFFERED)).unwrap_or_default()
        })
    });
    let set = subject.set(field);
    let insert = Callback::new(move |path: String| {
        open.set(false);
        let Some(element) = text.get_untracked() else { return };
        let is_bare = matches!(field.input, Input::Expression | Input::ItemExpression);
        let piece = if is_bare { path } else { format!("{{{{ {path} }}}}") };
        let (next, cursor) = spliced(&element.value(), element.selection_start(), element.selection_end(), &piece);
        set.run(next);
        let _ = element.focus();
        let _ = element.set_selection_range(cursor, cursor);
    });
    let has_data = move || {
        subject.editor.workflow.with(|workflow| subject.data.scope(workflow, &subject.id.get_value()).is_some())
    };
    view! {
        <Show when=has_data>
            <button
                type="button"
                class="absolute -top-0.5 right-0 rounded px-1.5 py-0.5 text-caption text-muted hover:bg-hover hover:text-fg"
                aria-label=format!("Insert data into {}", field.label)
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                "Insert data"
            </button>
            <Show when=move || open.get()>
                <div class="fixed inset-0 z-20" on:click=move |_| open.set(false)></div>
                <ul aria-label="Data" class="absolute top-6 right-0 z-30 max-h-72 w-full overflow-y-auto rounded-xl border border-line bg-surface p-1 shadow-pop">
                    {move || offered.get().into_iter().map(|(path, value)| offer(path, value, insert)).collect_view()}
                </ul>
            </Show>
        </Show>
    }
}

fn offer(path: String, value: String, insert: Callback<String>) -> impl IntoView {
    let chosen = path.clone();
    view! {
        <li>
            <button
                type="button"
                class="mono flex w-full items-baseline gap-3 rounded-lg px-2 py-1 text-left hover:bg-hover"
                on:click=move |_| insert.run(chosen.clone())
            >
                <span class="min-w-0 flex-1 truncate">{path}</span>
                <span class="max-w-28 truncate text-muted">{value}</span>
            </button>
        </li>
    }
}

/// The text with `piece` in place of the selection, and where the cursor then stands; both count in UTF-16 as browsers do.
fn spliced(
    text: &str,
    start: Result<Option<u32>, wasm_bindgen::JsValue>,
    end: Result<Option<u32>, wasm_bindgen::JsValue>,
    piece: &str,
) -> (String, u32) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let place =
        |place: Result<Option<u32>, _>| place.ok().flatten().map_or(units.len(), |at| (at as usize).min(units.len()));
    let (start, end) = (place(start), place(end));
    let piece: Vec<u16> = piece.encode_utf16().collect();
    let cursor = (start + piece.len()) as u32;
    let whole = [&units[..start], &piece, &units[end.max(start)..]].concat();
    (String::from_utf16_lossy(&whole), cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_told_apart_from_the_text_around_them() {
        assert_eq!(segments("a {{ b }} c"), [(false, "a "), (true, "{{ b }}"), (false, " c")]);
        assert_eq!(segments("{{a}}{{b}}"), [(true, "{{a}}"), (true, "{{b}}")]);
        assert_eq!(segments("{{ open"), [(false, "{{ open")]);
        assert!(segments("").is_empty());
    }

    #[test]
    fn what_is_wrong_is_cut_out_of_the_part_that_holds_it() {
        let cut = |part, at, span| around(part, at, span).collect::<Vec<_>>();
        assert_eq!(cut("{{ b.c }}", 2, Some(Span::new(5, 8))), [(false, "{{ "), (true, "b.c"), (false, " }}")]);
        assert_eq!(cut("before", 0, Some(Span::new(8, 9))), [(false, "before")]);
        assert_eq!(cut("ü", 0, Some(Span::new(1, 2))), [(true, "ü")]);
        assert_eq!(cut("whole", 0, None), [(false, "whole")]);
    }

    #[test]
    fn a_field_grows_with_its_text_within_reason() {
        assert_eq!(rows("", 4), 4);
        assert_eq!(rows("a\nb", 1), 2);
        assert_eq!(rows(&"x".repeat(LETTERS + 1), 1), 2);
        assert_eq!(rows(&"\n".repeat(99), 1), MOST_LINES);
    }

    #[test]
    fn data_is_written_in_place_of_the_selection() {
        assert_eq!(spliced("a ü b", Ok(Some(2)), Ok(Some(3)), "XY"), ("a XY b".to_owned(), 4));
        assert_eq!(spliced("ab", Ok(None), Ok(None), "!"), ("ab!".to_owned(), 3));
    }
}
