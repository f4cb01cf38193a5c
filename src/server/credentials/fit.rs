//! Whether a credential may stand where somebody names it.

use crate::{
    domain::{
        credential::{CredentialKind, kind_is_allowed},
        task::Kind,
    },
    server::store::credentials::Known,
};

/// Why the task cannot use what is known under the name, in words; none: it can.
pub fn misfit(name: &str, known: Option<&Known>, wanted: &[CredentialKind], task: Kind) -> Option<String> {
    match known {
        None => Some(format!("There is no credential “{name}”. Choose another, or create it.")),
        Some(Known { kind, .. }) if !wanted.contains(kind) => {
            let wanted: Vec<&str> = wanted.iter().map(|kind| kind.label()).collect();
            let (is, wanted) = (kind.label(), wanted.join(" or "));
            Some(format!("The credential “{name}” is of the kind {is}; this needs {wanted}."))
        }
        Some(Known { allowed_kinds, .. }) if !kind_is_allowed(allowed_kinds, task) => {
            let allowed: Vec<&str> = allowed_kinds.iter().map(|kind| kind.spec().label).collect();
            let (allowed, label) = (allowed.join(", "), task.spec().label);
            Some(format!("The credential “{name}” is for {allowed} only, not for {label}."))
        }
        Some(Known { is_entrusted: false, .. }) => Some(format!(
            "The credential “{name}” is for chosen people only. Choose another, or ask an owner or admin to entrust it to \
             you."
        )),
        Some(_) => None,
    }
}
