//! Picks texts and attributes out of HTML. Pages are hostile: reading and looking are given up when they take too long.

use std::time::{Duration, Instant};

use html5ever::{driver, tendril::TendrilSink};
use scraper::{ElementRef, Html, HtmlTreeSink, Selector};
use serde_json::{Map, Value};

use super::{Call, Outcome, RunError, binary::text_of};

const MAX_HTML: usize = 5 * 1024 * 1024;
const MAX_ROWS: usize = 10_000;
/// Bytes that are read between two looks at the clock.
const PIECE: usize = 4 * 1024;
/// Nested deep enough, a page of five megabytes would take hours.
const MOST_TIME: Duration = Duration::from_secs(10);

pub fn run(call: &Call) -> Result<Outcome, RunError> {
    let until = Instant::now() + MOST_TIME;
    let picks: Vec<(String, Pick)> = call
        .pairs("values")?
        .into_iter()
        .map(|(name, text)| Pick::read(&text).map(|pick| (name, pick)))
        .collect::<Result<_, _>>()?;
    let rows = call.optional_text("rows")?.map(|text| selector(&text, "rows")).transpose()?;
    let html = text_of(&call.value("html"), "html")?;
    if html.len() > MAX_HTML {
        return Err(RunError::field("html", "The page has more than 5 MiB, which is the limit."));
    }
    let page = parse(&html, until)?;
    let look = Look { tidy: call.optional_text("blanks")?.as_deref() != Some("keep"), until };
    let Some(rows) = rows else {
        return look.pick(page.root_element(), &picks).map(Outcome::done);
    };
    let mut found = Vec::new();
    let root = page.root_element();
    for element in root.descendent_elements() {
        look.check()?;
        if rows.matches(&element) {
            found.push(look.pick(element, &picks)?);
        }
        if found.len() > MAX_ROWS {
            return Err(RunError::field("rows", "The selector finds more than 10,000 elements. Make it narrower."));
        }
    }
    Ok(Outcome::done(found.into()))
}

/// Piece by piece, each a short while.
fn parse(html: &str, until: Instant) -> Result<Html, RunError> {
    let mut parser = driver::parse_document(HtmlTreeSink::new(Html::new_document()), Default::default());
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        parser.process(piece.into());
        rest = after;
        check(until)?;
    }
    Ok(parser.finish())
}

fn check(until: Instant) -> Result<(), RunError> {
    if Instant::now() < until {
        return Ok(());
    }
    Err(RunError::field(
        "html",
        "The page takes more than 10 s to read: it is nested too deeply, or a selector asks for much.",
    ))
}

/// What a line of “Values” asks for.
struct Pick {
    /// None: the element itself.
    selector: Option<Selector>,
    take: Take,
    all: bool,
}

enum Take {
    Text,
    Html,
    Attribute(String),
}

impl Pick {
    fn read(text: &str) -> Result<Self, RunError> {
        let text = text.trim();
        let (text, all) = text.strip_suffix("[]").map_or((text, false), |rest| (rest.trim_end(), true));
        // An @ that begins a word is ours; inside of brackets it may be a part of the selector.
        let is_ours = |(at, _): &(usize, &str)| *at == 0 || text.as_bytes()[at - 1] == b' ';
        let (text, take) = match text.rmatch_indices('@').find(is_ours) {
            Some((at, _)) => match text[at + 1..].trim() {
                "html" => (&text[..at], Take::Html),
                "text" => (&text[..at], Take::Text),
                name => (&text[..at], Take::Attribute(name.to_ascii_lowercase())),
            },
            None => (text, Take::Text),
        };
        let selector = (!text.trim().is_empty()).then(|| selector(text, "values")).transpose()?;
        Ok(Self { selector, take, all })
    }
}

fn selector(text: &str, field: &str) -> Result<Selector, RunError> {
    let text = text.trim();
    if text.to_ascii_lowercase().contains(":has(") {
        return Err(RunError::field(field, ":has() is not supported. Select the inner element instead."));
    }
    Selector::parse(text)
        .map_err(|_| RunError::field(field, format!("“{text}” is not a CSS selector. It looks like div.price > span.")))
}

struct Look {
    tidy: bool,
    until: Instant,
}

impl Look {
    fn check(&self) -> Result<(), RunError> {
        check(self.until)
    }

    fn pick(&self, element: ElementRef<'_>, picks: &[(String, Pick)]) -> Result<Value, RunError> {
        let mut members = Map::new();
        for (name, pick) in picks {
            members.insert(name.clone(), self.one(element, pick)?);
        }
        Ok(Value::Object(members))
    }

    fn one(&self, element: ElementRef<'_>, pick: &Pick) -> Result<Value, RunError> {
        let Some(selector) = &pick.selector else {
            let taken = self.take(element, &pick.take);
            return Ok(if pick.all { vec![taken].into() } else { taken });
        };
        let mut all = Vec::new();
        for inner in element.descendent_elements().filter(|inner| *inner != element) {
            self.check()?;
            if !selector.matches_with_scope(&inner, Some(element)) {
                continue;
            }
            let taken = self.take(inner, &pick.take);
            if !pick.all {
                return Ok(taken);
            }
            all.push(taken);
        }
        Ok(if pick.all { all.into() } else { Value::Null })
    }

    fn take(&self, element: ElementRef<'_>, take: &Take) -> Value {
        match take {
            Take::Html => element.inner_html().into(),
            Take::Attribute(name) => element.attr(name).into(),
            Take::Text => {
                let text: String = element.text().collect();
                if self.tidy { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { text }.into()
            }
        }
    }
}
