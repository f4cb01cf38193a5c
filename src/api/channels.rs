//! Notification channels: where the node “Notify” tells people something.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::{
    channel::{Channel, NewChannel},
    id::ChannelId,
};

#[server(input = Json, output = Json)]
pub async fn list_channels() -> Result<Vec<Channel>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::channels::list(&caller).await?)
}

/// Answers 409 `name_taken` when the workspace has the name, 422 with a problem per wrong field.
#[server(input = Json, output = Json)]
pub async fn create_channel(new: NewChannel) -> Result<ChannelId, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCredentials).await?;
    Ok(server::channels::create(&caller, new).await?)
}

#[server(input = Json, output = Json)]
pub async fn delete_channel(id: ChannelId) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ManageCredentials).await?;
    Ok(server::channels::delete(&caller, id).await?)
}
