//! Trying a credential without doing anything: the way that its runner goes, up to where it is let in. The place is in
//! the parameter `place`.

use http::Method;
use serde_json::json;

use super::{Call, Mask, RunError, http_request, redis, s3_object, send_email, slack_message, sql};
use crate::{
    domain::credential::CredentialKind,
    server::egress::{Request, host_of},
};

/// What it says where it works. Nothing that comes back shows a value of the credential.
pub async fn probe(call: Call) -> Result<String, RunError> {
    let mask = call.credential.as_ref().map(Mask::of).unwrap_or_default();
    attempt(call).await.map(|words| mask.text(&words)).map_err(|error| mask.error(error))
}

async fn attempt(mut call: Call) -> Result<String, RunError> {
    let kind = call.credential.as_ref().map(|credential| credential.kind);
    let place = call.value("place");
    match kind {
        Some(CredentialKind::SmtpLogin) => {
            call.parameters.insert("server".to_owned(), place);
            Box::pin(send_email::probe(&call)).await
        }
        Some(CredentialKind::SqlLogin) => {
            call.parameters.insert("server".to_owned(), place);
            Box::pin(sql::probe(call)).await
        }
        Some(CredentialKind::RedisLogin) => {
            call.parameters.insert("server".to_owned(), place);
            Box::pin(redis::probe(&call)).await
        }
        Some(CredentialKind::S3) => {
            call.parameters.insert("bucket".to_owned(), place);
            Box::pin(s3_object::probe(&call)).await
        }
        Some(CredentialKind::SlackBot) => Box::pin(slack_message::probe(&call)).await,
        Some(kind) if CredentialKind::FOR_HTTP.contains(&kind) => Box::pin(http(&call)).await,
        _ => Err(RunError::fail("This credential cannot be tried by itself.")),
    }
}

/// Any answer shows that the way is open; 401 and 403 say that the credential is not taken.
async fn http(call: &Call) -> Result<String, RunError> {
    let url = http_request::url(&call.text("place")?, "place")?;
    let host = host_of(&url);
    let request = Request { method: Method::GET, url, headers: http_request::headers::own(call), body: None };
    match http_request::send(call, request).await {
        Ok(answer) => Ok(format!("{host} answered {}.", answer.status)),
        Err(RunError::Fail { details, field, message }) => match details["status"].as_u64() {
            Some(401 | 403) => Err(RunError::Fail {
                message: format!("{message} It does not take the credential, or not for this address."),
                field,
                details: json!(null),
            }),
            Some(_) => Err(RunError::Fail { message: format!("{message} Try another address."), field, details }),
            None => Err(RunError::Fail { message, field, details }),
        },
        Err(passing) => Err(passing),
    }
}
