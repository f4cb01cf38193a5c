//! Why the store did not do it. Stores say it in XML, such as `<Error><Code>NoSuchKey</Code>…`.

use http::StatusCode;

use crate::server::{
    egress::Answer,
    runners::{RunError, xml},
};

/// More than this is no explanation.
const MAX_EXPLANATION: usize = 64 * 1024;

pub struct Refusal {
    status: StatusCode,
    code: String,
    words: String,
    /// Where the bucket is, where it is not here.
    region: Option<String>,
}

impl Refusal {
    pub fn read(answer: &Answer) -> Self {
        let text = std::str::from_utf8(&answer.body).ok().filter(|text| text.len() <= MAX_EXPLANATION);
        let said = text.and_then(xml::value).unwrap_or_default();
        let part = |name: &str| said["Error"][name].as_str().unwrap_or_default().to_owned();
        let region = answer.headers.get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
        Self { status: answer.status, code: part("Code"), words: part("Message"), region: region.map(str::to_owned) }
    }

    /// The error with what the store said, in the field that it is about.
    pub fn explain(self, error: RunError) -> RunError {
        let (RunError::Retry { message, details, .. } | RunError::Fail { message, details, .. }) = &error;
        let (message, details) = (self.message(message), details.clone());
        match error {
            RunError::Retry { after, .. } => RunError::Retry { message, details, after },
            RunError::Fail { .. } if self.is_passing() => RunError::Retry { message, details, after: None },
            RunError::Fail { .. } => RunError::Fail { message, field: Some(self.field().to_owned()), details },
        }
    }

    fn message(&self, answered: &str) -> String {
        let said = match (self.code.as_str(), self.words.as_str()) {
            ("", _) => String::new(),
            (code, "") => format!(" It says {code}."),
            (code, words) => format!(" It says {code}: {}.", words.trim_end_matches('.')),
        };
        let place = match &self.region {
            Some(region) if self.status.is_redirection() => {
                format!(" The bucket is in the region {region}: write that into the credential.")
            }
            _ => String::new(),
        };
        format!("{answered}{said}{place}")
    }

    /// Besides what the status says of itself.
    fn is_passing(&self) -> bool {
        matches!(self.code.as_str(), "RequestTimeout" | "OperationAborted" | "SlowDown" | "InternalError")
    }

    fn field(&self) -> &'static str {
        match (self.code.as_str(), self.status.as_u16()) {
            ("NoSuchBucket" | "InvalidBucketName", _) => "bucket",
            ("NoSuchKey" | "KeyTooLongError", _) | (_, 404) => "key",
            ("EntityTooLarge", _) => "content",
            ("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed", _) | (_, 301 | 307) => {
                "credential"
            }
            (_, 401 | 403) => "credential",
            _ => "do",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::runners::answer;

    fn explained(status: u16, code: &str) -> (bool, Option<String>, String) {
        let body = match code {
            "" => "<html>nothing useful".to_owned(),
            code => format!("<Error><Code>{code}</Code><Message>So it is.</Message></Error>"),
        };
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: [("x-amz-bucket-region".parse().unwrap(), "eu-west-1".parse().unwrap())].into_iter().collect(),
            body: body.into_bytes(),
            host: "store.test".to_owned(),
        };
        let refusal = Refusal::read(&answer);
        match refusal.explain(answer::accept(answer, chrono::DateTime::UNIX_EPOCH).unwrap_err()) {
            RunError::Retry { message, .. } => (true, None, message),
            RunError::Fail { message, field, .. } => (false, field, message),
        }
    }

    #[test]
    fn a_refusal_names_its_field_and_whether_it_passes() {
        for (status, code, is_passing, field) in [
            (404, "NoSuchBucket", false, Some("bucket")),
            (404, "NoSuchKey", false, Some("key")),
            (404, "", false, Some("key")),
            (403, "SignatureDoesNotMatch", false, Some("credential")),
            (403, "", false, Some("credential")),
            (301, "PermanentRedirect", false, Some("credential")),
            (405, "MethodNotAllowed", false, Some("do")),
            (400, "RequestTimeout", true, None),
            (409, "OperationAborted", true, None),
            (503, "SlowDown", true, None),
            (500, "", true, None),
        ] {
            let (passes, named, message) = explained(status, code);
            assert_eq!((passes, named.as_deref()), (is_passing, field), "{status} {code}");
            assert!(message.contains(code) && message.starts_with("store.test answered"), "{message}");
        }
    }

    #[test]
    fn a_bucket_elsewhere_is_told_with_its_region() {
        assert!(explained(301, "PermanentRedirect").2.contains("eu-west-1"));
        assert!(!explained(404, "NoSuchKey").2.contains("eu-west-1"));
    }
}
