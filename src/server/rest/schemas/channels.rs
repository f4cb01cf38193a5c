//! Notification channels.

use serde_json::{Value, json};

use super::{id, list_of, object, one_of_words, text, time};
use crate::domain::channel::ChannelKind;

pub fn all() -> Value {
    let mut channel = settings();
    channel["id"] = id("The channel.");
    channel["updated_at"] = time("When it was changed last.");
    let mut new = object("What a channel is like.", settings(), &["target", "server", "sender", "credential"]);
    new["example"] = json!({ "name": "Ops", "kind": "slack", "target": "#ops", "credential": "Slack bot" });
    json!({
        "ChannelList": object("Channels by name.", json!({ "channels": list_of("Channel") }), &[]),
        "Channel": object("Where somebody is told something.", channel, &[]),
        "NewChannel": new,
    })
}

fn settings() -> Value {
    json!({
        "name": text("Unique in the workspace; nodes refer to it by this name."),
        "kind": one_of_words("How it tells.", ChannelKind::ALL.map(ChannelKind::name)),
        "target": text(
            "Email: the recipients. Webhook, Discord, Teams: the address, unless the credential holds it. Slack: a channel \
             such as #ops, for a bot.",
        ),
        "server": text("Email: the server, such as smtps://mail.example.com."),
        "sender": text("Email: who it is from."),
        "credential": text("A credential's name; empty: none."),
    })
}
