//! The token in a webhook's address: made, sealed, looked up and shown.

use rand::TryRng;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use zeroize::Zeroizing;

use crate::{
    domain::id::{NodeId, WorkflowId, WorkspaceId},
    server::{Error, Result, secrets::Secrets, store::triggers::SealedToken},
};

/// Characters of a token; each of the 32 letters and digits carries 5 bits, 160 in all.
const LENGTH: usize = 32;

/// Lower case, without letters and digits that are read as one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A webhook's secret part of the address.
pub struct Token(Zeroizing<String>);

impl Token {
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        rand::rngs::SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(Error::internal)?;
        Ok(Self(Zeroizing::new(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())))
    }

    /// What the database keeps of it. The node is authenticated with it: moved to another, it does not open.
    pub async fn seal(
        &self,
        db: &mut PgConnection,
        secrets: &Secrets,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        node: &NodeId,
    ) -> Result<SealedToken> {
        let sealed = secrets.seal(db, workspace, &context(workflow, node), self.0.as_bytes()).await?;
        Ok(SealedToken { hash: hash(&self.0), sealed })
    }

    pub async fn open(
        db: &mut PgConnection,
        secrets: &Secrets,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        node: &NodeId,
        sealed: &[u8],
    ) -> Result<Self> {
        let text = secrets.open(db, workspace, &context(workflow, node), sealed).await?;
        let text = std::str::from_utf8(&text).map_err(Error::internal)?;
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The address that services post to.
    pub fn url(&self, public_url: &str) -> String {
        format!("{}/hooks/{}", public_url.trim_end_matches('/'), self.0.as_str())
    }
}

/// What a token from an address is looked up by; none: it cannot be a token.
pub fn look_up(text: &str) -> Option<Vec<u8>> {
    let could_be = text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte));
    could_be.then(|| hash(text))
}

fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

fn context(workflow: WorkflowId, node: &NodeId) -> String {
    format!("webhook|{workflow}|{node}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_are_long_distinct_and_found_again() {
        let tokens: HashSet<String> = (0..1_000).map(|_| Token::random().unwrap().0.to_string()).collect();
        assert_eq!(tokens.len(), 1_000);
        for token in tokens {
            assert_eq!(token.len(), LENGTH);
            assert_eq!(look_up(&token), Some(hash(&token)));
        }
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), 32);
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_up() {
        for text in ["", "x", &"A".repeat(LENGTH), &"a".repeat(LENGTH - 1), "abcdefghijkmnpqrstuvwxyz2345678/"] {
            assert_eq!(look_up(text), None, "{text}");
        }
    }
}
