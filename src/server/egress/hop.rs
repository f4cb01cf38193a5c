//! Where a redirect leads and what may go along.

use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, USER_AGENT},
};
use url::Url;

use super::{EgressError, Request, host_of};

/// The request that the answer asks for; none: the answer stands for itself.
pub fn next(request: &Request, status: StatusCode, headers: &HeaderMap) -> Result<Option<Request>, EgressError> {
    let (true, Some(location)) = (is_redirect(status), headers.get(LOCATION)) else {
        return Ok(None);
    };
    let url = location
        .to_str()
        .ok()
        .and_then(|text| request.url.join(text).ok())
        .ok_or_else(|| refusal(&request.url, "redirects to an address that cannot be read"))?;
    if request.url.scheme() == "https" && url.scheme() == "http" {
        return Err(refusal(&request.url, "redirects from https to http, which would send the data in the open"));
    }
    Ok(Some(follow(request, status, url)))
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn refusal(url: &Url, what: &str) -> EgressError {
    EgressError::Refused(format!("{} {what}.", host_of(url)))
}

fn follow(request: &Request, status: StatusCode, url: Url) -> Request {
    let mut next = request.clone();
    if matches!(status.as_u16(), 301..=303) && request.method != Method::HEAD {
        next.method = Method::GET;
        next.body = None;
        next.headers.remove(CONTENT_TYPE);
        next.headers.remove(CONTENT_LENGTH);
    }
    if url.origin() != request.url.origin() {
        next.headers = harmless(&next.headers);
    }
    next.url = url;
    next
}

/// What another origin may see: any other header could carry a credential, whatever its name.
fn harmless(headers: &HeaderMap) -> HeaderMap {
    let idempotency = HeaderName::from_static("idempotency-key");
    let keep = [ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT, idempotency];
    headers.iter().filter(|(name, _)| keep.contains(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: [&str; 8] = [
        "authorization",
        "cookie",
        "proxy-authorization",
        "proxy-authenticate",
        "x-api-key",
        "x-auth-token",
        "api-key",
        "x-whatever-the-credential-says",
    ];

    #[test]
    fn another_scheme_host_or_port_sees_no_secret_header() {
        let mut headers: HeaderMap =
            SECRETS.iter().map(|name| (HeaderName::from_static(name), "canary".parse().unwrap())).collect();
        headers.insert(ACCEPT, "*/*".parse().unwrap());
        let url: Url = "http://api.test:8080/".parse().unwrap();
        let request = Request { method: Method::POST, url, headers, body: Some("x".into()) };
        for (away, target) in
            [("scheme", "https://api.test:8080/"), ("host", "http://api.test.evil:8080/"), ("port", "http://api.test/")]
        {
            for code in [301, 302, 303, 307, 308] {
                let location = [(LOCATION, target.parse().unwrap())].into_iter().collect();
                let next = next(&request, StatusCode::from_u16(code).unwrap(), &location).unwrap().unwrap();
                assert_eq!(next.url.as_str(), target);
                assert_eq!(next.headers.len(), 1, "{away} {code}: {:?}", next.headers);
                assert!(next.headers.contains_key(ACCEPT));
            }
        }
    }
}
