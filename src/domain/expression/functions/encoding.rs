//! Encodings and hashes of text, as UTF-8: `base64Encode`, `base64Decode`, `sha256`, `parseUrl`.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

use crate::domain::expression::{
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

/// In hexadecimal.
pub fn sha256<'a>(value: &Val, budget: &Budget) -> Outcome<Val<'a>> {
    let text = to_text(value, budget)?;
    budget.steps(20 + text.len() / 16)?;
    budget.bytes(256)?;
    let hash = Sha256::digest(text.as_bytes());
    Ok(Val::utf8(&hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
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
