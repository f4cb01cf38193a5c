//! Credentials as people see them: a name, a kind and where it may be used. The secret values never come back here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::CredentialId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A login at a mail server.
    SmtpLogin,
    /// A header that an API wants, such as `Authorization: Bearer …`.
    Token,
    /// A single secret text: a webhook's signing secret, a Slack webhook URL.
    Secret,
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
    pub const ALL: [Self; 3] = [Self::SmtpLogin, Self::Token, Self::Secret];

    pub fn name(self) -> &'static str {
        match self {
            Self::SmtpLogin => "smtp_login",
            Self::Token => "token",
            Self::Secret => "secret",
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
        match self {
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
