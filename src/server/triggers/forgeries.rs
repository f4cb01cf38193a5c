//! Calls that look nearly right, some sixty and more for each way of authentication: none of them gets in.

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

use super::verifier::{Verifier, Verifiers};
use crate::domain::trigger::WebhookAuth;

const NOW: i64 = 1_760_000_000;
const BODY: &str = r#"{"id":"evt_1","amount": 1.0,  "to":"ada"}"#;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

type Header = (&'static str, String);
type Headers = Vec<Header>;

/// A call: what is wrong with it, its headers and its body.
type Forgery = (String, Headers, String);

/// A way of authentication with the headers of a right call at this time, as this secret signs them.
struct Case {
    auth: WebhookAuth,
    /// Its time is signed.
    is_timed: bool,
    headers: fn(&str, i64, &str) -> Headers,
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn signed(secret: &str, text: &str) -> String {
    hex::encode(mac(secret.as_bytes(), text))
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes)
}

fn cases() -> Vec<Case> {
    let secret = || "signing".to_owned();
    vec![
        Case {
            auth: WebhookAuth::HeaderToken { header: "X-Token".into(), secret: secret() },
            is_timed: false,
            headers: |secret, _, _| vec![("x-token", secret.to_owned())],
        },
        Case {
            auth: WebhookAuth::Bearer { secret: secret() },
            is_timed: false,
            headers: |secret, _, _| vec![("authorization", format!("Bearer {secret}"))],
        },
        Case {
            auth: WebhookAuth::Basic { username: "ada".into(), secret: secret() },
            is_timed: false,
            headers: |secret, _, _| vec![("authorization", format!("Basic {}", base64(format!("ada:{secret}"))))],
        },
        Case {
            auth: WebhookAuth::HmacSha256 { header: "X-Sign".into(), secret: secret() },
            is_timed: false,
            headers: |secret, _, body| vec![("x-sign", signed(secret, body))],
        },
        Case {
            auth: WebhookAuth::Github { secret: secret() },
            is_timed: false,
            headers: |secret, _, body| vec![("x-hub-signature-256", format!("sha256={}", signed(secret, body)))],
        },
        Case {
            auth: WebhookAuth::StandardWebhooks { secret: secret() },
            is_timed: true,
            headers: |secret, time, body| {
                let key = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, &secret[6..]).unwrap();
                let signature = base64(mac(&key, &format!("msg_1.{time}.{body}")));
                vec![
                    ("webhook-id", "msg_1".to_owned()),
                    ("webhook-timestamp", time.to_string()),
                    ("webhook-signature", format!("v1,{signature}")),
                ]
            },
        },
        Case {
            auth: WebhookAuth::Stripe { secret: secret() },
            is_timed: true,
            headers: |secret, time, body| {
                vec![("stripe-signature", format!("t={time},v1={}", signed(secret, &format!("{time}.{body}"))))]
            },
        },
        Case {
            auth: WebhookAuth::Slack { secret: secret() },
            is_timed: true,
            headers: |secret, time, body| {
                vec![
                    ("x-slack-request-timestamp", time.to_string()),
                    ("x-slack-signature", format!("v0={}", signed(secret, &format!("v0:{time}:{body}")))),
                ]
            },
        },
    ]
}

fn map(headers: &[Header]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    map
}

/// Everything that can be wrong with one header's value.
fn spoilt(value: &str) -> Vec<String> {
    let mut all: Vec<String> =
        (1..=12).filter_map(|cut| Some(value.get(..value.len().checked_sub(cut)?)?.to_owned())).collect();
    for at in 0..value.len().min(40) {
        let other = if value.as_bytes()[at] == b'1' { '2' } else { '1' };
        all.push(format!("{}{other}{}", &value[..at], &value[at + 1..]));
    }
    let digits = value.rsplit(['=', ',', ' ']).next().unwrap();
    all.extend([
        String::new(),
        "0".to_owned(),
        "null".to_owned(),
        "true".to_owned(),
        format!("{value}0"),
        format!("0{value}"),
        format!("sha1={digits}"),
        format!("sha512={digits}"),
        format!("md5={digits}"),
        format!("none={digits}"),
        "=".repeat(value.len()),
        "0".repeat(value.len()),
        "A".repeat(value.len()),
    ]);
    all
}

/// What is wrong with a call as a whole: its headers, its body, its secret, its time.
fn forgeries(case: &Case) -> Vec<Forgery> {
    let right = (case.headers)(SECRET, NOW, BODY);
    let mut all = Vec::new();
    for (at, (name, value)) in right.iter().enumerate() {
        let mut with = |what: String, change: &dyn Fn(&mut Headers)| {
            let mut headers = right.clone();
            change(&mut headers);
            all.push((what, headers, BODY.to_owned()));
        };
        with(format!("no {name}"), &|headers| drop(headers.remove(at)));
        with(format!("{name} twice"), &|headers| headers.push((name, value.clone())));
        with(format!("{name} and a wrong one"), &|headers| headers.push((name, "0".to_owned())));
        with(format!("{name} elsewhere"), &|headers| headers[at].0 = "x-elsewhere");
        for wrong in spoilt(value) {
            with(format!("{name}: {wrong}"), &|headers| headers[at].1 = wrong.clone());
        }
    }
    all.push(("another secret".to_owned(), (case.headers)(OTHER_SECRET, NOW, BODY), BODY.to_owned()));
    let signs_body = (case.headers)(SECRET, NOW, "x") != right;
    if signs_body {
        let serialised = serde_json::from_str::<serde_json::Value>(BODY).unwrap().to_string();
        for body in
            [&serialised, "", " ", &BODY[1..], &format!("{BODY}\n"), &BODY.replace("1.0", "9.0"), &BODY.to_uppercase()]
        {
            all.push((format!("body {body}"), right.clone(), body.to_owned()));
        }
    }
    if case.is_timed {
        for off in [-301, 301, -3_600, 3_600, -NOW] {
            all.push((format!("{off} s off"), (case.headers)(SECRET, NOW + off, BODY), BODY.to_owned()));
        }
    }
    all
}

#[test]
fn nothing_but_the_right_call_gets_in() {
    for case in cases() {
        let verifier = Verifier::of(&case.auth, Some(SECRET));
        let check = |headers: &[Header], body: &str, now| verifier.check(&map(headers), body.as_bytes(), now);
        let right = (case.headers)(SECRET, NOW, BODY);
        assert_eq!(check(&right, BODY, NOW), Ok(()), "{:?}", case.auth);
        let forgeries = forgeries(&case);
        assert!(forgeries.len() >= 60, "{:?}: {}", case.auth, forgeries.len());
        for (what, headers, body) in forgeries {
            assert_eq!(check(&headers, &body, NOW).map_err(|error| error.status), Err(401), "{:?}: {what}", case.auth);
        }
        for secret in [None, Some("")] {
            let closed = Verifier::of(&case.auth, secret).check(&map(&right), BODY.as_bytes(), NOW);
            assert_eq!(closed.map_err(|error| error.status), Err(401), "{:?} without a secret", case.auth);
        }
    }
}

#[test]
fn an_old_secret_counts_to_its_end_and_lets_no_forgery_in() {
    for case in cases() {
        let old = Some((Verifier::of(&case.auth, Some(SECRET)), NOW + 1));
        let both = Verifiers { current: Verifier::of(&case.auth, Some(OTHER_SECRET)), old };
        let check = |headers: &[Header], body: &str, now| both.check(&map(headers), body.as_bytes(), now);
        for secret in [SECRET, OTHER_SECRET] {
            assert_eq!(check(&(case.headers)(secret, NOW, BODY), BODY, NOW), Ok(()), "{:?}", case.auth);
        }
        let third = (case.headers)("whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", NOW, BODY);
        assert!(check(&third, BODY, NOW).is_err(), "{:?}: a third secret", case.auth);
        // The forgery by another secret is the new secret here.
        for (what, headers, body) in forgeries(&case).into_iter().filter(|(what, ..)| what != "another secret") {
            let refused = check(&headers, &body, NOW).map_err(|error| error.status);
            assert_eq!(refused, Err(401), "{:?}: {what}", case.auth);
        }
        for late in [NOW + 1, NOW + 2, NOW + 86_400] {
            let old = (case.headers)(SECRET, late, BODY);
            assert!(check(&old, BODY, late).is_err(), "{:?}: the old secret has ended", case.auth);
            assert_eq!(check(&(case.headers)(OTHER_SECRET, late, BODY), BODY, late), Ok(()), "{:?}", case.auth);
        }
    }
}

#[test]
fn a_call_may_be_five_minutes_old_or_early_and_not_a_second_more() {
    for case in cases().iter().filter(|case| case.is_timed) {
        let verifier = Verifier::of(&case.auth, Some(SECRET));
        let right = map(&(case.headers)(SECRET, NOW, BODY));
        for (now, accepted) in
            [(NOW - 301, false), (NOW - 300, true), (NOW + 300, true), (NOW + 301, false), (i64::MIN, false)]
        {
            assert_eq!(verifier.check(&right, BODY.as_bytes(), now).is_ok(), accepted, "{:?} at {now}", case.auth);
        }
    }
}

#[test]
fn a_sender_that_changes_its_secret_may_sign_with_both() {
    let new = |auth: &WebhookAuth| Verifier::of(auth, Some(SECRET));
    let all = cases();
    let standard = &all[5];
    let mut headers = (standard.headers)(SECRET, NOW, BODY);
    headers[2].1 = format!("v1,{} v1a,xyz {}", base64([7; 32]), headers[2].1);
    assert_eq!(new(&standard.auth).check(&map(&headers), BODY.as_bytes(), NOW), Ok(()));
    let stripe = &all[6];
    let mut headers = (stripe.headers)(SECRET, NOW, BODY);
    headers[0].1 = headers[0].1.replace(",v1=", &format!(",v1={},v0=ab,v1=", "0".repeat(64)));
    assert_eq!(new(&stripe.auth).check(&map(&headers), BODY.as_bytes(), NOW), Ok(()));
    let mut headers = (standard.headers)(SECRET, NOW, BODY);
    headers[2].1 = format!("{}{}", format!("v1,{} ", base64([7; 32])).repeat(5), headers[2].1);
    assert!(new(&standard.auth).check(&map(&headers), BODY.as_bytes(), NOW).is_err(), "the sixth is not looked at");
}

#[test]
fn a_secret_of_standard_webhooks_is_base64_of_24_to_64_bytes() {
    let auth = WebhookAuth::StandardWebhooks { secret: "signing".into() };
    let is_usable = |secret: &str| !matches!(Verifier::of(&auth, Some(secret)), Verifier::Closed);
    for bytes in [24, 32, 64] {
        assert!(is_usable(&format!("whsec_{}", base64(vec![7; bytes]))) && is_usable(&base64(vec![7; bytes])));
    }
    for secret in ["whsec_", "whsec_not base64", "plain", &base64([7; 23]), &base64([7; 65])] {
        assert!(!is_usable(secret), "{secret}");
    }
}
