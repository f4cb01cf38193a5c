//! While an expression is written: what may come next, in a list under the field that keys walk through, and what the call
//! around the cursor takes.

use leptos::{ev, html, prelude::*};

use super::node::Subject;
use crate::domain::{
    expression::{Call, Completion, Offer, complete},
    task::{Field, Input},
};

/// The list under one field.
#[derive(Clone, Copy)]
pub struct Suggestions {
    subject: Subject,
    field: &'static Field,
    text: NodeRef<html::Textarea>,
    found: RwSignal<Option<Completion>>,
    active: RwSignal<usize>,
}

impl Suggestions {
    pub fn new(subject: Subject, field: &'static Field, text: NodeRef<html::Textarea>) -> Self {
        Self { subject, field, text, found: RwSignal::new(None), active: RwSignal::new(0) }
    }

    pub fn list_id(self) -> String {
        format!("field-{}-offers", self.field.name)
    }

    fn option_id(self, index: usize) -> String {
        format!("field-{}-offer-{index}", self.field.name)
    }

    pub fn has_offers(self) -> bool {
        self.found.with(|found| found.as_ref().is_some_and(|found| !found.offers.is_empty()))
    }

    /// The id of the line that Enter would take.
    pub fn active_id(self) -> Option<String> {
        self.has_offers().then(|| self.option_id(self.active.get()))
    }

    /// Looks at what stands before the cursor; `asked`: also where nothing was begun.
    pub fn look(self, asked: bool) {
        self.active.set(0);
        self.found.set(self.find(asked));
    }

    fn find(self, asked: bool) -> Option<Completion> {
        let element = self.text.get_untracked()?;
        let text = element.value();
        let cursor = bytes(&text, element.selection_start().ok().flatten()?);
        let is_bare = matches!(self.field.input, Input::Expression | Input::ItemExpression);
        let found = self.subject.editor.workflow.with_untracked(|workflow| {
            let scope = untrack(|| self.subject.data.scope(workflow, &self.subject.id.get_value()));
            complete(&text, cursor, is_bare, &scope.map(|(scope, _)| scope).unwrap_or_default())
        })?;
        let word = &text[found.word.clone()];
        // A word that is whole already needs no list.
        let is_whole = matches!(&found.offers[..], [only] if only.text == word);
        let is_begun =
            !word.is_empty() || text[..cursor].ends_with(['.', '[']) || text[..cursor].trim_end().ends_with("{{");
        let offers = if is_whole || !(is_begun || asked) { Vec::new() } else { found.offers };
        (!offers.is_empty() || found.call.is_some()).then_some(Completion { offers, ..found })
    }

    pub fn close(self) {
        if self.found.with_untracked(Option::is_some) {
            self.found.set(None);
        }
    }

    /// Whether the key was for the list.
    pub fn press(self, event: &ev::KeyboardEvent) -> bool {
        let count = self.found.with_untracked(|found| found.as_ref().map_or(0, |found| found.offers.len()));
        let active = self.active.get_untracked();
        match event.key().as_str() {
            " " if event.ctrl_key() => self.look(true),
            "Escape" if self.found.with_untracked(Option::is_some) => self.close(),
            _ if count == 0 => return false,
            "ArrowDown" => self.active.set((active + 1) % count),
            "ArrowUp" => self.active.set((active + count - 1) % count),
            "Enter" | "Tab" if !event.shift_key() && !event.ctrl_key() && !event.meta_key() => self.take(active),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    /// Writes the offer in place of what was begun.
    fn take(self, index: usize) {
        let (Some(element), Some(found)) = (self.text.get_untracked(), self.found.get_untracked()) else { return };
        let Some(offer) = found.offers.get(index) else { return };
        let text = element.value();
        let (head, tail) = (&text[..found.word.start], &text[found.word.end..]);
        let is_bare = matches!(self.field.input, Input::Expression | Input::ItemExpression);
        // Whoever began with {{ need not close it.
        let is_closed = is_bare || tail.split("{{").next().is_some_and(|tail| tail.contains("}}"));
        let closing = if is_closed { "" } else { " }}" };
        // A quote that closes the name may stand there already.
        let tail = if offer.text.ends_with("\"]") {
            tail.trim_start_matches(['"', '\'']).trim_start_matches(']')
        } else {
            tail
        };
        let next = format!("{head}{}{closing}{tail}", offer.text);
        let cursor = (head.encode_utf16().count() + offer.text.encode_utf16().count()) as u32;
        // Before the signal does, which would put the cursor at the end.
        element.set_value(&next);
        let _ = element.set_selection_range(cursor, cursor);
        self.subject.set(self.field).run(next);
        self.look(false);
    }
}

/// The place in bytes of one in UTF-16, as browsers count.
fn bytes(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, char) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(char.len_utf16());
    }
    text.len()
}

#[component]
pub fn SuggestionList(suggestions: Suggestions) -> impl IntoView {
    let call = move || suggestions.found.with(|found| found.as_ref().and_then(|found| found.call.clone()));
    let offers =
        move || suggestions.found.with(|found| found.as_ref().map(|found| found.offers.clone())).unwrap_or_default();
    let line = move |(index, offer): (usize, Offer)| option(suggestions, index, offer);
    view! {
        <Show when=move || suggestions.found.with(Option::is_some)>
            <div class="absolute inset-x-0 top-full z-30 mt-1 overflow-hidden rounded-xl border border-line bg-surface shadow-pop" on:pointerdown=|event| event.prevent_default()>
                {move || call().map(signature)}
                <Show when=move || suggestions.has_offers()>
                    <div role="listbox" id=suggestions.list_id() aria-label="Suggestions" class="relative max-h-56 overflow-y-auto p-1">
                        {move || offers().into_iter().enumerate().map(line).collect_view()}
                    </div>
                </Show>
            </div>
        </Show>
    }
}

fn option(suggestions: Suggestions, index: usize, offer: Offer) -> impl IntoView {
    let is_active = move || suggestions.active.get() == index;
    let line = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if is_active()
            && let Some(line) = line.get()
        {
            show_in_list(&line);
        }
    });
    let parameters = offer.parameters.map(|parameters| format!("({})", parameters.join(", ")));
    view! {
        <div
            node_ref=line
            role="option"
            id=suggestions.option_id(index)
            aria-selected=move || is_active().to_string()
            class=move || format!("flex cursor-pointer items-baseline gap-3 rounded-lg px-2 py-1 {}", if is_active() { "bg-hover" } else { "" })
            on:click=move |_| suggestions.take(index)
        >
            <span class="mono min-w-0 shrink-0 truncate">{offer.name}<span class="text-muted">{parameters}</span></span>
            <span class="min-w-0 flex-1 truncate text-right text-caption text-muted">{offer.detail}</span>
        </div>
    }
}

/// Scrolls the list, and nothing around it, as far as the line needs.
fn show_in_list(line: &web_sys::HtmlElement) {
    let Some(list) = line.parent_element() else { return };
    let (top, bottom) = (line.offset_top(), line.offset_top() + line.offset_height());
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    }
}

/// `matches(text, pattern)` with the argument that is being written in bold.
fn signature(call: Call) -> impl IntoView {
    let Call { name, parameters, at, gives } = call;
    let last = parameters.len().saturating_sub(1);
    let one = |(index, parameter): (usize, &'static str)| {
        let comma = (index > 0).then_some(", ");
        let class = if index == at.min(last) { "font-semibold text-fg" } else { "" };
        view! { {comma}<span class=class>{parameter}</span> }
    };
    view! {
        <p aria-live="polite" class="border-b border-line bg-canvas px-3 py-1.5 text-caption text-muted last:border-b-0">
            <span class="mono">{name}"("{parameters.into_iter().enumerate().map(one).collect_view()}")"</span>
            " – "
            {gives}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_bytes_and_in_units_of_browsers() {
        assert_eq!((bytes("aüb", 2), bytes("a😀b", 3), bytes("ab", 9), bytes("", 0)), (3, 5, 2, 0));
    }
}
