//! Encryption of secrets at rest and masking of them in what is kept or shown.

#[derive(Clone)]
pub struct Secrets {}
