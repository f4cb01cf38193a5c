//! Credentials as people see them: a name, a kind and where it may be used. The secret values never come back here.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{id::CredentialId, problem::Problem};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A login at a mail server.
    SmtpLogin,
    /// A header that an API wants, such as `Authorization: Bearer …`.
    Token,
    /// A single secret text: a webhook's signing secret, a Slack webhook URL.
    Secret,
    /// User name and password, as `Authorization: Basic …`.
    BasicLogin,
    /// A token, as `Authorization: Bearer …`.
    Bearer,
    /// A parameter in the query of every request.
    ApiKey,
    /// The token of a Slack app's bot.
    SlackBot,
    /// A login at a database.
    SqlLogin,
}

/// One value of a credential, asked for when it is created or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretField {
    pub name: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    /// Shown as dots and masked in outputs; the others are plain settings, encrypted all the same.
    pub secret: bool,
}

impl CredentialKind {
    pub const ALL: [Self; 8] = [
        Self::SmtpLogin,
        Self::Token,
        Self::Bearer,
        Self::BasicLogin,
        Self::ApiKey,
        Self::Secret,
        Self::SlackBot,
        Self::SqlLogin,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::SmtpLogin => "smtp_login",
            Self::Token => "token",
            Self::Secret => "secret",
            Self::BasicLogin => "basic_login",
            Self::Bearer => "bearer",
            Self::ApiKey => "api_key",
            Self::SlackBot => "slack_bot",
            Self::SqlLogin => "sql_login",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::SmtpLogin => "SMTP login",
            Self::Token => "API token",
            Self::Secret => "Secret text",
            Self::BasicLogin => "Basic login",
            Self::Bearer => "Bearer token",
            Self::ApiKey => "API key in the URL",
            Self::SlackBot => "Slack bot",
            Self::SqlLogin => "Database login",
        }
    }

    pub fn fields(self) -> &'static [SecretField] {
        const fn field(name: &'static str, label: &'static str, help: &'static str, secret: bool) -> SecretField {
            SecretField { name, label, help, secret }
        }
        const SMTP: &[SecretField] = &[
            field("username", "User name", "Often the email address.", false),
            field("password", "Password", "An app password, where the provider offers one.", true),
        ];
        const TOKEN: &[SecretField] = &[
            field("header", "Header", "Usually Authorization.", false),
            field("value", "Value", "For example: Bearer abc123.", true),
        ];
        const SECRET: &[SecretField] = &[field("value", "Value", "At least 4 characters.", true)];
        const BASIC: &[SecretField] = &[
            field("username", "User name", "Without a colon.", false),
            field("password", "Password", "Some services want an API token here.", true),
        ];
        const BEARER: &[SecretField] = &[field("token", "Token", "Without the word Bearer.", true)];
        const API_KEY: &[SecretField] = &[
            field("name", "Parameter", "The name in the URL, such as api_key.", false),
            field("value", "Key", "For a key in a header, choose API token.", true),
        ];
        const SLACK_BOT: &[SecretField] =
            &[field("token", "Bot token", "It begins with xoxb- and needs the scope chat:write.", true)];
        const SQL: &[SecretField] = &[
            field("username", "User name", "One that may do no more than it has to: not a superuser.", false),
            field("password", "Password", "", true),
        ];
        match self {
            Self::BasicLogin => BASIC,
            Self::Bearer => BEARER,
            Self::ApiKey => API_KEY,
            Self::SlackBot => SLACK_BOT,
            Self::SqlLogin => SQL,
            Self::SmtpLogin => SMTP,
            Self::Token => TOKEN,
            Self::Secret => SECRET,
        }
    }
}

/// What lists and pickers show of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub id: CredentialId,
    /// Unique in the workspace; nodes refer to it by this name.
    pub name: String,
    pub kind: CredentialKind,
    /// Hosts that may receive it (`crm.example.com`, `*.example.com`); empty: any host.
    pub allowed_hosts: Vec<String>,
    pub created_by: String,
    pub updated_at: DateTime<Utc>,
}

/// What a person enters for a new credential. Printing it leaves the values out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCredential {
    pub name: String,
    pub kind: CredentialKind,
    pub contents: Contents,
}

/// What a replacement replaces.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// By the names of the kind's fields.
    pub values: BTreeMap<String, String>,
    /// Hosts that may receive it; empty: any host.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
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
        Self { values: values.collect(), allowed_hosts: hosts.filter(|host| !host.is_empty()).collect() }
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
        let hosts = self.allowed_hosts.iter().filter(|host| !is_host_pattern(host)).map(|host| {
            let message = format!("“{host}” is not a host. Write crm.example.com or *.example.com, without https://.");
            Problem::of_workflow("allowed_hosts", message)
        });
        let too_many = (self.allowed_hosts.len() > MAX_HOSTS)
            .then(|| Problem::of_workflow("allowed_hosts", format!("List at most {MAX_HOSTS} hosts.")));
        wrong_values.chain(unknown).chain(hosts).chain(too_many).collect()
    }
}

fn value_problem(field: &SecretField, value: &str) -> Option<String> {
    let label = field.label;
    let is_header_name =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    match value {
        "" => Some(format!("Fill in “{label}”.")),
        long if long.len() > MAX_VALUE => Some(format!("“{label}” is longer than 8 KiB.")),
        short if field.secret && short.len() < MIN_SECRET => {
            Some(format!("“{label}” needs at least {MIN_SECRET} characters: shorter ones cannot be hidden in outputs."))
        }
        header if field.name == "header" && !is_header_name(header) => {
            Some("A header's name has letters, digits and dashes only, such as Authorization.".to_owned())
        }
        text if text.chars().any(char::is_control) => {
            Some(format!("“{label}” holds a line break or another control character. Remove it."))
        }
        _ => None,
    }
}

fn is_host_pattern(pattern: &str) -> bool {
    let host = pattern.strip_prefix("*.").unwrap_or(pattern);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_ipv6 = || host.starts_with('[') && host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok();
    host.len() <= 253 && (host.split('.').all(is_label) || is_ipv6())
}

/// Whether a host may receive a credential with these patterns. `*.example.com` stands for everything below example.com.
pub fn host_is_allowed(patterns: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let matches = |pattern: &String| {
        let pattern = pattern.trim_end_matches('.').to_ascii_lowercase();
        match pattern.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
            None => host == pattern,
        }
    };
    patterns.is_empty() || patterns.iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pattern: &str, host: &str) -> bool {
        host_is_allowed(&[pattern.to_owned()], host)
    }

    #[test]
    fn a_pattern_allows_its_host_and_no_other_that_looks_like_it() {
        assert!(allowed("crm.example.com", "CRM.example.com."));
        assert!(allowed("*.example.com", "a.b.example.com"));
        for host in ["example.com", "evilexample.com", "crm.example.com.evil.com", ".example.com", ""] {
            assert!(!allowed("*.example.com", host), "{host}");
        }
        assert!(!allowed("crm.example.com", "x.crm.example.com"));
        assert!(host_is_allowed(&[], "anything"));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let contents = Contents {
            values: [("header", "X Y"), ("value", "abc"), ("more", "x")].map(|(k, v)| (k.into(), v.into())).into(),
            allowed_hosts: vec!["https://crm.example.com/".into()],
        };
        let new = NewCredential { name: " ".into(), kind: CredentialKind::Token, contents };
        let fields: Vec<_> = new.problems().into_iter().filter_map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "header", "value", "more", "allowed_hosts"]);
    }

    #[test]
    fn hosts_are_names_addresses_or_names_with_a_star() {
        for host in ["localhost", "crm.example.com", "*.example.com", "127.0.0.1", "[::1]", "my_host"] {
            assert!(is_host_pattern(host), "{host}");
        }
        for host in ["", "*", "a..b", "*.*.com", "a b", "a/b", "a:80", "-a", "user@host", "ex*mple.com"] {
            assert!(!is_host_pattern(host), "{host}");
        }
    }

    #[test]
    fn printing_shows_no_value() {
        let contents = Contents { values: [("value".into(), "canary".into())].into(), allowed_hosts: vec![] };
        let new = NewCredential { name: "a".into(), kind: CredentialKind::Secret, contents };
        assert!(!format!("{new:?} {:?}", new.contents).contains("canary"));
    }
}
