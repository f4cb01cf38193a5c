//! Sealing of bytes: `algorithm (1) | key id (4) | nonce (24) | ciphertext and tag`, with the header and the context
//! authenticated. The header says how to open it once there is a second algorithm or key.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::TryRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key::Key;
use crate::server::{Error, Result};

const XCHACHA20_POLY1305: u8 = 1;
const HEADER: usize = 5;
const NONCE: usize = 24;

pub fn seal(key: &Key, context: &str, plaintext: &[u8]) -> Result<Vec<u8>> {
    let mut sealed = vec![XCHACHA20_POLY1305];
    sealed.extend(id(key)?);
    let mut nonce = [0; NONCE];
    rand::rngs::SysRng.try_fill_bytes(&mut nonce).map_err(Error::internal)?;
    let aad = aad(&sealed, context);
    let ciphertext = cipher(key)?
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &aad })
        .map_err(|_| Error::internal("a secret could not be sealed"))?;
    sealed.extend(nonce);
    sealed.extend(ciphertext);
    Ok(sealed)
}

pub fn open(key: &Key, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let closed = || Error::internal("a secret does not open: it was sealed with another key or for another place");
    let (header, rest) = sealed.split_at_checked(HEADER).ok_or_else(closed)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or_else(closed)?;
    if header[0] != XCHACHA20_POLY1305 || header[1..] != id(key)? {
        return Err(closed());
    }
    let payload = Payload { msg: ciphertext, aad: &aad(header, context) };
    cipher(key)?.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| closed())
}

/// Opens with whichever of the keys sealed it.
pub fn open_with(keys: &[Key], context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let wanted = key_id(sealed)?;
    for key in keys {
        if id(key)? == wanted {
            return open(key, context, sealed);
        }
    }
    Err(Error::internal("a secret does not open: the key that sealed it is gone"))
}

/// The id of the key that sealed it.
pub fn key_id(sealed: &[u8]) -> Result<[u8; 4]> {
    let header = sealed.first_chunk::<HEADER>().ok_or_else(|| Error::internal("a secret is cut off"))?;
    let [_algorithm, id @ ..] = *header;
    Ok(id)
}

fn aad(header: &[u8], context: &str) -> Vec<u8> {
    [header, context.as_bytes()].concat()
}

fn cipher(key: &Key) -> Result<XChaCha20Poly1305> {
    let mut derived = Zeroizing::new([0; 32]);
    derive(key, b"flowpilot seal", derived.as_mut_slice())?;
    XChaCha20Poly1305::new_from_slice(derived.as_slice()).map_err(Error::internal)
}

/// Tells keys apart without telling anything about them.
pub fn id(key: &Key) -> Result<[u8; 4]> {
    let mut id = [0; 4];
    derive(key, b"flowpilot key id", &mut id)?;
    Ok(id)
}

/// A key of its own for one purpose, which tells nothing about the one that it comes from.
pub fn sub_key(key: &Key, purpose: &[u8]) -> Result<Key> {
    let mut derived = Zeroizing::new([0; 32]);
    derive(key, purpose, derived.as_mut_slice())?;
    Key::from_slice(derived.as_slice())
}

/// 20 bytes that only who has the key can make from the data.
pub fn mark(key: &Key, data: &[u8]) -> Result<[u8; 20]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).map_err(Error::internal)?;
    mac.update(data);
    let (whole, mut mark) = (mac.finalize().into_bytes(), [0; 20]);
    mark.copy_from_slice(&whole[..20]);
    Ok(mark)
}

fn derive(key: &Key, purpose: &[u8], target: &mut [u8]) -> Result<()> {
    Hkdf::<Sha256>::new(None, key.bytes()).expand(purpose, target).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_the_same_key_and_context_only() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        let sealed = seal(&key, "here", b"canary").unwrap();
        assert_eq!(open(&key, "here", &sealed).unwrap().as_slice(), b"canary");
        assert!(open(&key, "there", &sealed).is_err());
        assert!(open(&other, "here", &sealed).is_err());
    }

    #[test]
    fn no_flipped_bit_and_no_cut_opens() {
        let key = Key::random().unwrap();
        let sealed = seal(&key, "here", b"canary").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(open(&key, "here", &changed).is_err(), "byte {index}");
            assert!(open(&key, "here", &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let key = Key::random().unwrap();
        assert_ne!(seal(&key, "here", b"canary").unwrap(), seal(&key, "here", b"canary").unwrap());
    }
}
