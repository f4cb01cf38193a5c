//! A workspace's notification channels: where and how somebody is told. The node “Notify” names one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    credential::{CredentialKind, kind_is_allowed},
    id::ChannelId,
    problem::Problem,
    task::{Input, Kind},
    workflow::Parameters,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Slack,
    Discord,
    Teams,
    Webhook,
    Email,
}

impl ChannelKind {
    pub const ALL: [Self; 5] = [Self::Slack, Self::Discord, Self::Teams, Self::Webhook, Self::Email];

    pub fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Teams => "teams",
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Discord => "Discord",
            Self::Teams => "Teams",
            Self::Webhook => "Webhook",
            Self::Email => "Email",
        }
    }

    /// What its target is called; none: it has none beside the credential.
    pub fn target_label(self) -> &'static str {
        match self {
            Self::Slack => "Channel",
            Self::Email => "Recipients",
            _ => "URL",
        }
    }

    /// The task that tells.
    pub fn task(self) -> Kind {
        match self {
            Self::Slack => Kind::SlackMessage,
            Self::Discord => Kind::DiscordMessage,
            Self::Teams => Kind::TeamsMessage,
            Self::Webhook => Kind::SendWebhook,
            Self::Email => Kind::SendEmail,
        }
    }

    /// The kinds of credential that its task takes.
    pub fn credential_kinds(self) -> &'static [CredentialKind] {
        let mut kinds = self.task().spec().fields.iter().filter_map(|field| match field.input {
            Input::Credential(kinds) => Some(kinds),
            _ => None,
        });
        kinds.next().unwrap_or_default()
    }

    /// Whether it may tell with a credential of this kind, open to these kinds of node: its task counts as the node.
    pub fn takes(self, kind: CredentialKind, allowed: &[Kind]) -> bool {
        self.credential_kinds().contains(&kind) && kind_is_allowed(allowed, self.task())
    }
}

/// What a person says of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    /// Unique in the workspace; nodes refer to it by this name.
    pub name: String,
    pub kind: ChannelKind,
    /// Email: the recipients. Webhook, Discord, Teams: the address, unless the credential holds it. Slack: a channel such as
    /// #ops, for a bot.
    #[serde(default)]
    pub target: String,
    /// Email: the server, such as smtps://mail.example.com.
    #[serde(default)]
    pub server: String,
    /// Email: who it is from.
    #[serde(default)]
    pub sender: String,
    /// A credential's name; empty: none.
    #[serde(default)]
    pub credential: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    #[serde(flatten)]
    pub settings: NewChannel,
    pub updated_at: DateTime<Utc>,
}

const MAX_TEXT: usize = 2_000;

impl NewChannel {
    pub fn trimmed(self) -> Self {
        let tidy = |text: String| text.trim().to_owned();
        Self {
            name: tidy(self.name),
            kind: self.kind,
            target: tidy(self.target),
            server: tidy(self.server),
            sender: tidy(self.sender),
            credential: tidy(self.credential),
        }
    }

    /// Why it cannot be kept, field by field; empty: it can.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |field: &str, message: &str| problems.push(Problem::of_workflow(field, message));
        match self.name.chars().count() {
            0 => add("name", "Give the channel a name; nodes refer to it by that."),
            1..=100 => {}
            _ => add("name", "Shorten the name to 100 characters."),
        }
        let texts = [
            ("target", &self.target),
            ("server", &self.server),
            ("sender", &self.sender),
            ("credential", &self.credential),
        ];
        for (field, text) in texts {
            if text.len() > MAX_TEXT || text.chars().any(char::is_control) {
                add(field, "This is longer than 2,000 characters or holds a line break.");
            }
        }
        match self.kind {
            ChannelKind::Email => {
                for (field, text, wanted) in [
                    ("target", &self.target, "Name the recipients: ops@example.com, with commas."),
                    ("server", &self.server, "Name the mail server: smtps://mail.example.com."),
                    ("sender", &self.sender, "Name who the email is from: FlowPilot <bot@example.com>."),
                ] {
                    if text.is_empty() {
                        add(field, wanted);
                    }
                }
            }
            ChannelKind::Webhook if self.target.is_empty() => {
                add("target", "Give the address: https://partner.example.com/hooks.");
            }
            ChannelKind::Slack if self.credential.is_empty() => {
                add("credential", "Choose a credential: a Slack bot, or a secret text that is the webhook's URL.");
            }
            ChannelKind::Discord | ChannelKind::Teams if self.credential.is_empty() && self.target.is_empty() => {
                add("credential", "Choose a credential of the kind Secret text that is the webhook's URL.");
            }
            _ => {}
        }
        problems
    }

    /// The parameters of its task for this title and text.
    pub fn parameters(&self, title: &str, text: &str) -> Parameters {
        let whole = if title.is_empty() { text.to_owned() } else { format!("{title}\n{text}") };
        let own = match self.kind {
            ChannelKind::Slack => json!({ "channel": self.target, "text": whole }),
            ChannelKind::Discord => json!({ "url": self.target, "text": whole }),
            ChannelKind::Teams => json!({ "url": self.target, "title": title, "text": text }),
            ChannelKind::Webhook => {
                json!({ "url": self.target, "event": "notification", "data": { "title": title, "text": text } })
            }
            ChannelKind::Email => {
                // A subject is one line, and has to be there.
                let first = if title.is_empty() { text } else { title };
                let subject: String = first.lines().next().unwrap_or_default().chars().take(200).collect();
                json!({ "server": self.server, "from": self.sender, "to": self.target, "subject": subject, "text": text })
            }
        };
        self.kind.task().with_defaults(own.as_object().unwrap_or(&Parameters::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_what_it_lacks() {
        let problems = |kind, target: &str, credential: &str| {
            let new = NewChannel {
                name: "Ops".into(),
                kind,
                target: target.into(),
                server: String::new(),
                sender: String::new(),
                credential: credential.into(),
            };
            new.problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(problems(ChannelKind::Email, "", ""), ["target", "server", "sender"]);
        assert_eq!(problems(ChannelKind::Webhook, "", ""), ["target"]);
        assert_eq!(problems(ChannelKind::Slack, "#ops", ""), ["credential"]);
        assert_eq!(problems(ChannelKind::Slack, "#ops", "Bot"), [""; 0]);
        assert_eq!(problems(ChannelKind::Teams, "", ""), ["credential"]);
        assert_eq!(problems(ChannelKind::Discord, "https://x", ""), [""; 0]);
        assert_eq!(problems(ChannelKind::Webhook, "a\nb", ""), ["target"]);
    }

    #[test]
    fn a_channel_takes_what_its_task_takes() {
        assert!(ChannelKind::Slack.takes(CredentialKind::SlackBot, &[]));
        assert!(ChannelKind::Slack.takes(CredentialKind::SlackBot, &[Kind::SlackMessage]));
        assert!(!ChannelKind::Slack.takes(CredentialKind::Secret, &[Kind::TeamsMessage, Kind::Notify]));
        assert!(!ChannelKind::Slack.takes(CredentialKind::SmtpLogin, &[]));
        for kind in ChannelKind::ALL {
            assert!(!kind.credential_kinds().is_empty(), "{}", kind.name());
        }
    }

    #[test]
    fn the_parameters_are_those_of_the_task_that_tells() {
        for kind in ChannelKind::ALL {
            let text = || "x".to_owned();
            let channel =
                NewChannel { name: text(), kind, target: text(), server: text(), sender: text(), credential: text() };
            let parameters = channel.parameters("Title", "Text");
            for (name, value) in &parameters {
                assert!(kind.task().field(name).is_some(), "{}: {name}", kind.name());
                assert!(!value.is_null());
            }
            let filled = |field: &&crate::domain::task::Field| {
                field.required && field.is_shown(&parameters) && !parameters.contains_key(field.name)
            };
            assert!(kind.task().spec().fields.iter().find(filled).is_none(), "{}", kind.name());
        }
    }
}
