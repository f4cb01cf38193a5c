//! A bucket, the key to it and the way there.

use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::Url;

use super::refusal::Refusal;
use crate::server::{
    egress::{Answer, Request, host_of},
    runners::{Call, RunError, Secret, answer},
};

pub struct Access {
    pub bucket: Bucket,
    pub key: Credentials,
}

impl Access {
    pub fn of(call: &Call) -> Result<Self, RunError> {
        let secret =
            call.credential.as_ref().ok_or_else(|| RunError::field("credential", "Choose an S3 access key."))?;
        let bucket = bucket(secret, call.text("bucket")?.trim())?;
        // The name of the bucket may be a part of the host.
        let host = host_of(bucket.base_url());
        let key = Credentials::new(secret.value_for(&host, "access_key")?, secret.value_for(&host, "secret_key")?);
        Ok(Self { bucket, key })
    }

    /// Redirects are not followed: the signature is for this host and path only.
    pub async fn send(&self, call: &Call, request: Request) -> Result<Answer, RunError> {
        let answer = call.egress.ask(&request).await.map_err(|error| answer::unanswered(error, "do"))?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let refusal = Refusal::read(&answer);
        answer::accept(answer, call.now).map_err(|error| refusal.explain(error))
    }
}

fn bucket(secret: &Secret, name: &str) -> Result<Bucket, RunError> {
    let setting = |name: &str| secret.values.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let region = setting("region").unwrap_or("us-east-1");
    if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(RunError::field("credential", "Its region is a word such as eu-central-1."));
    }
    if !is_name(name) {
        let message = format!("“{name}” is no bucket: 3 to 63 small letters, digits, hyphens and dots.");
        return Err(RunError::field("bucket", message));
    }
    let endpoint = setting("endpoint").map_or_else(|| format!("https://s3.{region}.amazonaws.com"), str::to_owned);
    let endpoint = Url::parse(&endpoint)
        .map_err(|_| RunError::field("credential", "Its endpoint looks like https://minio.example.com."))?;
    // A dot in the name would not fit Amazon's certificate; other stores often have no names of buckets at all.
    let is_host = setting("endpoint").is_none() && !name.contains(['.', '_']);
    let style = if is_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
    Bucket::new(endpoint, style, name.to_owned(), region.to_owned())
        .map_err(|error| RunError::field("credential", format!("Its endpoint cannot be used: {error}.")))
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
    (3..=63).contains(&name.len()) && name.bytes().all(fits) && !name.contains("..") && !name.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::CredentialKind;

    fn base_url(region: &str, endpoint: &str, name: &str) -> Result<String, &'static str> {
        let secret = Secret::of(CredentialKind::S3, [("region", region), ("endpoint", endpoint)]);
        match bucket(&secret, name) {
            Ok(bucket) => Ok(bucket.base_url().to_string()),
            Err(RunError::Fail { field: Some(field), .. }) if field == "bucket" => Err("bucket"),
            Err(_) => Err("credential"),
        }
    }

    #[test]
    fn a_bucket_of_amazons_is_a_host_and_one_elsewhere_a_path() {
        for (region, endpoint, name, expected) in [
            ("", "", "reports", Ok("https://reports.s3.us-east-1.amazonaws.com/")),
            ("eu-central-1", "", "a.b.c", Ok("https://s3.eu-central-1.amazonaws.com/a.b.c/")),
            ("", "https://minio.test:9000", "reports", Ok("https://minio.test:9000/reports/")),
            ("", "http://store.test/s3", "reports", Ok("http://store.test/s3/reports/")),
            ("evil.test/", "", "reports", Err("credential")),
            ("", "minio", "reports", Err("credential")),
            ("", "ftp://minio.test", "reports", Err("credential")),
            ("", "", "ab", Err("bucket")),
            ("", "", "../etc", Err("bucket")),
            ("", "", "Reports", Err("bucket")),
            ("", "", "a..b", Err("bucket")),
            ("", "", "evil.test/x", Err("bucket")),
        ] {
            assert_eq!(base_url(region, endpoint, name), expected.map(str::to_owned), "{region} {endpoint} {name}");
        }
    }
}
