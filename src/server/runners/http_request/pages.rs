//! Answers in pages: where the next one is, and the items of all of them.

use http::header::LINK;
use serde_json::{Value, json};
use url::Url;

use super::{Shape, send};
use crate::server::{
    egress::{Answer, Request},
    runners::{Call, Outcome, RunError, answer, place},
};

/// Bytes of all pages together.
const MAX_BYTES: usize = 25 * 1024 * 1024;
const MOST_PAGES: f64 = 1_000.0;

/// How the next page is found.
enum Way {
    /// A link header with `rel="next"` (RFC 8288).
    Link,
    /// The body holds the next address at this place.
    Next(String),
    /// The body holds, at `place`, what the parameter of the next request has to be.
    Cursor { place: String, parameter: String },
    /// The parameter counts from 1 until a page is empty.
    Number { parameter: String },
}

impl Way {
    /// None: there is one page.
    fn of(call: &Call) -> Result<Option<Self>, RunError> {
        let parameter = || call.text("page_parameter");
        Ok(Some(match call.optional_text("pages")?.as_deref() {
            Some("link") => Self::Link,
            Some("next") => Self::Next(call.text("next")?),
            Some("cursor") => Self::Cursor { place: call.text("next")?, parameter: parameter()? },
            Some("number") => Self::Number { parameter: parameter()? },
            _ => return Ok(None),
        }))
    }

    /// Where the next page is; none: this was the last one.
    fn next(
        &self,
        url: &Url,
        answer: &Answer,
        body: &Value,
        page: usize,
        is_empty: bool,
    ) -> Result<Option<Url>, RunError> {
        let joined = |text: &str| {
            url.join(text)
                .map(Some)
                .map_err(|_| RunError::field("pages", "The address of the next page cannot be read."))
        };
        let text_at = |path: &str| match place::at(body, path) {
            None | Some(Value::Null | Value::Bool(_)) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(other) => Some(other.to_string()),
        };
        match self {
            Self::Link => next_link(answer).map_or(Ok(None), |link| joined(&link)),
            Self::Next(path) => text_at(path).map_or(Ok(None), |link| joined(&link)),
            Self::Cursor { place, parameter } => Ok(text_at(place).map(|cursor| with(url, parameter, &cursor))),
            Self::Number { parameter } => Ok((!is_empty).then(|| with(url, parameter, &(page + 1).to_string()))),
        }
    }
}

/// Fetches all pages; none: the node asks for one answer only.
pub async fn run(call: &Call, first: &Request, shape: Shape) -> Result<Option<Outcome>, RunError> {
    let Some(way) = Way::of(call)? else { return Ok(None) };
    let most = call.optional_number("max_pages")?.unwrap_or(100.0).clamp(1.0, MOST_PAGES) as usize;
    let path = call.optional_text("items")?.unwrap_or_default();
    let (mut request, mut items, mut bytes) = (first.clone(), Vec::new(), 0);
    if let Way::Number { parameter } = &way {
        request.url = with(&request.url, parameter, "1");
    }
    for page in 1.. {
        let answer = send(call, request.clone()).await?;
        bytes += answer.body.len();
        if bytes > MAX_BYTES {
            return Err(RunError::field(
                "max_pages",
                "All pages together are larger than 25 MiB. Fetch fewer of them.",
            ));
        }
        let body = shape.read(&answer)?;
        let found = items_of(&body, &path)?;
        let is_empty = found.is_empty();
        items.extend(found);
        let next = way.next(&request.url, &answer, &body, page, is_empty)?;
        match next.filter(|_| page < most) {
            Some(url) => request.url = careful(&request.url, url)?,
            None => {
                let output = json!({
                    "status": answer.status.as_u16(),
                    "headers": answer::headers(&answer.headers),
                    "body": items,
                    "pages": page,
                });
                return Ok(Some(Outcome::done(output)));
            }
        }
    }
    Ok(None)
}

/// A next page elsewhere would get the credential; the same address again would never end.
fn careful(here: &Url, next: Url) -> Result<Url, RunError> {
    if next.origin() != here.origin() {
        let host = next.host_str().unwrap_or_default();
        return Err(RunError::field(
            "pages",
            format!("The next page lies on another server, {host}. It was not fetched."),
        ));
    }
    if next == *here {
        return Err(RunError::field("pages", "The next page is this one again. Check where the next page is found."));
    }
    Ok(next)
}

fn items_of(body: &Value, path: &str) -> Result<Vec<Value>, RunError> {
    match place::at(body, path) {
        Some(Value::Array(items)) => Ok(items.clone()),
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(_) => {
            let message =
                format!("There is no list at “{path}” of the answer. Write where its items are, such as data.items.");
            Err(RunError::field("items", message))
        }
    }
}

/// The address with this parameter set, once.
fn with(url: &Url, parameter: &str, value: &str) -> Url {
    let others: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| name != parameter)
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(parameter, value);
    url
}

fn next_link(answer: &Answer) -> Option<String> {
    let links = answer.headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(split_links).find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| {
            let (name, value) = parameter.split_once('=')?;
            let relations = value.trim().trim_matches('"').to_ascii_lowercase();
            (name.trim().eq_ignore_ascii_case("rel") && relations.split_whitespace().any(|one| one == "next"))
                .then_some(())
        };
        parameters.split(';').find_map(is_next).map(|()| address.to_owned())
    })
}

/// At commas outside of `<…>`.
fn split_links(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|c| {
        inside = c == '<' || (inside && c != '>');
        !inside && c == ','
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let found = |text: &'static str| {
            let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_static(text))]);
            next_link(&Answer { status: StatusCode::OK, headers, body: Vec::new(), host: String::new() })
        };
        let both = r#"<https://a.test/?page=1,2>; rel="prev", <https://a.test/?page=3>; title="x"; rel="last next""#;
        assert_eq!(found(both).as_deref(), Some("https://a.test/?page=3"));
        assert_eq!(found("</p?c=2>; rel=next").as_deref(), Some("/p?c=2"));
        assert_eq!(found(r#"<https://a.test/>; rel="prev""#), None);
        assert_eq!(found("rel=next"), None);
    }

    #[test]
    fn a_parameter_is_set_once() {
        let url = Url::parse("https://a.test/x?page=1&q=a%20b").unwrap();
        assert_eq!(with(&url, "page", "2").as_str(), "https://a.test/x?q=a+b&page=2");
    }
}
