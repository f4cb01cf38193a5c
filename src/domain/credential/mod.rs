//! Credentials as people see them: a name, a kind and where it may be used. The secret values never come back here.

mod access;
mod host;
mod kind;
mod probe;
mod usage;

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    access::{Access, Rights, Trustee},
    host::host_is_allowed,
    kind::{CredentialKind, SecretField},
    probe::{Probe, Verdict},
    usage::{Usage, Use},
};
use super::{
    id::CredentialId,
    problem::Problem,
    task::{Input, Kind},
};

/// What lists and pickers show of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub id: CredentialId,
    /// Unique in the workspace; nodes refer to it by this name.
    pub name: String,
    pub kind: CredentialKind,
    /// Hosts that may receive it (`crm.example.com`, `*.example.com`); empty: any host.
    pub allowed_hosts: Vec<String>,
    /// Kinds of node that may use it; empty: all that it fits.
    #[serde(default)]
    pub allowed_kinds: Vec<Kind>,
    pub created_by: String,
    pub updated_at: DateTime<Utc>,
    /// To the minute; none: never yet.
    #[serde(default)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// Only chosen people may use it, beside owners, admins and who created it.
    #[serde(default)]
    pub only_chosen: bool,
    /// Of whoever asks.
    #[serde(default)]
    pub rights: Rights,
    /// OAuth2: where it stands with the provider.
    #[serde(default)]
    pub connection: Option<Connection>,
}

/// Where an OAuth2 credential stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// When tokens came the last time; none: not connected yet.
    pub connected_at: Option<DateTime<Utc>>,
    /// When the access token ends; it is renewed before.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why the last attempt to get tokens failed.
    pub failure: Option<String>,
}

/// What a person enters for a new credential. Printing it leaves the values out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCredential {
    pub name: String,
    pub kind: CredentialKind,
    pub contents: Contents,
    /// Nobody may use it yet but owners, admins and who creates it; else everybody who may publish.
    #[serde(default)]
    pub only_chosen: bool,
}

/// What a replacement replaces.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// By the names of the kind's fields.
    pub values: BTreeMap<String, String>,
    /// Hosts that may receive it; empty: any host.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Kinds of node that may use it; empty: all that it fits.
    #[serde(default)]
    pub allowed_kinds: Vec<Kind>,
}

impl fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCredential").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents").field("allowed_hosts", &self.allowed_hosts).finish_non_exhaustive()
    }
}

/// Bytes of one value.
const MAX_VALUE: usize = 8 * 1024;
/// Shorter secrets could not be masked.
const MIN_SECRET: usize = 4;
const MAX_HOSTS: usize = 50;

impl NewCredential {
    /// Why it cannot be stored, field by field; empty: it can.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.contents.problems(self.kind);
        let name = self.name.trim();
        if name.is_empty() {
            problems.insert(0, Problem::of_workflow("name", "Give the credential a name; nodes refer to it by that."));
        } else if name.chars().count() > 100 {
            problems.insert(0, Problem::of_workflow("name", "Shorten the name to 100 characters."));
        }
        problems
    }
}

impl Contents {
    /// Without the blanks that copying leaves around values and hosts.
    pub fn trimmed(&self) -> Self {
        let values = self.values.iter().map(|(name, value)| (name.clone(), value.trim().to_owned()));
        let hosts = self.allowed_hosts.iter().map(|host| host.trim().to_ascii_lowercase());
        Self {
            values: values.filter(|(_, value)| !value.is_empty()).collect(),
            allowed_hosts: hosts.filter(|host| !host.is_empty()).collect(),
            allowed_kinds: self.allowed_kinds.clone(),
        }
    }

    /// With what stands for the choices that nobody made, and without blanks.
    pub fn completed(&self, kind: CredentialKind) -> Self {
        let mut whole = self.trimmed();
        for field in kind.fields() {
            if let Some(first) = field.choices.first() {
                whole.values.entry(field.name.to_owned()).or_insert_with(|| first.value.to_owned());
            }
        }
        whole
    }

    /// Why they cannot be stored, field by field; empty: they can.
    pub fn problems(&self, kind: CredentialKind) -> Vec<Problem> {
        let value = |field: &SecretField| self.values.get(field.name).map_or("", |value| value.trim());
        let wrong_values = kind.fields().iter().filter_map(|field| {
            value_problem(field, value(field)).map(|message| Problem::of_workflow(field.name, message))
        });
        let unknown = self.values.keys().filter(|name| kind.fields().iter().all(|field| field.name != name.as_str()));
        let unknown = unknown
            .map(|name| Problem::of_workflow(name, format!("{} has no value “{name}”. Leave it out.", kind.label())));
        let hosts = self.allowed_hosts.iter().filter(|host| !host::is_pattern(host)).map(|host| {
            let message = format!("“{host}” is not a host. Write crm.example.com or *.example.com, without https://.");
            Problem::of_workflow("allowed_hosts", message)
        });
        let too_many = (self.allowed_hosts.len() > MAX_HOSTS)
            .then(|| Problem::of_workflow("allowed_hosts", format!("List at most {MAX_HOSTS} hosts.")));
        let unfit = self.allowed_kinds.iter().filter(|task| !kind.fits(**task)).map(|task| {
            let message = format!("“{}” takes no credential of the kind {}.", task.spec().label, kind.label());
            Problem::of_workflow("allowed_kinds", message)
        });
        wrong_values.chain(unknown).chain(hosts).chain(too_many).chain(unfit).collect()
    }
}

fn value_problem(field: &SecretField, value: &str) -> Option<String> {
    let label = field.label;
    let is_header_name =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    match value {
        "" if field.is_optional || !field.choices.is_empty() => None,
        "" => Some(format!("Fill in “{label}”.")),
        odd if !field.choices.is_empty() && field.choices.iter().all(|choice| choice.value != odd) => {
            let all: Vec<&str> = field.choices.iter().map(|choice| choice.value).collect();
            Some(format!("“{label}” is one of: {}.", all.join(", ")))
        }
        long if long.len() > MAX_VALUE => Some(format!("“{label}” is longer than 8 KiB.")),
        short if field.secret && short.len() < MIN_SECRET => {
            Some(format!("“{label}” needs at least {MIN_SECRET} characters: shorter ones cannot be hidden in outputs."))
        }
        header if field.name == "header" && !is_header_name(header) => {
            Some("A header's name has letters, digits and dashes only, such as Authorization.".to_owned())
        }
        address if field.name.ends_with("_url") || field.name == "endpoint" => address_problem(label, address),
        text if text.chars().any(char::is_control) => {
            Some(format!("“{label}” holds a line break or another control character. Remove it."))
        }
        _ => None,
    }
}

/// An address that is called carries no login, and nothing behind a `#`.
fn address_problem(label: &str, text: &str) -> Option<String> {
    let is_usable = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    });
    (!is_usable).then(|| format!("“{label}” is an address that begins with https://, without a login in it."))
}

impl CredentialKind {
    /// Whether any node has a field for such a credential.
    pub fn is_of_use(self) -> bool {
        Kind::ALL.into_iter().any(|task| self.fits(task))
    }

    /// Whether a node of this kind has a field for such a credential.
    pub fn fits(self, task: Kind) -> bool {
        task.spec().fields.iter().any(|field| matches!(field.input, Input::Credential(kinds) if kinds.contains(&self)))
    }
}

/// Whether a node of this kind may use a credential with this list.
pub fn kind_is_allowed(allowed: &[Kind], task: Kind) -> bool {
    allowed.is_empty() || allowed.contains(&task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_field_is_named() {
        let contents = Contents {
            values: [("header", "X Y"), ("value", "abc"), ("more", "x")].map(|(k, v)| (k.into(), v.into())).into(),
            allowed_hosts: vec!["https://crm.example.com/".into()],
            allowed_kinds: vec![Kind::Transform],
        };
        let new = NewCredential { name: " ".into(), kind: CredentialKind::Token, contents, only_chosen: false };
        let fields: Vec<_> = new.problems().into_iter().filter_map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "header", "value", "more", "allowed_hosts", "allowed_kinds"]);
    }

    #[test]
    fn printing_shows_no_value() {
        let contents = Contents { values: [("value".into(), "canary".into())].into(), ..Contents::default() };
        let new = NewCredential { name: "a".into(), kind: CredentialKind::Secret, contents, only_chosen: false };
        assert!(!format!("{new:?} {:?}", new.contents).contains("canary"));
    }

    #[test]
    fn what_may_be_empty_may_and_what_is_chosen_is_one_of_the_list() {
        let problems = |kind: CredentialKind, values: &[(&str, &str)]| {
            let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let contents = Contents { values, ..Contents::default() };
            contents.problems(kind).into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>()
        };
        let key = [("access_key", "AKIA1"), ("secret_key", "secret"), ("region", ""), ("endpoint", "")];
        assert_eq!(problems(CredentialKind::S3, &key), [""; 0]);
        assert_eq!(
            problems(CredentialKind::S3, &[("endpoint", "minio:9000")]),
            ["access_key", "secret_key", "endpoint"]
        );
        let login = |engine| [("engine", engine), ("username", "ada"), ("password", "secret")];
        assert_eq!(problems(CredentialKind::SqlLogin, &login("mysql")), [""; 0]);
        assert_eq!(problems(CredentialKind::SqlLogin, &login("oracle")), ["engine"]);
        let whole = Contents::default().completed(CredentialKind::SqlLogin);
        assert_eq!(whole.values.get("engine").map(String::as_str), Some("postgres"));
    }

    #[test]
    fn every_kind_of_credential_has_its_name_and_fits_somewhere() {
        for kind in CredentialKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(CredentialKind::parse(kind.name()), Some(kind));
        }
        for kind in CredentialKind::FOR_HTTP {
            assert!(kind.fits(Kind::HttpRequest), "{kind:?}");
        }
    }
}
