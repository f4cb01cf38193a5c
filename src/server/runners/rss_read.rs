//! Reads a feed: RSS 0.9 to 2.0, Atom, JSON Feed.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use feed_rs::model::{Entry, Feed, Link, Text};
use http::Method;
use serde_json::{Value, json};

use super::{
    Call, Outcome, RunError,
    http_request::{self, headers},
};
use crate::server::egress::Request;

pub async fn run(call: &Arc<Call>) -> Result<Outcome, RunError> {
    let url = http_request::url(&call.text("url")?, "url")?;
    let limit = call.number("limit")? as usize;
    let request = Request { method: Method::GET, url: url.clone(), headers: headers::all(call)?, body: None };
    let answer = http_request::send(call, request).await?;
    let host = answer.host.clone();
    let parsed = call.compute.run(move || {
        // Links of the feed may be relative to it.
        let parser = feed_rs::parser::Builder::new().base_uri(Some(url.as_str())).build();
        parser.parse(answer.body.as_slice()).map(|feed| told(feed, limit)).map_err(|error| error.to_string())
    });
    match parsed.await {
        Some(Ok(feed)) => Ok(Outcome::done(feed)),
        Some(Err(error)) => Err(RunError::field("url", format!("{host} answered what is not a feed: {error}."))),
        None => Err(RunError::field("url", format!("{host} answered what no feed reader can read."))),
    }
}

fn told(feed: Feed, limit: usize) -> Value {
    json!({
        "title": text(feed.title).unwrap_or_default(),
        "link": page(&feed.links).unwrap_or_default(),
        "items": feed.entries.into_iter().take(limit).map(item).collect::<Vec<_>>(),
    })
}

fn item(entry: Entry) -> Value {
    let authors: Vec<_> = entry.authors.into_iter().filter_map(|person| person.name.or(person.email)).collect();
    let media = entry.media.iter().flat_map(|media| &media.content);
    let media: Vec<_> = media.filter_map(|one| one.url.as_ref().map(ToString::to_string)).collect();
    json!({
        "id": entry.id,
        "title": text(entry.title),
        "link": page(&entry.links),
        "published": time(entry.published),
        "updated": time(entry.updated),
        "summary": text(entry.summary),
        "content": entry.content.and_then(|content| content.body),
        "authors": authors,
        "categories": entry.categories.into_iter().map(|category| category.term).collect::<Vec<_>>(),
        "media": media,
    })
}

fn text(text: Option<Text>) -> Option<String> {
    text.map(|text| text.content)
}

/// The page that something is about, not the feed itself.
fn page(links: &[Link]) -> Option<String> {
    let is_page = |link: &&Link| link.rel.as_deref().is_none_or(|rel| rel == "alternate");
    links.iter().find(is_page).or(links.first()).map(|link| link.href.clone())
}

fn time(time: Option<DateTime<Utc>>) -> Option<String> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
