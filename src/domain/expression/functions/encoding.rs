//! Encodings, hashes and signatures of text, as UTF-8, and addresses.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use url::Url;

use crate::domain::expression::{
    ast::Function,
    budget::Budget,
    convert::to_text,
    error::{Fault, Outcome},
    json,
    value::Val,
};

/// With or without = at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub fn to_base64<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(4 * text.len())?;
    Ok(Val::utf8(&BASE64_STANDARD.encode(text.as_bytes())))
}

/// The variant of URLs (`-` and `_`) counts as well.
pub fn of_base64<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(6 * text.len())?;
    let usual = text.trim().replace('-', "+").replace('_', "/");
    let bytes = LENIENT.decode(usual).map_err(|error| Fault::new(format!("This is not base64: {error}.")))?;
    let text = String::from_utf8(bytes);
    Ok(Val::utf8(&text.map_err(|_| Fault::new("These bytes are no text in UTF-8."))?))
}

/// As URLs and tokens have it: `-` and `_`, nothing at the end.
pub fn to_base64_url<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(4 * text.len())?;
    Ok(Val::utf8(&BASE64_URL_SAFE_NO_PAD.encode(text.as_bytes())))
}

/// In hexadecimal.
pub fn hash<'a>(function: Function, value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    charge(&text, budget)?;
    Ok(match function {
        Function::Sha512 => hexadecimal(&Sha512::digest(text.as_bytes())),
        Function::LegacySha1 => hexadecimal(&Sha1::digest(text.as_bytes())),
        _ => hexadecimal(&Sha256::digest(text.as_bytes())),
    })
}

/// The text's signature with the key, in hexadecimal.
pub fn hmac<'a>(function: Function, value: &Val, key: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let (text, key) = (to_text(value, budget)?, to_text(key, budget)?);
    charge(&text, budget)?;
    charge(&key, budget)?;
    Ok(match function {
        Function::HmacSha512 => hexadecimal(&signed::<Hmac<Sha512>>(&text, &key)?),
        Function::LegacyHmacSha1 => hexadecimal(&signed::<Hmac<Sha1>>(&text, &key)?),
        _ => hexadecimal(&signed::<Hmac<Sha256>>(&text, &key)?),
    })
}

fn signed<M: Mac + KeyInit>(text: &str, key: &str) -> Outcome<Vec<u8>> {
    let mac = <M as KeyInit>::new_from_slice(key.as_bytes());
    let mac = mac.map_err(|_| Fault::new("This key cannot be used."))?;
    Ok(mac.chain_update(text.as_bytes()).finalize().into_bytes().to_vec())
}

fn charge(text: &str, budget: &Budget) -> Outcome<()> {
    budget.steps(20 + text.len() / 16)?;
    budget.bytes(512)
}

fn hexadecimal<'a>(bytes: &[u8]) -> Val<'a> {
    Val::utf8(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The address with these parameters added to its query; nothing for null and undefined.
pub fn build_url<'a>(address: &Val, parameters: &Val<'a>, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(address, budget)?;
    budget.bytes(8 * text.len() + 1024)?;
    budget.steps(20 + text.len() / 16)?;
    let mut url = Url::parse(text.trim())
        .map_err(|error| Fault::new(format!("This is not a URL: {error}. It looks like https://example.com/path.")))?;
    for (name, value) in super::entries(parameters, budget)? {
        if !value.is_nothing() {
            let value = to_text(&value, budget)?;
            budget.bytes(8 * (name.len() + value.len()))?;
            url.query_pairs_mut().append_pair(&name, &value);
        }
    }
    Ok(Val::utf8(url.as_str()))
}

/// The parts of an address; of parameters that come up several times, the last.
pub fn parse_url<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.bytes(8 * text.len() + 1024)?;
    budget.steps(20 + text.len() / 16)?;
    let url = Url::parse(text.trim())
        .map_err(|error| Fault::new(format!("This is not a URL: {error}. It looks like https://example.com/path.")))?;
    let query: Map<String, Value> = url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect();
    let parts = serde_json::json!({
        "protocol": url.scheme(),
        "host": url.host_str(),
        "port": url.port_or_known_default(),
        "path": url.path(),
        "query": query,
        "hash": url.fragment(),
    });
    json::parse(&parts.to_string(), budget)
}
