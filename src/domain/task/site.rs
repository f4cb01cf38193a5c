//! What is read from web pages and feeds.

use super::{Choice, Example, Family, Field, Input, Kind, Output, Part, RETRIES_HTTP, RETRIES_NONE, Spec, port, web};

pub const HTML_EXTRACT: Spec = Spec {
    kind: Kind::HtmlExtract,
    name: "html_extract",
    label: "Extract from HTML",
    summary: "Picks texts and attributes out of a web page by CSS selectors.",
    family: Family::Web,
    fields: &[
        Field::new("html", "HTML", Input::Expression)
            .required()
            .default("input.body")
            .help("A text, or bytes as { base64 }, in UTF-8. Up to 5 MiB."),
        Field::new("rows", "Each", Input::Text)
            .placeholder("table.orders tr")
            .help("A selector: an object comes out per element that it finds. Empty: one object for the page."),
        Field::new("values", "Values", Input::Pairs).required().placeholder("a.title @href").help(
            "A selector finds the first element; its text counts. @href behind it takes an attribute, @html what is \
             inside, [] all elements as a list. A blank stands for the element of “Each” itself.",
        ),
        Field::new("blanks", "Blanks", Input::Choice(BLANKS)).default("tidy"),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["scrape", "css", "selector", "parse", "page", "crawl", "xpath"],
    output: Output::Any("an object with the values; with “Each”, a list of them. What is not found is null."),
    retries: RETRIES_NONE,
    example: Example::new(
        r#"{"body":"<ul><li><a href=\"/a\">Ada</a></li><li><a href=\"/b\">Ben</a></li></ul>"}"#,
        r#"{ "html": "input.body", "rows": "li", "values": { "name": "a", "link": "a @href" } }"#,
        r#"[{"name":"Ada","link":"/a"},{"name":"Ben","link":"/b"}]"#,
    ),
};

const BLANKS: &[Choice] = &[Choice::new("tidy", "one between words"), Choice::new("keep", "as they are")];

pub const RSS_READ: Spec = Spec {
    kind: Kind::RssRead,
    name: "rss_read",
    label: "Read feed",
    summary: "Reads the items of an RSS, Atom or JSON feed.",
    family: Family::Web,
    fields: &[
        Field::new("url", "URL", Input::Text).required().placeholder("https://blog.example.com/feed.xml"),
        Field::new("limit", "Items at most", Input::Number { min: 1.0, max: 1_000.0 }).required().default("50"),
        Field::new("headers", "Headers", Input::Pairs),
        Field::new("credential", "Credential", Input::Credential(web::LOGINS)).help("It is sent along."),
    ],
    outputs: &[port::OUT],
    can_fail: true,
    keywords: &["rss", "atom", "feed", "news", "blog", "podcast"],
    output: Output::Object(&[
        Part::new("title", "string", "The feed's name."),
        Part::new("link", "string", "The page that it belongs to."),
        Part::new(
            "items",
            "array",
            "Each { id, title, link, published, updated, summary, content, authors, categories, media }, in the feed's \
             order.",
        ),
    ]),
    retries: RETRIES_HTTP,
    example: Example::new(
        "null",
        r#"{ "url": "https://blog.example.com/feed.xml", "limit": 1 }"#,
        r#"{"title":"Blog","link":"https://blog.example.com/","items":[{"id":"https://blog.example.com/1","title":"First","link":"https://blog.example.com/1","published":"2026-11-20T12:00:00Z","updated":null,"summary":"Hello","content":null,"authors":["Ada"],"categories":[],"media":[]}]}"#,
    ),
};
