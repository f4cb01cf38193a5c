//! How services sign what they send: which text is signed and where the signature stands. Those that sign the time too
//! are refused when it is more than five minutes off, so that a call that was overheard cannot be repeated later.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;

use crate::domain::trigger::WebhookAuth;

/// How far the clocks of sender and receiver may be apart.
const TOLERANCE_SECS: u64 = 300;
/// Signatures of one call: a sender that changes its secret signs with both.
const SIGNATURES: usize = 5;

#[derive(Clone, Debug, PartialEq)]
pub enum Scheme {
    /// The body alone, in hexadecimal, with or without `sha256=` before it.
    Body { header: HeaderName },
    /// standardwebhooks.com: `id.timestamp.body`, Base64.
    Standard,
    /// `t=…,v1=…` over `timestamp.body`.
    Stripe,
    /// `v0=…` over `v0:timestamp:body`.
    Slack,
}

impl Scheme {
    /// None: it is no signature, or its header has no name.
    pub fn of(auth: &WebhookAuth) -> Option<Self> {
        match auth {
            WebhookAuth::HmacSha256 { header, .. } => Some(Self::Body { header: header.parse().ok()? }),
            WebhookAuth::Github { .. } => Some(Self::Body { header: HeaderName::from_static("x-hub-signature-256") }),
            WebhookAuth::StandardWebhooks { .. } => Some(Self::Standard),
            WebhookAuth::Stripe { .. } => Some(Self::Stripe),
            WebhookAuth::Slack { .. } => Some(Self::Slack),
            WebhookAuth::None
            | WebhookAuth::HeaderToken { .. }
            | WebhookAuth::Bearer { .. }
            | WebhookAuth::Basic { .. } => None,
        }
    }

    /// The bytes to sign with. Standard Webhooks writes them as Base64 after `whsec_`.
    pub fn key(&self, secret: &str) -> Option<Vec<u8>> {
        match self {
            Self::Standard => {
                let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
                (24..=64).contains(&key.len()).then_some(key)
            }
            _ => Some(secret.as_bytes().to_vec()),
        }
    }

    /// Whether one of the signatures is right, at this time in seconds since 1970.
    pub fn accepts(&self, mac: &Hmac<Sha256>, headers: &HeaderMap, body: &[u8], now: i64) -> bool {
        self.read(headers, now).is_some_and(|signed| {
            signed.signatures.iter().any(|signature| {
                let mut mac = mac.clone();
                mac.update(signed.before.as_bytes());
                mac.update(body);
                mac.verify_slice(signature).is_ok()
            })
        })
    }

    /// What to sign with, in words.
    pub fn wanted(&self) -> String {
        match self {
            Self::Body { header } => format!("Send the HMAC-SHA256 of the raw body in hexadecimal in the header {header}."),
            Self::Standard => "Send webhook-id, webhook-timestamp (within five minutes) and webhook-signature as Standard Webhooks says.".to_owned(),
            Self::Stripe => "Send Stripe-Signature with the time (within five minutes) and a v1 signature.".to_owned(),
            Self::Slack => "Send X-Slack-Request-Timestamp (within five minutes) and X-Slack-Signature.".to_owned(),
        }
    }

    fn read(&self, headers: &HeaderMap, now: i64) -> Option<Signed> {
        match self {
            Self::Body { header } => {
                let value = only(headers, header)?;
                let digits = value.strip_prefix("sha256=").unwrap_or(value);
                Some(Signed { before: String::new(), signatures: vec![from_hex(digits)?] })
            }
            Self::Standard => {
                let id = named(headers, "webhook-id").filter(|id| !id.is_empty() && !id.contains('.'))?;
                let time = fresh(named(headers, "webhook-timestamp")?, now)?;
                let parts = named(headers, "webhook-signature")?.split(' ').take(SIGNATURES);
                let signatures = parts.filter_map(|part| from_base64(part.strip_prefix("v1,")?)).collect();
                Some(Signed { before: format!("{id}.{time}."), signatures })
            }
            Self::Stripe => {
                let fields: Vec<(&str, &str)> =
                    named(headers, "stripe-signature")?.split(',').filter_map(|field| field.split_once('=')).collect();
                let mut times = fields.iter().filter(|(name, _)| *name == "t");
                let (Some((_, time)), None) = (times.next(), times.next()) else { return None };
                let time = fresh(time, now)?;
                let versions = fields.iter().filter(|(name, _)| *name == "v1").take(SIGNATURES);
                let signatures = versions.filter_map(|(_, digits)| from_hex(digits)).collect();
                Some(Signed { before: format!("{time}."), signatures })
            }
            Self::Slack => {
                let time = fresh(named(headers, "x-slack-request-timestamp")?, now)?;
                let signature = from_hex(named(headers, "x-slack-signature")?.strip_prefix("v0=")?)?;
                Some(Signed { before: format!("v0:{time}:"), signatures: vec![signature] })
            }
        }
    }
}

struct Signed {
    /// What is signed before the body.
    before: String,
    signatures: Vec<[u8; 32]>,
}

/// The time as it was sent, if it is digits only and near.
fn fresh(text: &str, now: i64) -> Option<&str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let time: i64 = is_number.then(|| text.parse().ok()).flatten()?;
    (time.abs_diff(now) <= TOLERANCE_SECS).then_some(text)
}

fn named<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    only(headers, &HeaderName::from_static(name))
}

/// The header's value, if it is there exactly once and text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok()).flatten()
}

fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let mut signature = [0; 32];
    hex::decode_to_slice(digits, &mut signature).ok()?;
    Some(signature)
}

fn from_base64(text: &str) -> Option<[u8; 32]> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}
