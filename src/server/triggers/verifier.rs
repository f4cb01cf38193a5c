//! Who may call a webhook. Whatever cannot be verified is refused: a missing secret is no open door.

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{api::ApiError, domain::trigger::WebhookAuth};

/// A webhook's authentication with its secret, ready to judge calls.
pub enum Verifier {
    Open,
    /// The header carries the secret as it is; kept as its SHA-256, so that its length does not show either.
    Token {
        header: HeaderName,
        digest: [u8; 32],
    },
    /// The header carries the HMAC-SHA256 of the raw body.
    Signature {
        header: HeaderName,
        mac: Hmac<Sha256>,
    },
    /// The secret or the header is not there to compare with.
    Closed,
}

impl Verifier {
    /// `secret` is what the named credential holds, if it is there.
    pub fn of(auth: &WebhookAuth, secret: Option<&str>) -> Self {
        let (WebhookAuth::HeaderToken { header, .. } | WebhookAuth::HmacSha256 { header, .. }) = auth else {
            return Self::Open;
        };
        let secret = secret.filter(|secret| !secret.is_empty());
        let (Ok(header), Some(secret)) = (HeaderName::try_from(header), secret) else {
            return Self::Closed;
        };
        match auth {
            WebhookAuth::HmacSha256 { .. } => match Hmac::new_from_slice(secret.as_bytes()) {
                Ok(mac) => Self::Signature { header, mac },
                Err(_) => Self::Closed,
            },
            _ => Self::Token { header, digest: Sha256::digest(secret).into() },
        }
    }

    /// Whether the call comes from one who knows the secret. `body` is the body as it was sent, byte for byte.
    pub fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), ApiError> {
        let accepted = match self {
            Self::Open => true,
            Self::Closed => false,
            Self::Token { header, digest } => only(headers, header)
                .is_some_and(|token| Sha256::digest(token).as_slice().ct_eq(digest.as_slice()).into()),
            Self::Signature { header, mac } => only(headers, header).and_then(signature).is_some_and(|signature| {
                let mut mac = mac.clone();
                mac.update(body);
                mac.verify_slice(&signature).is_ok()
            }),
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

    fn refusal(&self) -> String {
        match self {
            Self::Token { header, .. } => format!("Send the webhook's token in the header {header}."),
            Self::Signature { header, .. } => {
                format!("Send the HMAC-SHA256 of the raw body in hexadecimal in the header {header}.")
            }
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

/// Reads 64 hexadecimal digits, with or without `sha256=` before them.
fn signature(value: &[u8]) -> Option<[u8; 32]> {
    let digits = value.strip_prefix(b"sha256=").unwrap_or(value);
    let mut signature = [0; 32];
    hex::decode_to_slice(digits, &mut signature).ok()?;
    Some(signature)
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
        let answer = verifier.check(&headers(pairs), body);
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
        assert!(signed().check(&headers, BODY).is_err());
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
