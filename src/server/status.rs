//! Gives a failed server function the HTTP status that its error names; leptos answers every failure with 500.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header, response::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

use super::{Error, rest::problem::retry_after};
use crate::api::ApiError;

/// Far more than an error with all its problems takes.
const ERROR_LIMIT: usize = 4 << 20;

pub async fn of_server_functions(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, ERROR_LIMIT).await {
        Ok(body) => {
            if let Ok(error) = serde_json::from_slice(&body) {
                describe(&mut parts, &error);
            }
            Response::from_parts(parts, Body::from(body))
        }
        Err(error) => ApiError::from(Error::internal(error)).into_response(),
    }
}

fn describe(parts: &mut Parts, error: &ApiError) {
    parts.status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after(error) {
        parts.headers.insert(header::RETRY_AFTER, seconds.into());
    }
}
