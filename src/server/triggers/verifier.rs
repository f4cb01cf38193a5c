//! Who may call a webhook. Whatever cannot be verified is refused: a missing secret is no open door.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit};
use http::{HeaderMap, HeaderName, header::AUTHORIZATION};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{payload::Delivery, signature::Scheme};
use crate::{api::ApiError, domain::trigger::WebhookAuth};

/// A webhook's authentication with its secret, ready to judge calls.
pub enum Verifier {
    Open,
    /// The header carries the secret as it is; kept as its SHA-256, so that its length does not show either.
    Token {
        header: HeaderName,
        /// `Bearer` or `Basic`, in either case, and a space before the secret; empty: nothing.
        scheme: &'static str,
        digest: [u8; 32],
    },
    /// A header carries an HMAC-SHA256.
    Signature {
        scheme: Scheme,
        mac: Hmac<Sha256>,
    },
    /// The secret or the header is not there to compare with.
    Closed,
}

/// While a secret is changed, calls with the old one are taken too, to its end in seconds since 1970.
pub struct Verifiers {
    pub current: Verifier,
    pub old: Option<(Verifier, i64)>,
}

impl Verifiers {
    pub fn one(current: Verifier) -> Self {
        Self { current, old: None }
    }

    /// As [`Verifier::check`], by whichever secret counts now.
    pub fn check(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), ApiError> {
        let refusal = match self.current.check(headers, body, now) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        match &self.old {
            Some((old, until)) if now < *until => old.check(headers, body, now),
            _ => Err(refusal),
        }
    }
}

impl Verifier {
    /// `secret` is what the named credential holds, if it is there.
    pub fn of(auth: &WebhookAuth, secret: Option<&str>) -> Self {
        match (auth, secret) {
            (WebhookAuth::None, _) => Self::Open,
            (_, None | Some("")) => Self::Closed,
            (auth, Some(secret)) => Self::with(auth, secret).unwrap_or(Self::Closed),
        }
    }

    fn with(auth: &WebhookAuth, secret: &str) -> Option<Self> {
        let token =
            |header, scheme, secret: &str| Some(Self::Token { header, scheme, digest: Sha256::digest(secret).into() });
        match auth {
            WebhookAuth::HeaderToken { header, .. } => token(header.parse().ok()?, "", secret),
            WebhookAuth::Bearer { .. } => token(AUTHORIZATION, "Bearer", secret),
            WebhookAuth::Basic { username, .. } => {
                token(AUTHORIZATION, "Basic", &BASE64_STANDARD.encode(format!("{username}:{secret}")))
            }
            _ => {
                let scheme = Scheme::of(auth)?;
                let mac = Hmac::new_from_slice(&scheme.key(secret)?).ok()?;
                Some(Self::Signature { scheme, mac })
            }
        }
    }

    /// Whether the call comes from one who knows the secret. `body` is the body as it was sent, byte for byte; `now` in
    /// seconds since 1970.
    pub fn check(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), ApiError> {
        let accepted = match self {
            Self::Open => true,
            Self::Closed => false,
            Self::Token { header, scheme, digest } => only(headers, header)
                .and_then(|value| after(scheme, value))
                .is_some_and(|token| Sha256::digest(token).as_slice().ct_eq(digest.as_slice()).into()),
            Self::Signature { scheme, mac } => scheme.accepts(mac, headers, body, now),
        };
        accepted.then_some(()).ok_or_else(|| ApiError::new(401, "unauthenticated", self.refusal()))
    }

    /// The header that carries a secret and must not be kept with the execution.
    pub fn secret_header(&self) -> Option<&HeaderName> {
        match self {
            Self::Token { header, .. } => Some(header),
            _ => None,
        }
    }

    /// Where the sender names its deliveries.
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Signature { scheme: Scheme::Standard, .. } => Delivery::Signed("webhook-id"),
            Self::Signature { scheme: Scheme::Stripe, .. } => Delivery::Field("id"),
            Self::Signature { scheme: Scheme::Slack, .. } => Delivery::Field("event_id"),
            _ => Delivery::Usual,
        }
    }

    fn refusal(&self) -> String {
        match self {
            Self::Token { header, scheme: "", .. } => format!("Send the webhook's token in the header {header}."),
            Self::Token { header, scheme, .. } => {
                format!("Send {header}: {scheme} with what the webhook's owner gave you.")
            }
            Self::Signature { scheme, .. } => scheme.wanted(),
            Self::Open | Self::Closed => {
                "This webhook cannot verify its callers: its secret is missing. Its owner has to choose another."
                    .to_owned()
            }
        }
    }
}

/// The header's value, if it is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

/// What comes after the scheme and a space.
fn after<'a>(scheme: &str, value: &'a [u8]) -> Option<&'a [u8]> {
    if scheme.is_empty() {
        return Some(value);
    }
    let (start, rest) = value.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme.as_bytes()).then(|| rest.strip_prefix(b" "))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    /// From GitHub's documentation of webhook signatures.
    const SIGNATURE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn signed() -> Verifier {
        let auth = WebhookAuth::HmacSha256 { header: "X-Hub-Signature-256".into(), secret: "github".into() };
        Verifier::of(&auth, Some(SECRET))
    }

    fn token() -> Verifier {
        Verifier::of(&WebhookAuth::HeaderToken { header: "X-Token".into(), secret: "t".into() }, Some("open sesame"))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn check(verifier: &Verifier, pairs: &[(&'static str, &str)], body: &[u8], accepted: bool) {
        let answer = verifier.check(&headers(pairs), body, 0);
        assert_eq!(answer.is_ok(), accepted, "{pairs:?}");
        assert!(answer.is_ok() || answer.is_err_and(|error| error.status == 401));
    }

    #[test]
    fn a_signature_counts_with_and_without_prefix_and_in_either_case() {
        for value in [SIGNATURE, &format!("sha256={SIGNATURE}"), &SIGNATURE.to_uppercase()] {
            check(&signed(), &[("x-hub-signature-256", value)], BODY, true);
        }
    }

    #[test]
    fn any_other_signature_is_refused() {
        let sha1 = "sha1=e4d7f1b4ed2e42d15898f4b27b019da4f37fd7fe";
        let cases = [
            "",
            "sha256=",
            sha1,
            &SIGNATURE[..62],
            &format!("{SIGNATURE}00"),
            &format!("sha256=sha256={SIGNATURE}"),
            &format!("SHA256={SIGNATURE}"),
            &format!("sha512={SIGNATURE}"),
            &SIGNATURE.replace('7', "8"),
            &"0".repeat(64),
            &"g".repeat(64),
        ];
        for value in cases {
            check(&signed(), &[("x-hub-signature-256", value)], BODY, false);
        }
        check(&signed(), &[], BODY, false);
        check(&signed(), &[("x-hub-signature", SIGNATURE)], BODY, false);
    }

    #[test]
    fn two_signatures_are_none() {
        let mut headers = headers(&[("x-hub-signature-256", SIGNATURE)]);
        headers.append("x-hub-signature-256", "sha256=00".parse().unwrap());
        assert!(signed().check(&headers, BODY, 0).is_err());
    }

    #[test]
    fn a_signature_is_of_the_body_byte_for_byte() {
        for body in [&b"Hello, World! "[..], b"Hello, World", b"hello, World!", b""] {
            check(&signed(), &[("x-hub-signature-256", SIGNATURE)], body, false);
        }
    }

    #[test]
    fn a_token_must_be_the_secret_as_it_is() {
        check(&token(), &[("x-token", "open sesame")], BODY, true);
        for value in ["", "open", "open sesame!", "OPEN SESAME", "Bearer open sesame"] {
            check(&token(), &[("x-token", value)], BODY, false);
        }
        check(&token(), &[("x-other", "open sesame")], BODY, false);
    }

    #[test]
    fn without_a_secret_nobody_gets_in() {
        let token = WebhookAuth::HeaderToken { header: "X-Token".into(), secret: "gone".into() };
        let signed = WebhookAuth::HmacSha256 { header: "X-Sign".into(), secret: "gone".into() };
        let empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        for auth in [token, signed] {
            for secret in [None, Some("")] {
                let verifier = Verifier::of(&auth, secret);
                check(&verifier, &[("x-token", ""), ("x-sign", empty)], b"", false);
                check(&verifier, &[], b"", false);
            }
        }
    }

    #[test]
    fn a_webhook_without_authentication_takes_any_call() {
        check(&Verifier::of(&WebhookAuth::None, None), &[], b"", true);
    }
}
