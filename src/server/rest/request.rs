//! What handlers read from a request. Whatever cannot be read is refused with what is wrong and where.

use axum::{
    extract::{
        FromRequest, FromRequestParts,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, header::IF_MATCH},
};

use crate::{
    api::ApiError,
    domain::{draft::MAX_BYTES, problem::Problem},
};

/// A body of JSON.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(ApiError))]
pub struct Body<T>(pub T);

/// What the path names.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

/// What stands after the question mark.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

/// The database cannot look for U+0000, and nothing that it keeps holds one.
pub fn plain(text: Option<String>) -> Option<String> {
    text.map(|text| text.replace('\0', ""))
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let text = rejection.body_text();
        match rejection {
            JsonRejection::JsonSyntaxError(_) => {
                Self::new(400, "malformed", format!("The body is no valid JSON: {}.", cause(&text)))
            }
            JsonRejection::JsonDataError(_) => unfitting(cause(&text)),
            JsonRejection::MissingJsonContentType(_) => {
                Self::new(415, "wrong_content_type", "Send JSON and the header Content-Type: application/json.")
            }
            JsonRejection::BytesRejection(error) if error.status().as_u16() == 413 => too_large(),
            _ => Self::new(400, "malformed", format!("The body could not be read: {text}.")),
        }
    }
}

impl From<PathRejection> for ApiError {
    fn from(_: PathRejection) -> Self {
        Self::new(404, "not_found", "There is nothing at this address: its id is no UUID, or its version no number.")
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        let text = rejection.body_text();
        let (field, message) = cause(&text).split_once(": ").unwrap_or(("query", cause(&text)));
        let problem = Problem::of_workflow(field, format!("It does not fit: {message}."));
        Self::new(400, "malformed", format!("{field} in the address does not fit: {message}."))
            .with_problems(vec![problem])
    }
}

pub fn too_large() -> ApiError {
    ApiError::new(413, "too_large", format!("The body is larger than {MAX_BYTES} bytes (5 MiB). Send less."))
}

/// The JSON is fine, but no workflow, or whatever else was asked for.
fn unfitting(cause: &str) -> ApiError {
    match cause.split_once(": ") {
        Some((field, message)) if !field.contains(' ') => {
            let problem = Problem::of_workflow(field, format!("It does not fit: {message}."));
            ApiError::new(422, "invalid", format!("{field} does not fit: {message}.")).with_problems(vec![problem])
        }
        _ => ApiError::new(422, "invalid", format!("The JSON does not fit: {cause}.")),
    }
}

/// What axum says after its introduction: `Failed to deserialize …: nodes[0].kind: unknown variant …`.
fn cause(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, cause)| cause)
}

/// The revision that a change is based on, from `If-Match: "7"` or `?revision=7`.
pub fn revision(headers: &HeaderMap, query: Option<i32>) -> Result<Option<i32>, ApiError> {
    let Some(header) = headers.get(IF_MATCH) else { return Ok(query) };
    let tag = header.to_str().unwrap_or_default().trim();
    let number = tag.trim_start_matches("W/").trim_matches('"').parse().ok();
    match number {
        Some(number) if query.is_none_or(|query| query == number) => Ok(Some(number)),
        Some(_) => Err(ApiError::invalid("revision", "If-Match and ?revision= name different revisions. Send one.")),
        None => {
            Err(ApiError::invalid("If-Match", "If-Match has to be the ETag of the draft: its revision, as in \"7\"."))
        }
    }
}

/// The entity tag of a draft.
pub fn etag(revision: i32) -> String {
    format!("\"{revision}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(tag: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, tag.parse().expect("a header value"));
        headers
    }

    #[test]
    fn the_revision_comes_from_header_or_address() {
        assert_eq!(revision(&HeaderMap::new(), Some(3)), Ok(Some(3)));
        assert_eq!(revision(&if_match(&etag(7)), None), Ok(Some(7)));
        assert_eq!(revision(&if_match("W/\"7\""), Some(7)), Ok(Some(7)));
        assert_eq!(revision(&HeaderMap::new(), None), Ok(None));
    }

    #[test]
    fn revisions_that_disagree_or_are_no_numbers_are_refused() {
        assert!(revision(&if_match("\"7\""), Some(8)).is_err());
        assert!(revision(&if_match("*"), None).is_err());
    }
}
