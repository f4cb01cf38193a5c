//! What a node names: its credentials, its notification channel.

use super::{Core, attempt::failed, message::Ending, work::Work};
use crate::{
    domain::{
        channel::NewChannel,
        credential::CredentialKind,
        task::{Input, Kind},
        workflow::{Node, Parameters},
    },
    server::store,
};

/// The field that holds the certificate which a request shows; every other field of the sort holds a login.
const CERTIFICATE: &str = "client_certificate";

/// A credential by its name, the field that names it and the kinds that fit.
pub struct Named<'a> {
    pub field: &'static str,
    pub kinds: &'static [CredentialKind],
    pub name: &'a str,
    /// The kind of task that uses it: the channel's, where the node names one.
    pub task: Kind,
}

/// The credential of the node or of its channel.
pub fn credential<'a>(node: &Node, parameters: &'a Parameters, channel: Option<&'a NewChannel>) -> Option<Named<'a>> {
    let kind = channel.map_or(node.kind, |channel| channel.kind.task());
    let fields = kind.spec().fields.iter().filter(|field| field.name != CERTIFICATE);
    let mut named = fields.filter_map(|field| match (field.input, channel) {
        (Input::Credential(kinds), Some(channel)) => {
            Some(Named { field: "channel", kinds, name: &channel.credential, task: kind })
        }
        (Input::Credential(kinds), None) => {
            Some(Named { field: field.name, kinds, name: parameters.get(field.name)?.as_str()?, task: kind })
        }
        _ => None,
    });
    named.next().filter(|named| !named.name.is_empty())
}

/// The certificate that the node's requests show, where the field counts.
pub fn certificate<'a>(node: &Node, parameters: &'a Parameters) -> Option<Named<'a>> {
    let field = node.kind.field(CERTIFICATE).filter(|field| field.is_shown(parameters))?;
    let Input::Credential(kinds) = field.input else { return None };
    let name = parameters.get(CERTIFICATE)?.as_str().filter(|name| !name.is_empty())?;
    Some(Named { field: CERTIFICATE, kinds, name, task: node.kind })
}

/// None: the node tells nobody.
pub async fn channel(core: &Core, work: &Work, parameters: &Parameters) -> Result<Option<NewChannel>, Ending> {
    if work.node().kind != Kind::Notify {
        return Ok(None);
    }
    let name = parameters.get("channel").and_then(|value| value.as_str()).unwrap_or_default().trim();
    let field = Some("channel".to_owned());
    match store::channels::named(&core.parts.pool, work.workspace, name).await {
        Ok(Some(channel)) => Ok(Some(channel.settings)),
        Ok(None) => {
            let message = format!("There is no channel “{name}” in this workspace. Make one, or name another.");
            Err(failed(message, field, false))
        }
        Err(error) => {
            tracing::error!(%error, node = %work.node().id, "a channel could not be read");
            Err(failed(format!("The channel “{name}” could not be read."), field, true))
        }
    }
}
