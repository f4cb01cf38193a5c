//! A page whose data could not be loaded.

use leptos::prelude::*;

use super::{
    components::{EmptyState, ErrorState, Icon, TextLink},
    layout::{Frame, Section},
};
use crate::api::ApiError;

/// Says what happened and what to do. `what` is the thing the page is about.
#[component]
pub fn Failure(error: ApiError, section: Section, what: &'static str) -> impl IntoView {
    let content = if error.status == 404 {
        view! {
            <EmptyState
                icon=Icon::Search
                title=format!("There is no such {what}")
                text="It may have been deleted, or it belongs to another workspace."
            >
                <TextLink href="/">"Go to the workflows"</TextLink>
            </EmptyState>
        }
        .into_any()
    } else {
        let reload = Callback::new(|()| drop(window().location().reload()));
        view! { <ErrorState title=format!("The {what} could not be loaded") text=error.detail retry=reload/> }
            .into_any()
    };
    view! { <Frame section title="FlowPilot">{content}</Frame> }
}
