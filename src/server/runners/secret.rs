//! An opened credential in the hands of a runner.

use std::collections::BTreeMap;

use uuid::Uuid;
use zeroize::Zeroize;

use super::RunError;
use crate::domain::{
    credential::{CredentialKind, host_is_allowed, kind_is_allowed},
    id::CredentialId,
    task::Kind,
};

/// Its values are masked wherever the attempt's output or error could show them, and zeroed when it is dropped.
/// It cannot be printed.
#[derive(Clone)]
pub struct Secret {
    pub id: CredentialId,
    /// Counts replacements.
    pub version: i32,
    pub kind: CredentialKind,
    pub values: BTreeMap<String, String>,
    /// Hosts that may receive it; empty: any.
    pub allowed_hosts: Vec<String>,
    /// Kinds of node that may use it; empty: all that it fits.
    pub allowed_kinds: Vec<Kind>,
    /// Whoever published the workflow has to be entrusted with it.
    pub only_chosen: bool,
}

impl Secret {
    /// A credential for any host.
    pub fn of<const N: usize>(kind: CredentialKind, values: [(&str, &str); N]) -> Self {
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self::new(kind, values)
    }

    fn new(kind: CredentialKind, values: BTreeMap<String, String>) -> Self {
        Self {
            id: CredentialId(Uuid::nil()),
            version: 0,
            kind,
            values,
            allowed_hosts: Vec::new(),
            allowed_kinds: Vec::new(),
            only_chosen: false,
        }
    }

    /// The same credential with other values.
    pub fn with_values(&self, values: BTreeMap<String, String>) -> Self {
        let (allowed_hosts, allowed_kinds) = (self.allowed_hosts.clone(), self.allowed_kinds.clone());
        let Self { id, version, kind, only_chosen, .. } = *self;
        Self { id, version, kind, values, allowed_hosts, allowed_kinds, only_chosen }
    }

    /// The one way into a node's hands: refused unless a node of this kind may use it. `field` names it there.
    pub fn for_task(self, task: Kind, field: &str) -> Result<Self, RunError> {
        if kind_is_allowed(&self.allowed_kinds, task) {
            return Ok(self);
        }
        let kinds: Vec<&str> = self.allowed_kinds.iter().map(|kind| kind.spec().label).collect();
        let (kinds, label) = (kinds.join(", "), task.spec().label);
        Err(RunError::field(field, format!("This credential is for {kinds} only, not for {label}.")))
    }

    /// The one way to a value that is about to leave: refused unless the host may receive it.
    pub fn value_for(&self, host: &str, name: &str) -> Result<&str, RunError> {
        if !host_is_allowed(&self.allowed_hosts, host) {
            let hosts = self.allowed_hosts.join(", ");
            return Err(RunError::field(
                "credential",
                format!("This credential may be sent to {hosts} only, not to {host}."),
            ));
        }
        self.value(name)
    }

    pub fn value(&self, name: &str) -> Result<&str, RunError> {
        self.values.get(name).map(String::as_str).ok_or_else(|| {
            let label = self.kind.label();
            RunError::field(
                "credential",
                format!("A credential of the kind {label} does not fit here. Choose another."),
            )
        })
    }

    /// The values that nobody may see.
    pub fn secret_values(&self) -> impl Iterator<Item = &str> {
        let open = |name: &str| self.kind.fields().iter().any(|field| field.name == name && !field.secret);
        self.values.iter().filter(move |(name, _)| !open(name)).map(|(_, value)| value.as_str())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.values.values_mut().for_each(Zeroize::zeroize);
    }
}
