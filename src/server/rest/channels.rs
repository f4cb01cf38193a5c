//! /api/v1/channels

use axum::Json;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::request::{Body, Path};
use crate::{
    domain::{
        channel::{Channel, NewChannel},
        id::ChannelId,
    },
    server::{Caller, Result, channels},
};

#[derive(Serialize)]
pub struct ChannelList {
    channels: Vec<Channel>,
}

/// List notification channels
///
/// Where the node “Notify” tells people something.
#[utoipa::path(
    get, path = "/channels", tag = "Channels", operation_id = "list_channels",
    responses((status = 200, description = "The channels", body = ref("#/components/schemas/ChannelList")))
)]
pub async fn list(caller: Caller) -> Result<Json<ChannelList>> {
    Ok(Json(ChannelList { channels: channels::list(&caller).await? }))
}

#[derive(Serialize, ToSchema)]
pub struct Made {
    #[schema(value_type = Uuid)]
    id: ChannelId,
}

/// Create a notification channel
///
/// Secret addresses belong into a credential, which the channel names.
#[utoipa::path(
    post, path = "/channels", tag = "Channels", operation_id = "create_channel",
    request_body = ref("#/components/schemas/NewChannel"),
    responses(
        (status = 201, description = "Created", body = Made),
        (status = 409, description = "The name is taken"),
    )
)]
pub async fn create(caller: Caller, Body(new): Body<NewChannel>) -> Result<(StatusCode, Json<Made>)> {
    Ok((StatusCode::CREATED, Json(Made { id: channels::create(&caller, new).await? })))
}

/// Replace a notification channel
#[utoipa::path(
    put, path = "/channels/{id}", tag = "Channels", operation_id = "replace_channel",
    params(("id" = Uuid, Path, description = "The channel")), request_body = ref("#/components/schemas/NewChannel"),
    responses((status = 204, description = "Replaced"), (status = 409, description = "The name is taken"))
)]
pub async fn replace(caller: Caller, Path(id): Path<ChannelId>, Body(new): Body<NewChannel>) -> Result<StatusCode> {
    channels::replace(&caller, id, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a notification channel
///
/// Nodes that name it fail from then on.
#[utoipa::path(
    delete, path = "/channels/{id}", tag = "Channels", operation_id = "delete_channel",
    params(("id" = Uuid, Path, description = "The channel")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(caller: Caller, Path(id): Path<ChannelId>) -> Result<StatusCode> {
    channels::delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
