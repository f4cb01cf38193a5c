//! Errors as `application/problem+json` (RFC 9457), the same for REST, webhooks and every other plain HTTP answer.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{api::ApiError, server::Error};

/// An `ApiError` with the members that RFC 9457 names.
#[derive(Serialize)]
struct ProblemDetails<'a> {
    #[serde(rename = "type")]
    type_uri: String,
    title: &'a str,
    #[serde(flatten)]
    error: &'a ApiError,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let details = ProblemDetails {
            type_uri: format!("urn:flowpilot:problem:{}", self.code),
            title: status.canonical_reason().unwrap_or("Error"),
            error: &self,
        };
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], Json(details)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after(&self) {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// What Retry-After says; who cannot be served right now may ask again in a second.
pub fn retry_after(error: &ApiError) -> Option<u32> {
    error.retry_after.or_else(|| (error.status == StatusCode::SERVICE_UNAVAILABLE.as_u16()).then_some(1))
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        ApiError::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_answers_as_problem_json_with_its_status() {
        let response = ApiError::not_found("workflow").into_response();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    }

    #[test]
    fn too_much_under_way_says_when_to_come_back() {
        let response = Error::Overloaded(7).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "7");
    }
}
