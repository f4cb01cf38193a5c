//! Variables that the workspace's workflows read in expressions.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;
use crate::domain::variable::{Variable, VariableWish};

/// By name, with their values.
#[server(input = Json, output = Json)]
pub async fn list_variables() -> Result<Vec<Variable>, ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::ViewWorkflows).await?;
    Ok(server::variables::list(&caller).await?)
}

/// Answers 422 with a problem per wrong field.
#[server(input = Json, output = Json)]
pub async fn set_variable(wish: VariableWish) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::PublishWorkflows).await?;
    Ok(server::variables::set(&caller, &wish).await?)
}

#[server(input = Json, output = Json)]
pub async fn delete_variable(name: String) -> Result<(), ApiError> {
    use crate::{domain::role::Action, server};
    let caller = server::permit(Action::PublishWorkflows).await?;
    Ok(server::variables::delete(&caller, &name).await?)
}
