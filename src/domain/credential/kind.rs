//! The kinds of credential, each with the values that it is made of.

use serde::{Deserialize, Serialize};

use crate::domain::task::Choice;

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
    /// A parameter in the query of every request, or a header.
    ApiKey,
    /// The token of a Slack app's bot.
    SlackBot,
    /// A login at a database.
    SqlLogin,
    /// An access key for S3 or a store that speaks like it.
    S3,
    /// A login at a Redis or Valkey server.
    RedisLogin,
    /// OAuth2: the program itself logs in at the token endpoint.
    #[serde(rename = "oauth2_client")]
    OAuth2Client,
    /// OAuth2: a person allows it once, in their browser; the tokens are renewed from then on.
    #[serde(rename = "oauth2_code")]
    OAuth2Code,
}

/// One value of a credential, asked for when it is created or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretField {
    pub name: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    /// Shown as dots and masked in outputs; the others are plain settings, encrypted all the same.
    pub secret: bool,
    pub is_optional: bool,
    /// What it may be; the first one where nothing is said. Empty: any text.
    pub choices: &'static [Choice],
}

impl SecretField {
    const fn open(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, secret: false, is_optional: false, choices: &[] }
    }

    const fn secret(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { secret: true, ..Self::open(name, label, help) }
    }

    const fn choice(name: &'static str, label: &'static str, choices: &'static [Choice]) -> Self {
        Self { choices, ..Self::open(name, label, "") }
    }

    const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

impl CredentialKind {
    pub const ALL: [Self; 12] = [
        Self::Token,
        Self::Bearer,
        Self::BasicLogin,
        Self::ApiKey,
        Self::OAuth2Code,
        Self::OAuth2Client,
        Self::SmtpLogin,
        Self::SqlLogin,
        Self::RedisLogin,
        Self::S3,
        Self::SlackBot,
        Self::Secret,
    ];

    /// Those that prove who sends an HTTP request.
    pub const FOR_HTTP: [Self; 6] =
        [Self::Token, Self::Bearer, Self::BasicLogin, Self::ApiKey, Self::OAuth2Code, Self::OAuth2Client];

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
            Self::S3 => "s3",
            Self::RedisLogin => "redis_login",
            Self::OAuth2Client => "oauth2_client",
            Self::OAuth2Code => "oauth2_code",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::SmtpLogin => "SMTP login",
            Self::Token => "Token in a header",
            Self::Secret => "Secret text",
            Self::BasicLogin => "Basic login",
            Self::Bearer => "Bearer token",
            Self::ApiKey => "API key",
            Self::SlackBot => "Slack bot",
            Self::SqlLogin => "Database login",
            Self::S3 => "S3 access key",
            Self::RedisLogin => "Redis login",
            Self::OAuth2Client => "OAuth2, as the program",
            Self::OAuth2Code => "OAuth2, as a person",
        }
    }

    /// Whether its access token comes from an OAuth2 server.
    pub fn is_oauth2(self) -> bool {
        matches!(self, Self::OAuth2Client | Self::OAuth2Code)
    }

    pub fn fields(self) -> &'static [SecretField] {
        match self {
            Self::SmtpLogin => SMTP,
            Self::Token => TOKEN,
            Self::Secret => SECRET,
            Self::BasicLogin => BASIC,
            Self::Bearer => BEARER,
            Self::ApiKey => API_KEY,
            Self::SlackBot => SLACK_BOT,
            Self::SqlLogin => SQL,
            Self::S3 => S3,
            Self::RedisLogin => REDIS,
            Self::OAuth2Client => OAUTH2_CLIENT,
            Self::OAuth2Code => OAUTH2_CODE,
        }
    }
}

const SMTP: &[SecretField] = &[
    SecretField::open("username", "User name", "Often the email address."),
    SecretField::secret("password", "Password", "An app password, where the provider offers one."),
];
const TOKEN: &[SecretField] = &[
    SecretField::open("header", "Header", "Usually Authorization."),
    SecretField::secret("value", "Value", "For example: Bearer abc123."),
];
const SECRET: &[SecretField] = &[SecretField::secret("value", "Value", "At least 4 characters.")];
const BASIC: &[SecretField] = &[
    SecretField::open("username", "User name", "Without a colon."),
    SecretField::secret("password", "Password", "Some services want an API token here."),
];
const BEARER: &[SecretField] = &[SecretField::secret("token", "Token", "Without the word Bearer.")];
const KEY_PLACES: &[Choice] = &[Choice::new("query", "the URL, as a parameter"), Choice::new("header", "a header")];
const API_KEY: &[SecretField] = &[
    SecretField::choice("place", "Goes into", KEY_PLACES),
    SecretField::open("name", "Name", "Of the parameter or header, such as api_key or X-Api-Key."),
    SecretField::secret("value", "Key", ""),
];
const SLACK_BOT: &[SecretField] =
    &[SecretField::secret("token", "Bot token", "It begins with xoxb- and needs the scope chat:write.")];
const ENGINES: &[Choice] = &[Choice::new("postgres", "Postgres"), Choice::new("mysql", "MySQL or MariaDB")];
const SQL: &[SecretField] = &[
    SecretField::choice("engine", "Database", ENGINES),
    SecretField::open("username", "User name", "One that may do no more than it has to: not a superuser."),
    SecretField::secret("password", "Password", ""),
];
const S3: &[SecretField] = &[
    SecretField::open("access_key", "Access key ID", "Of a user that may do no more than it has to."),
    SecretField::secret("secret_key", "Secret access key", ""),
    SecretField::open("region", "Region", "Empty: us-east-1.").optional(),
    SecretField::open("endpoint", "Endpoint", "Such as https://minio.example.com. Empty: Amazon's.").optional(),
];
const REDIS: &[SecretField] = &[
    SecretField::open("username", "User name", "Empty: the user “default”.").optional(),
    SecretField::secret("password", "Password", ""),
];
const CLIENT_PLACES: &[Choice] =
    &[Choice::new("header", "the header Authorization"), Choice::new("body", "the body of the request")];
const CLIENT_IN: SecretField = SecretField::choice("client_in", "The client shows itself in", CLIENT_PLACES);
const SCOPES: SecretField = SecretField::open("scopes", "Scopes", "With spaces between them.").optional();
const OAUTH2_CLIENT: &[SecretField] = &[
    SecretField::open("token_url", "Token endpoint", "Such as https://auth.example.com/oauth/token."),
    SecretField::open("client_id", "Client ID", ""),
    SecretField::secret("client_secret", "Client secret", ""),
    SCOPES,
    SecretField::open("audience", "Audience", "Where the service asks for one.").optional(),
    CLIENT_IN,
];
const OAUTH2_CODE: &[SecretField] = &[
    SecretField::open("authorize_url", "Authorization page", "Such as https://auth.example.com/oauth/authorize."),
    SecretField::open("token_url", "Token endpoint", "Such as https://auth.example.com/oauth/token."),
    SecretField::open("client_id", "Client ID", "Of the app that you registered at the service."),
    SecretField::secret("client_secret", "Client secret", "Empty for a public client.").optional(),
    SCOPES,
    CLIENT_IN,
];
