//! Markdown as views. Markup in it is shown as text: nothing a person writes becomes HTML by itself.

use leptos::prelude::*;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

/// What is read of a text at most, and how deep its quotes and lists are shown.
const LONGEST: usize = 10_000;
const DEEPEST: usize = 8;

/// Shows the text; `placeholder` while there is none.
#[component]
pub fn Markdown(#[prop(into)] text: Signal<String>, placeholder: &'static str) -> impl IntoView {
    move || {
        text.with(|text| {
            if text.trim().is_empty() {
                return view! { <p class="text-muted">{placeholder}</p> }.into_any();
            }
            let text: String = text.chars().take(LONGEST).collect();
            let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
            views(&mut Parser::new_ext(&text, options), 0).into_any()
        })
    }
}

/// What follows, up to the end of the element that these are in.
fn views(events: &mut Parser<'_>, depth: usize) -> Vec<AnyView> {
    let mut views = Vec::new();
    while let Some(event) = events.next() {
        views.push(match event {
            Event::End(_) => break,
            Event::Start(tag) if depth < DEEPEST => {
                let inside = self::views(events, depth + 1);
                element(&tag, inside)
            }
            Event::Start(_) => flat(events).into_any(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => text.into_string().into_any(),
            Event::Code(code) => view! { <code>{code.into_string()}</code> }.into_any(),
            Event::SoftBreak => " ".into_any(),
            Event::HardBreak => view! { <br/> }.into_any(),
            Event::Rule => view! { <hr/> }.into_any(),
            Event::TaskListMarker(done) => if done { "☑ " } else { "☐ " }.into_any(),
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => continue,
        });
    }
    views
}

/// The text of an element that is too deep, without going deeper.
fn flat(events: &mut Parser<'_>) -> String {
    let (mut open, mut text) = (1, String::new());
    for event in events {
        match event {
            Event::Start(_) => open += 1,
            Event::End(_) if open == 1 => break,
            Event::End(_) => open -= 1,
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

fn element(tag: &Tag<'_>, inside: Vec<AnyView>) -> AnyView {
    match tag {
        Tag::Heading { level: HeadingLevel::H1, .. } => view! { <p class="h1">{inside}</p> }.into_any(),
        Tag::Heading { .. } => view! { <p class="h2">{inside}</p> }.into_any(),
        Tag::BlockQuote(_) => view! { <blockquote>{inside}</blockquote> }.into_any(),
        Tag::CodeBlock(_) => view! { <pre>{inside}</pre> }.into_any(),
        Tag::List(Some(first)) => view! { <ol start=first.to_string()>{inside}</ol> }.into_any(),
        Tag::List(None) => view! { <ul>{inside}</ul> }.into_any(),
        Tag::Item => view! { <li>{inside}</li> }.into_any(),
        Tag::Emphasis => view! { <em>{inside}</em> }.into_any(),
        Tag::Strong => view! { <strong>{inside}</strong> }.into_any(),
        Tag::Strikethrough => view! { <s>{inside}</s> }.into_any(),
        Tag::Link { dest_url, .. } if is_safe(dest_url) => {
            view! { <a href=dest_url.to_string() target="_blank" rel="noopener noreferrer">{inside}</a> }.into_any()
        }
        Tag::Paragraph => view! { <p>{inside}</p> }.into_any(),
        // Pictures of elsewhere are not loaded: what they say instead is shown.
        _ => inside.into_any(),
    }
}

/// Whether a link may be followed: pages and mail, nothing that runs.
fn is_safe(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        Owner::new().with(|| view! { <Markdown text=Signal::stored(text.to_owned()) placeholder="Nothing"/> }.to_html())
    }

    #[test]
    fn markdown_becomes_elements() {
        let html = html("# Title\n\n- **a** [b](https://example.com)\n- `c`");
        for part in ["<p class=\"h1\">", "<strong>a", "href=\"https://example.com\"", "<code>c"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn markup_and_addresses_that_run_stay_text() {
        let html = html("<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![p](https://x.example/p.png)");
        assert!(!html.contains("<img") && !html.contains("href"), "{html}");
    }

    #[test]
    fn depth_is_bounded_and_nothing_gives_the_placeholder() {
        assert!(html(&format!("{}deep", "> ".repeat(4_000))).contains("deep"));
        assert!(html(" ").contains("Nothing"));
    }
}
