//! The running program: its parts, and how they start and stop.

use std::sync::Arc;

use axum::{Router, extract::FromRef};
use leptos::prelude::LeptosOptions;
use sqlx::PgPool;

use super::{config::Config, egress::Egress, engine::Engine, secrets::Secrets};

/// What every request may use. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub leptos: LeptosOptions,
    pub config: Arc<Config>,
    pub pool: PgPool,
    pub engine: Engine,
    pub secrets: Secrets,
    pub egress: Egress,
}

/// All routes: pages and server functions, REST, webhooks, live feeds, health.
pub fn router(state: AppState) -> Router {
    Router::new().with_state(state)
}
